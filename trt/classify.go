package trt

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Exit is how a process ended. The zero Exit is one that ended in peace, or
// still runs.
type Exit struct {
	Code        int
	Signal      syscall.Signal // that ended it; 0 if none did
	TimeLimit   time.Duration  // beyond which it was killed; 0 if it wasn't
	MemoryLimit int64          // in bytes, beyond which it was killed; 0 if it wasn't
}

// commandNotFound is the code of the shell and of the dynamic loader for what
// isn't there.
const commandNotFound = 127

// signal is what ended the process, also where a shell around it tells so by
// its own code.
func (e Exit) signal() syscall.Signal {
	if e.Signal == 0 && e.Code > 128 && e.Code < 128+65 {
		return syscall.Signal(e.Code - 128)
	}
	return e.Signal
}

func (e Exit) String() string {
	switch {
	case e.TimeLimit > 0:
		return fmt.Sprintf("no end within %v", e.TimeLimit)
	case e.MemoryLimit > 0:
		return fmt.Sprintf("more than %d MiB of memory", e.MemoryLimit>>20)
	case e.signal() == syscall.SIGKILL:
		return "killed, perhaps since the machine's memory was full"
	case e.signal() != 0:
		return e.signal().String()
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// class is empty where the way in which a process ended tells nothing.
func (e Exit) class() Class {
	switch {
	case e.TimeLimit > 0:
		return Timeout
	case e.MemoryLimit > 0:
		return OutOfMemory
	case e.signal() != 0:
		return Crash
	case e.Code == commandNotFound:
		return Incomplete
	}
	return ""
}

// sign is a text by which a class is known.
type sign struct {
	class Class
	text  *regexp.Regexp
}

// signs are texts of TensorRT, its parser, CUDA, the loader and nvidia-smi,
// from NVIDIA's sources and issue threads. The first that occurs decides, so
// causes come before what they entail: a parser that failed on a machine
// without a GPU tells of both, and memory that ran out leaves a layer without
// an implementation.
var signs = []sign{
	{BadFlag, regexp.MustCompile(`Unknown option: `)},

	{Incomplete, regexp.MustCompile(`error while loading shared libraries|cannot open shared object file|Unable to (load|open) library|Could not load library`)},
	{Incompatible, regexp.MustCompile(`(?i)driver/library version mismatch|unsupported display driver|error:? 803\b|no kernel image is available|target gpu sm \d+ is not supported`)},

	{InvalidNetwork, regexp.MustCompile(`Plugin not found|plugin creator .*was not found|^\[\d+\] (Assertion failed|Invalid Node)|(INVALID|UNSUPPORTED)_(NODE|GRAPH)|MODEL_DESERIALIZE_FAILED`)},
	{InvalidNetwork, regexp.MustCompile(`While parsing node|Failed to parse (the ONNX model|onnx file)|Parsing model failed`)},

	{NoDevice, regexp.MustCompile(`no CUDA-capable device|CUDA driver version is insufficient|Cannot find any available devices|Cannot find device ID|invalid device ordinal|initialization failure with error: (35|100|101)\b|cudaError 35\b|CUDA_ERROR_NO_DEVICE|couldn't communicate with the NVIDIA driver|No devices were found`)},
	{DeviceLost, regexp.MustCompile(`illegal memory access|CUDA_ERROR_ILLEGAL_ADDRESS|unspecified launch failure|devices? (is|are) busy or unavailable|(?i:cuda.*unknown error)|initialization failure with error: (46|802|999)\b|uncorrectable (NVLink|ECC) error|misaligned address|illegal instruction was encountered|launch timed out|GPU is lost|fallen off the bus|\bXid\b`)},

	{StaleEngine, regexp.MustCompile(`engine plan file is`)},
	{StaleCache, regexp.MustCompile(`getCaskHandle`)},
	{OutOfMemory, regexp.MustCompile(`(?i)out ?of ?memory|std::bad_alloc|memory .*could not be allocated|initialization failure with error: 2\b`)},
	{NoImplementation, regexp.MustCompile(`Could not find any implementation`)},
	{InvalidNetwork, regexp.MustCompile(`API Usage Error|Network validation failed|Cannot compile operation|Error Code 4\b`)},

	{StaleCache, regexp.MustCompile(`timing cache will not be used|invalid timing cache`)},
	{StaleEngine, regexp.MustCompile(`kMAGIC_TAG|Version tag does not match|deserialization failed`)},
	{DeviceLost, regexp.MustCompile(`Error occurred during inference`)},
}

// faults are the signals of a process that touched memory which isn't its own.
// What it said before of full memory was no verdict then: TensorRT passes over
// kernels that need too much.
var faults = map[syscall.Signal]bool{syscall.SIGSEGV: true, syscall.SIGBUS: true}

// passed is trtexec's last line where it claims success.
const passed = "&&&& PASSED"

// Classify turns what a failed process wrote, and how it ended, into a
// failure. It reads the texts of TensorRT's logger, with trtexec's dates or
// without, of exceptions, CUDA and the loader. The class is empty where
// neither tells; then what was being done decides. A process that claims
// success and failed all the same is Degraded, whatever it said on the way.
func Classify(output string, e Exit) *Failure {
	f := &Failure{Class: e.class(), Output: tailOf(output)}
	errors, warnings, last := readLog(output)
	switch {
	case e == Exit{} && strings.Contains(output, passed):
		f.Class, f.Message = Degraded, "it passed without the results that it should have"
		return f
	case e.TimeLimit > 0 || e.MemoryLimit > 0:
		f.Message = e.after(last)
		return f
	}
	class, message := findSign(errors, e)
	if class == "" && f.Class == "" {
		class, message = findSign(warnings, e)
	}
	switch {
	case class != "":
		f.Class, f.Message = class, message
	case f.Class == "" && len(errors) > 0:
		f.Message = errors[len(errors)-1]
	default:
		f.Message = e.after(last)
	}
	return f
}

func findSign(lines []string, e Exit) (Class, string) {
	for _, s := range signs {
		if s.class == OutOfMemory && faults[e.signal()] {
			continue
		}
		for _, l := range lines {
			if s.text.MatchString(l) {
				return s.class, l
			}
		}
	}
	return "", ""
}

// after is how a process ended, and its last words.
func (e Exit) after(last string) string {
	if last == "" {
		return e.String()
	}
	return fmt.Sprintf("%v, after %q", e, last)
}

// frame is what loggers put before a message: a date, a severity, a name, in
// the order of trtexec or of TensorRT's Python bindings.
var frame = regexp.MustCompile(`^(?:\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] )?(?:\[TRT\] )?\[([VIWEF])\] (?:\[TRT\] )?`)

// readLog takes the messages out of a log, without their frames: those of
// errors, to which all lines without a severity belong, those of warnings, and
// the last of any kind. trtexec's lines with &&&& repeat its arguments.
func readLog(output string) (errors, warnings []string, last string) {
	for line := range strings.Lines(output) {
		line = clean(line)
		severity := "E"
		if m := frame.FindStringSubmatch(line); m != nil {
			severity, line = m[1], strings.TrimSpace(line[len(m[0]):])
		}
		if line == "" || strings.HasPrefix(line, "&&&&") {
			continue
		}
		last = line
		switch {
		// A missing GPU is information to trtexec.
		case severity == "E", severity == "F", strings.HasPrefix(line, "Cannot find "):
			errors = append(errors, line)
		case severity == "W":
			warnings = append(warnings, line)
		}
	}
	return errors, warnings, last
}

// longestLine is how much of a line is a message, in bytes.
const longestLine = 4 << 10

// clean makes a line text that does nothing to a terminal: without control
// characters, and valid.
func clean(line string) string {
	if len(line) > longestLine {
		line = line[:longestLine]
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, "\uFFFD"))
	return strings.TrimSpace(line)
}

// tailSize is how much of a process's output a failure keeps, in bytes.
const tailSize = 16 << 10

// tailOf is the end of output, from the start of a line on.
func tailOf(output string) string {
	if len(output) <= tailSize {
		return output
	}
	tail := output[len(output)-tailSize:]
	if _, whole, found := strings.Cut(tail, "\n"); found && whole != "" {
		return whole
	}
	return strings.ToValidUTF8(tail, "")
}
