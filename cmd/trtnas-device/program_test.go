//go:build tensorrt && cgo

package main

import (
	"debug/elf"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// TestMain lets the tests run this test binary as the program.
func TestMain(m *testing.M) {
	if os.Getenv("TRTNAS_DEVICE_TEST") == "program" {
		main()
		return
	}
	os.Exit(m.Run())
}

// start starts the program.
func start(t *testing.T, o wire.Options) (trt.Backend, error) {
	t.Helper()
	o.Command, o.Env = []string{os.Args[0]}, append(o.Env, "TRTNAS_DEVICE_TEST=program")
	b, err := wire.Start(t.Context(), o)
	if err == nil {
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return b, err
}

func mustStart(t *testing.T, o wire.Options) trt.Backend {
	t.Helper()
	b, err := start(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// strong are conditions that every library builds under.
func strong() trt.Spec {
	return trt.Spec{Precision: trt.FP16, Batch: 1, Builder: trt.DefaultBuilder(trt.Strong)}
}

// file is a model of a file.
func file(path string) trt.Model {
	return trt.Model{ID: path, File: func(trt.Precision) (string, error) { return path, nil }}
}

// needs are the libraries that the loader must find before the program starts,
// but for those of C and C++.
func needs(t *testing.T) []string {
	t.Helper()
	f, err := elf.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	basic := regexp.MustCompile(`^(lib(c|m|dl|pthread|rt|resolv|gcc_s|stdc\+\+)|ld-linux.*)\.so\.`)
	return slices.DeleteFunc(all, basic.MatchString)
}
