package trt

import (
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

// Whatever a process wrote before it failed, there is one message, of text, on
// one line.
func FuzzClassify(f *testing.F) {
	for _, seed := range []string{
		"[E] Error[2]: OutOfMemory (Requested size was 1073741824 bytes.)\n", "terminate called after throwing\n",
		"&&&& PASSED TensorRT.trtexec [TensorRT v100600] # trtexec\n", "\xff[E] \x00\n", "cudaErrorLaunchFailure\n",
	} {
		f.Add(seed, 1, 0)
		f.Add(seed, 0, int(syscall.SIGSEGV))
	}
	f.Fuzz(func(t *testing.T, output string, code, signal int) {
		failure := Classify(output, Exit{Code: code, Signal: syscall.Signal(signal)})
		if failure.Message == "" || strings.ContainsAny(failure.Message, "\n\r") || !utf8.ValidString(failure.Message) {
			t.Errorf("message %q", failure.Message)
		}
	})
}
