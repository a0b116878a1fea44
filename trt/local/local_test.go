package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/local"
)

// Every way that is closed says why, and how to open it.
func TestSurvey(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	says := map[trt.Access]string{
		trt.AccessProgram: "make device-program", trt.AccessTrtexec: "--trtexec says where", trt.AccessPython: "pip install tensorrt",
	}
	found := local.Survey(t.Context(), local.Options{Trtexec: filepath.Join(empty, "trtexec")})
	if len(found) != len(says) {
		t.Fatalf("%d ways", len(found))
	}
	for _, f := range found {
		if f.Err == nil || !strings.Contains(f.Err.Error(), says[f.Access]) || f.Path != "" {
			t.Errorf("%s: %q, %v; want advice %q", f.Access, f.Path, f.Err, says[f.Access])
		}
	}
}

// A program that is there and does not speak the protocol is closed all the
// same.
func TestBrokenProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "trtnas-device")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho hello\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range local.Survey(t.Context(), local.Options{Program: program}) {
		var failure *trt.Failure
		if f.Access == trt.AccessProgram && (f.Path != program || !errors.As(f.Err, &failure)) {
			t.Errorf("%q, %v", f.Path, f.Err)
		}
	}
}
