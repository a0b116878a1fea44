package trtexec

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The environment makes the test binary a trtexec of a release, with a flaw in
// one step, such as "build hang". It shows that texts and files are read
// rightly and that failures are known, nothing of what TensorRT does.
const (
	fakeRelease = "TRTNAS_FAKE_RELEASE"
	fakeFlaw    = "TRTNAS_FAKE_FLAW"
	fakePids    = "TRTNAS_FAKE_PIDS"   // file for the IDs of its processes
	fakeArgs    = "TRTNAS_FAKE_ARGS"   // file for the arguments of all runs
	fakeOthers  = "TRTNAS_FAKE_OTHERS" // file with the processes that nvidia-smi lists
)

func TestMain(m *testing.M) {
	if release := os.Getenv(fakeRelease); release != "" {
		os.Exit(fakeMain(release, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fakeReleases have the banners of logging.h and the flags of
// sampleOptions.cpp at the tags of that name, as far as they matter here.
var fakeReleases = map[string]struct {
	banner string
	flags  []string // beyond those of all releases
}{
	"8.5.3":  {"[TensorRT v8503]", []string{"buildOnly", "fp16"}},
	"8.6.1":  {"[TensorRT v8601]", []string{"fp16", "useCudaGraph", "useSpinWait", "noDataTransfers", "separateProfileRun"}},
	"10.6.0": {"[TensorRT v100600]", []string{"fp16", "stronglyTyped", "useCudaGraph", "useSpinWait", "noDataTransfers", "separateProfileRun"}},
	"11.1.0": {"[TensorRT v110100] [b106]", []string{"stronglyTyped", "useCudaGraph", "useSpinWait", "noDataTransfers", "separateProfileRun", "includeDataTransfers", "noSpinWait", "noCudaGraph"}},
}

var commonFlags = []string{
	"onnx", "saveEngine", "loadEngine", "skipInference", "builderOptimizationLevel", "memPoolSize", "timingCacheFile", "profilingVerbosity",
	"warmUp", "iterations", "duration", "avgRuns", "exportTimes", "loadInputs", "exportOutput", "dumpProfile", "exportProfile", "device", "help",
}

const gpuUUID = "GPU-4a1e8c90-0000-1111-2222-333344445555"

// fake is one run.
type fake struct {
	release, banner string
	line            string            // the command line
	flags           map[string]string // given
	flaw            string            // of this step
}

func fakeMain(release string, arguments []string) int {
	if strings.Contains(strings.Join(arguments, " "), "--query-") {
		return fakeSMI(arguments)
	}
	appendTo(os.Getenv(fakeArgs), strings.Join(arguments, " "))
	f := &fake{release: release, banner: fakeReleases[release].banner, line: "trtexec " + strings.Join(arguments, " "), flags: map[string]string{}}
	f.mark("RUNNING")
	known := append(slices.Clone(commonFlags), fakeReleases[release].flags...)
	if release == "8.5.3" {
		known = slices.DeleteFunc(known, func(k string) bool { return k == "skipInference" || k == "builderOptimizationLevel" })
	}
	if os.Getenv(fakeFlaw) == "flag" {
		known = slices.DeleteFunc(known, func(k string) bool { return k == "profilingVerbosity" && len(arguments) > 1 })
	}
	unknown := false
	for _, a := range arguments {
		name, value, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		f.flags[name] = value
		if !slices.Contains(known, name) {
			if !unknown {
				help(known)
			}
			f.say("E", "Unknown option: --%s %s", name, value)
			unknown = true
		}
	}
	if unknown {
		return f.fail()
	}
	if _, ok := f.flags["help"]; ok {
		help(known)
		return 0
	}
	return f.run()
}

func help(known []string) {
	fmt.Println("=== Model Options ===")
	for _, k := range known {
		fmt.Printf("  --%s=<value>    What it does, which is not --what\n", k)
	}
	fmt.Println("  --help, -h    Print this message")
}

func (f *fake) mark(what string) {
	fmt.Printf("&&&& %s TensorRT.trtexec %s # %s\n", what, f.banner, f.line)
}

// say logs on the stream of the severity.
func (f *fake) say(severity, format string, a ...any) {
	to := os.Stdout
	if severity == "W" || severity == "E" {
		to = os.Stderr
	}
	fmt.Fprintf(to, "[11/23/2026-10:00:00] [%s] %s\n", severity, fmt.Sprintf(format, a...))
}

func (f *fake) fail() int {
	f.mark("FAILED")
	return 1
}

// step is what the flags ask for.
func (f *fake) step() string {
	for flag, step := range map[string]string{"onnx": "build", "exportTimes": "time", "exportOutput": "outputs", "exportProfile": "profile"} {
		if f.flags[flag] != "" {
			return step
		}
	}
	return "nothing"
}

func (f *fake) run() int {
	f.say("I", "=== Device Information ===")
	f.say("I", "Selected Device: NVIDIA H100 80GB HBM3")
	if f.release != "8.6.1" {
		f.say("I", "Selected Device UUID: %s", gpuUUID)
	}
	f.say("I", "Compute Capability: 9.0")
	step, flaw, _ := strings.Cut(os.Getenv(fakeFlaw), " ")
	if step == f.step() {
		f.flaw = flaw
	}
	if f.flags["timingCacheFile"] != "" && f.flaw != "" {
		write(f.flags["timingCacheFile"], "half a ca") // whoever dies now leaves this
	}
	if code, done := f.wrong(); done {
		return code
	}
	switch f.step() {
	case "build":
		f.build()
	case "time":
		f.time()
	case "outputs":
		f.outputs()
	case "profile":
		f.profile()
	}
	f.mark("PASSED")
	return 0
}

// wrong does what the flaw is, if it is one that ends the run.
func (f *fake) wrong() (code int, done bool) {
	switch f.flaw {
	case "hang": // deaf to SIGTERM, with a child
		f.say("I", "[TRT] Local timing cache in use. Profiling results in this builder pass will not be stored.")
		signal.Ignore(syscall.SIGTERM)
		child := exec.Command("sleep", "3600")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		appendTo(os.Getenv(fakePids), strconv.Itoa(child.Process.Pid))
		appendTo(os.Getenv(fakePids), strconv.Itoa(os.Getpid()))
		time.Sleep(time.Hour)
	case "memory":
		appendTo(os.Getenv(fakePids), strconv.Itoa(os.Getpid()))
		hoard := strings.Repeat("x", 300<<20)
		time.Sleep(time.Hour)
		fmt.Println(hoard)
	case "segv", "abort":
		f.say("I", "[TRT] Local timing cache in use.")
		if f.flaw == "abort" {
			fmt.Fprintln(os.Stderr, "terminate called after throwing an instance of 'nvinfer1::APIUsageError'\n  what():  std::exception")
		}
		name := map[string]string{"segv": "SEGV", "abort": "ABRT"}[f.flaw] // Go would turn its own into an exit
		panic(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -" + name + " $$"}, os.Environ()))
	case "silent":
		return 0, true // without its last line
	}
	texts, found := fakeTexts[f.flaw]
	if !found {
		return 0, false
	}
	fmt.Print(texts.out)
	fmt.Fprint(os.Stderr, texts.err)
	if texts.code == 127 {
		return texts.code, true
	}
	return f.fail(), true
}

// fakeTexts are what trtexec says on standard output and error before it fails.
var fakeTexts = map[string]struct {
	out, err string
	code     int // 0 is 1
}{
	"parser": {"", `[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:729: --- End node ---
[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:732: ERROR: builtin_op_importers.cpp:5428 In function importFallbackPluginImporter:
[8] Assertion failed: creator && "Plugin not found, are the plugin name, version, and namespace correct?"
[11/23/2026-10:00:00] [E] Failed to parse onnx file
[11/23/2026-10:00:00] [E] Engine set up failed
`, 0},
	"tactic":       {"", "[11/23/2026-10:00:00] [E] Error[10]: IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[s1.b1...head]}.)\n[11/23/2026-10:00:00] [E] Engine set up failed\n", 0},
	"oom":          {"", "[11/23/2026-10:00:00] [E] Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)\n[11/23/2026-10:00:00] [W] [TRT] Requested amount of GPU memory (15485030400 bytes) could not be allocated.\n[11/23/2026-10:00:00] [E] Engine set up failed\n", 0},
	"no GPU":       {"[11/23/2026-10:00:00] [I] Cannot find any available devices (GPUs)!\n", "", 0},
	"no library":   {"", "trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file: No such file or directory\n", 127},
	"no resource":  {"", "[11/23/2026-10:00:00] [E] [TRT] createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource_sm90.so.10.16.2: cannot open shared object file)\n[11/23/2026-10:00:00] [E] Builder creation failed\n", 0},
	"driver":       {"", "Cuda failure: system has unsupported display driver / cuda driver combination\n", 0},
	"lost":         {"", "[11/23/2026-10:00:00] [E] Error[1]: [executionContext.cpp] Error Code 1: Cuda Runtime (an illegal memory access was encountered)\n[11/23/2026-10:00:00] [E] Error occurred during inference\n", 0},
	"stale engine": {"", "[11/23/2026-10:00:00] [E] [TRT] 6: The engine plan file is not compatible with this version of TensorRT, expecting library version 8.2.3 got 8.2.1, please rebuild.\n[11/23/2026-10:00:00] [E] Engine set up failed\n", 0},
	"other device": {"", "[11/23/2026-10:00:00] [E] [TRT] The engine plan file is generated on an incompatible device, expecting compute 9.0 got compute 8.9, please rebuild.\n", 0},
	"stale cache":  {"", "[11/23/2026-10:00:00] [E] [TRT] 2: [caskBuilderUtils.cpp::getCaskHandle::408] Error Code 2: Internal Error (Assertion failed.)\n", 0},
	"what":         {"", "[11/23/2026-10:00:00] [E] something else\n", 0},
}

func (f *fake) build() {
	if cache := f.flags["timingCacheFile"]; cache != "" {
		if old, err := os.ReadFile(cache); err != nil {
			f.say("W", "Could not read timing cache from: %s. A new timing cache will be generated and written.", cache)
		} else {
			f.say("I", "Loaded %d bytes of timing cache from %s", len(old), cache)
		}
		appendTo(cache, "kernel")
	}
	switch f.flaw {
	case "dropped cache":
		f.say("E", "[TRT] 1: [stdArchiveReader.cpp::StdArchiveReader::32] Error Code 1: Serialization (Serialization assertion magicTagRead == kMAGIC_TAG failed.Magic tag does not match)")
		f.say("E", "[TRT] 4: The timing cache will not be used!")
	case "skipped tactic":
		f.say("E", "Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)")
		f.say("W", "[TRT] Requested amount of GPU memory (15485030400 bytes) could not be allocated.")
	case "no plan":
		return
	}
	f.say("I", "[TRT] Total Activation Memory: 19244717056")
	f.say("I", "[TRT] Total Activation Memory: 7225344%s", map[bool]string{true: "", false: " bytes"}[f.release == "8.6.1"])
	f.say("I", "[TRT] Engine generation completed in 12.5 seconds.")
	if f.release != "8.6.1" {
		f.say("I", "Engine built in 13.25 sec.")
	}
	write(f.flags["saveEngine"], f.line)
}

func (f *fake) number(flag string) int {
	n, err := strconv.Atoi(f.flags[flag])
	if err != nil {
		panic(err)
	}
	return n
}

// has is whether a flag was given.
func (f *fake) has(flag string) bool {
	_, ok := f.flags[flag]
	return ok
}

func (f *fake) outputs() {
	plan := read(f.flags["loadEngine"])
	name, file, _ := strings.Cut(f.flags["loadInputs"], ":")
	var values []float32
	for data := []byte(read(file)); len(data) > 0; {
		if strings.Contains(plan, ".fp16.onnx") {
			values, data = append(values, fromHalf(binary.LittleEndian.Uint16(data))), data[2:]
		} else {
			values, data = append(values, math.Float32frombits(binary.LittleEndian.Uint32(data))), data[4:]
		}
	}
	f.say("I", "Using values loaded from %s for input %s", file, name)
	kind := map[bool]string{true: " and type float", false: ""}[f.release == "11.1.0"]
	f.say("I", "Input binding for %s with dimensions 1x%d%s is created.", name, len(values), kind)
	f.say("I", "Output binding for logits with dimensions 1x%d%s is created.", len(values), kind)
	f.say("I", "Output binding for a \"b\" with dimensions 1%s is created.", kind)
	doubled, shape := make([]string, len(values)), fmt.Sprintf("1x%d", len(values))
	for i, v := range values {
		doubled[i] = fmt.Sprintf("%.6g", 2*v)
	}
	switch f.flaw {
	case "nan":
		doubled[0], doubled[1] = "-nan", "-inf"
	case "size":
		shape = "7"
	case "twice":
		shape = shape + "\"\n  , \"values\" : [ 1 ]\n  }\n, { \"name\" : \"logits\"\n  , \"dimensions\" : \"1"
	}
	text := fmt.Sprintf("[\n  { \"name\" : \"a \"b\"\"\n  , \"dimensions\" : \"1\"\n  , \"values\" : [ 7 ]\n  }\n, { \"name\" : \"logits\"\n  , \"dimensions\" : \"%s\"\n  , \"values\" : [ %s ]\n  }\n]\n", shape, strings.Join(doubled, ", "))
	if f.flaw == "half" {
		text = text[:len(text)/2]
	}
	write(f.flags["exportOutput"], text)
}

func fromHalf(h uint16) float32 { // of numbers that are not subnormal
	value := math.Ldexp(float64(h&0x3ff|0x400), int(h>>10&0x1f)-25)
	if h&0x8000 != 0 {
		value = -value
	}
	return float32(value)
}

func appendTo(file, text string) {
	if file == "" {
		return
	}
	to, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer to.Close()
	fmt.Fprintln(to, text)
}

func write(file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		panic(err)
	}
}

func read(file string) string {
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		panic(err)
	}
	return string(data)
}
