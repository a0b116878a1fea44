package trtexec

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
)

// release is a version of trtexec and the flags that its help lists. Flags
// came and went, so they are looked up.
type release struct {
	version string // such as "10.6.0"
	major   int
	flags   map[string]bool // with their dashes
}

// needed are the flags of all releases from 8.6 on.
var needed = []string{
	"--onnx", "--saveEngine", "--loadEngine", "--skipInference", "--builderOptimizationLevel", "--memPoolSize", "--timingCacheFile",
	"--profilingVerbosity", "--warmUp", "--iterations", "--duration", "--avgRuns", "--exportTimes", "--loadInputs", "--exportOutput",
	"--exportProfile", "--device",
}

// helpLimit is for a program that only prints text.
const helpLimit = 30 * time.Second

var (
	banner = regexp.MustCompile(`\[TensorRT v(\d+)\]`)
	flag   = regexp.MustCompile(`(?m)^\s*(--\w+)`)
)

// probe reads trtexec's help.
func probe(ctx context.Context, path string) (release, error) {
	r, err := process.Run(ctx, process.Command{Path: path, Args: []string{"--help"}, Time: helpLimit})
	if ctx.Err() != nil {
		return release{}, ctx.Err()
	}
	if err != nil {
		return release{}, trt.Failf(trt.Incomplete, "%v", err)
	}
	if (r.Exit != trt.Exit{}) {
		f := trt.Classify(r.All(), r.Exit)
		f.Class, f.Message = cmp.Or(f.Class, trt.Incomplete), fmt.Sprintf("%s --help: %s", path, f.Message)
		return release{}, f
	}
	found := banner.FindStringSubmatch(r.Out)
	if found == nil {
		return release{}, trt.Failf(trt.Incomplete, "%s --help shows no version of TensorRT: it is another program", path)
	}
	known := release{flags: map[string]bool{}}
	known.version, known.major = parseVersion(found[1])
	for _, f := range flag.FindAllStringSubmatch(r.Out, -1) {
		known.flags[f[1]] = true
	}
	for _, f := range needed {
		if !known.flags[f] {
			return release{}, trt.Failf(trt.Incompatible, "%s of TensorRT %s has no flag %s: it needs to be of release 8.6 or later", path, known.version, f)
		}
	}
	return known, nil
}

// parseVersion reads NV_TENSORRT_VERSION: thousands count the major version up
// to 9, ten thousands do from 10 on.
func parseVersion(digits string) (version string, major int) {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return "", 0
	}
	unit := 1000
	if n >= 10000 {
		unit = 10000
	}
	return fmt.Sprintf("%d.%d.%d", n/unit, n%unit/100, n%100), n / unit
}

// typings: formats are the model's from release 11 on.
func (r release) typings() []trt.Typing {
	switch {
	case r.major >= 11:
		return []trt.Typing{trt.Strong}
	case r.flags["--stronglyTyped"]:
		return []trt.Typing{trt.Weak, trt.Strong}
	}
	return []trt.Typing{trt.Weak}
}

// precision are the flags for the numeric format.
func (r release) precision(s trt.Spec) ([]string, error) {
	switch t := s.Builder.Typing; {
	case t == trt.Strong && r.major >= 11:
		return nil, nil
	case t == trt.Strong && r.flags["--stronglyTyped"]:
		return []string{"--stronglyTyped"}, nil
	case t == trt.Weak && s.Precision == trt.FP32 && r.major < 11:
		return nil, nil
	case t == trt.Weak && s.Precision == trt.FP16 && r.flags["--fp16"]:
		return []string{"--fp16"}, nil
	default:
		return nil, fmt.Errorf("trtexec of TensorRT %s can't build %sly typed networks in %s", r.version, t, s.Precision)
	}
}

func (r release) build(b trt.Builder, model, plan, cache string) []string {
	flags := []string{
		"--onnx=" + model, "--saveEngine=" + plan, "--skipInference", "--profilingVerbosity=detailed",
		fmt.Sprintf("--builderOptimizationLevel=%d", b.Level),
	}
	if b.WorkspaceMiB > 0 {
		flags = append(flags, fmt.Sprintf("--memPoolSize=workspace:%d", b.WorkspaceMiB))
	}
	if cache != "" {
		flags = append(flags, "--timingCacheFile="+cache)
	}
	return flags
}

// load runs a plan for n batches after a warm-up.
func (r release) load(plan string, n int, warmUp time.Duration) []string {
	const step = time.Millisecond
	return []string{
		"--loadEngine=" + plan, fmt.Sprintf("--iterations=%d", n), fmt.Sprintf("--warmUp=%d", (warmUp+step-1)/step),
		"--duration=0", "--avgRuns=1",
	}
}

// steady are the flags under which the GPU's own time is seen. They are the
// default where there are flags against them, from release 11 on.
func (r release) steady() []string {
	var flags []string
	for _, f := range []struct{ on, off string }{
		{"--useCudaGraph", "--noCudaGraph"}, {"--useSpinWait", "--noSpinWait"}, {"--noDataTransfers", "--includeDataTransfers"},
	} {
		if !r.flags[f.off] && r.flags[f.on] {
			flags = append(flags, f.on)
		}
	}
	return flags
}

// profile takes the time of layers, after a run without the profiler, which
// release 11 does by itself. A CUDA graph would hide them.
func (r release) profile(file string) []string {
	flags := r.only("--dumpProfile", "--noCudaGraph")
	if r.major < 11 {
		flags = append(flags, r.only("--separateProfileRun")...)
	}
	return append(flags, "--exportProfile="+file)
}

// transfer computes outputs for an input.
func (r release) transfer(input, in, out string) []string {
	return append(r.only("--includeDataTransfers"), fmt.Sprintf("--loadInputs=%s:%s", input, in), "--exportOutput="+out)
}

// only are those of the flags that there are.
func (r release) only(flags ...string) []string {
	var found []string
	for _, f := range flags {
		if r.flags[f] {
			found = append(found, f)
		}
	}
	return found
}
