//go:build cuda && tensorrt && cgo

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// These tests run on the libraries of testdata in place of NVIDIA's, which must
// be what the loader finds (make test-device): they show that the program
// calls them in the right order and way, and nothing of a GPU.

func TestFingerprint(t *testing.T) {
	got := mustStart(t, wire.Options{}).Device()
	version := got.Version
	want := trt.Device{
		Name: "Test GPU", UUID: "GPU-00112233-4455-6677-8899-aabbccddeeff", ComputeCapability: "8.6", MemoryBytes: 1 << 30,
		Driver: "580.82.07", Library: trt.TensorRT, Version: version, Access: trt.AccessProgram, Typings: got.Typings, Others: []string{"other (process 42)"},
	}
	if !reflect.DeepEqual(got, want) || version == "" || len(got.Typings) == 0 {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestNeedsTheDriver(t *testing.T) {
	if got := needs(t); !reflect.DeepEqual(got, []string{"libcuda.so.1"}) {
		t.Errorf("the program needs %v", got)
	}
}

// model is a file that the libraries of testdata take for ONNX.
func model(t *testing.T, text string) trt.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file(path)
}

func mustBuild(t *testing.T, b trt.Backend) trt.Engine {
	t.Helper()
	e, err := b.Build(t.Context(), model(t, "a model"), strong())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTime(t *testing.T) {
	tests := []struct {
		name, env string
		warnings  int
	}{
		{"graph", "", 0},
		{"no graph", "FAKE_NO_CAPTURE=1", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := mustBuild(t, mustStart(t, wire.Options{Env: []string{test.env}}))
			if m := e.Info().MemoryBytes; m != 4096 {
				t.Errorf("%d bytes of device memory, want 4096", m)
			}
			for range 2 { // the second time the graph is there already
				checkTiming(t, e, test.warnings)
			}
		})
	}
}

// A batch of testdata takes 200 µs.
func checkTiming(t *testing.T, e trt.Engine, warnings int) {
	t.Helper()
	const n, warmUp = 1000, 50 * time.Millisecond
	begun := time.Now()
	got, err := e.Time(t.Context(), n, warmUp)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < warmUp+n*200*time.Microsecond {
		t.Errorf("took %v, less than its warm-up and its batches", took)
	}
	median := trt.MedianOf(got.Samples).Value
	if len(got.Samples) != n || median < 200*time.Microsecond || median > 2*time.Millisecond {
		t.Errorf("%d samples with the median %v", len(got.Samples), median)
	}
	want := trt.Health{SMClockMHz: 1410, MemClockMHz: 1215, TemperatureC: 55, PowerW: 250.5, Throttle: trt.ThrottlePowerCap, Processes: 1}
	if h := got.Health; len(h) < 3 || len(h) > 50 || h[0] != want || h[len(h)-1] != want {
		t.Errorf("health %v, want some times %v", h, want)
	}
	if len(got.Warnings) != warnings {
		t.Errorf("warnings: %q", got.Warnings)
	}
}

func TestOutputs(t *testing.T) {
	e := mustBuild(t, mustStart(t, wire.Options{}))
	for _, in := range [][]float32{{1, -2, 0}, {3, 0, 5}} {
		got, err := e.Outputs(t.Context(), trt.Tensor{Data: in})
		if err != nil {
			t.Fatal(err)
		}
		double := []float32{2 * in[0], 2 * in[1], 2 * in[2]}
		if len(got) != 2 || got[0].Name != "scores" || got[1].Name != "half" {
			t.Fatalf("got %v", got)
		}
		for _, o := range got {
			if !reflect.DeepEqual(o.Data, double) || !reflect.DeepEqual(o.Shape, []int{1, 3}) {
				t.Errorf("%s of %v: got %v of shape %v", o.Name, in, o.Data, o.Shape)
			}
		}
	}
	if _, err := e.Outputs(t.Context(), trt.Tensor{Data: []float32{1}}); err == nil || !strings.Contains(err.Error(), "3 elements") {
		t.Errorf("an input that is too short: got %v", err)
	}
}

func TestProfile(t *testing.T) {
	e := mustBuild(t, mustStart(t, wire.Options{}))
	want := []trt.Layer{{Name: "stem + relu", Time: 125 * time.Microsecond}, {Name: "head", Time: 62500 * time.Nanosecond}}
	for range 2 {
		if got, err := e.Profile(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
		checkTiming(t, e, 0) // profiling leaves nothing behind
	}
}

// The options arrive at the library, and the timing cache is kept.
func TestBuildOptions(t *testing.T) {
	caches := trt.TimingCaches(t.TempDir())
	b := mustStart(t, wire.Options{Caches: caches})
	s := strong()
	s.Builder.Level, s.Builder.WorkspaceMiB = 4, 2
	states := []trt.CacheState{trt.CacheCold, trt.CacheWarm, trt.CacheDropped}
	for i, state := range states {
		if state == trt.CacheDropped {
			overwrite(t, string(caches), "foreign")
		}
		e, err := b.Build(t.Context(), model(t, "it"), s)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Info().Cache; got != state {
			t.Errorf("build %d: the cache was %s, want %s", i, got, state)
		}
	}
	const want = "built with flags 1 from it level 4 workspace 2097152"
	if got := planOf(t, s); got != want && got != strings.Replace(want, "flags 1", "flags 2", 1) { // TensorRT 10 has another number for it
		t.Errorf("got the plan %q, want %q", got, want)
	}
}

func overwrite(t *testing.T, folder, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.cache"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if data, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(data), "cache with one kernel more") {
		t.Errorf("the cache has %q, %v", data, err)
	}
	if err := os.WriteFile(files[0], []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask has a program of its own answer one request.
func ask(t *testing.T, r wire.Request) wire.Response {
	t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env, c.Stdin = append(os.Environ(), "TRTNAS_DEVICE_TEST=program"), bytes.NewReader(line)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var response wire.Response
	if err := json.Unmarshal(out, &response); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return response
}

// planOf is the plan that the program writes.
func planOf(t *testing.T, s trt.Spec) string {
	t.Helper()
	path, err := model(t, "it").File(s.Precision)
	if err != nil {
		t.Fatal(err)
	}
	plan := filepath.Join(t.TempDir(), "plan")
	ask(t, wire.Request{Op: wire.Build, Build: &wire.BuildRequest{Model: path, Plan: plan, Precision: s.Precision, Typing: s.Builder.Typing, Level: s.Builder.Level, WorkspaceMiB: s.Builder.WorkspaceMiB}})
	data, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFailures(t *testing.T) {
	b := mustStart(t, wire.Options{})
	_, err := b.Build(t.Context(), model(t, "unbuildable"), strong())
	var f *trt.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Message, "Could not find any implementation") || !strings.Contains(f.Output, "[E] [TRT] Error Code 10") {
		t.Errorf("no implementation: got %v", err)
	}

	stale := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(stale, []byte("stale"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		request wire.Request
		want    string
	}{
		{wire.Request{Op: wire.Load, Load: &wire.LoadRequest{Plan: stale}}, "engine plan file is not compatible"},
		{wire.Request{Op: wire.Load, Load: &wire.LoadRequest{Plan: "none"}}, "no such file"},
		{wire.Request{Op: wire.Time, Time: &wire.TimeRequest{Engine: 7, Samples: 1}}, "no engine 7"},
		{wire.Request{Op: wire.Build, Build: &wire.BuildRequest{Model: "m", Plan: "p", Typing: trt.Strong, Target: "8.0"}}, "only TensorRT-RTX has targets"},
	}
	for _, test := range tests {
		if r := ask(t, test.request); r.Error == nil || !strings.Contains(r.Error.Message, test.want) {
			t.Errorf("%s: got %+v, want %q", test.request.Op, r.Error, test.want)
		}
	}
}

// Without a GPU, the driver's own words come on the standard error.
func TestNoGPU(t *testing.T) {
	_, err := start(t, wire.Options{Env: []string{"FAKE_CUDA_INIT=100"}})
	var f *trt.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Output, "Cuda failure: no CUDA-capable device is detected") {
		t.Errorf("got %v", err)
	}
}

// Without NVML nobody would see the clocks move.
func TestNoNVML(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"libcuda.so.1", "libnvinfer.so.*", "libnvonnxparser.so.*"} {
		files, err := filepath.Glob(filepath.Join(os.Getenv("LD_LIBRARY_PATH"), name))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s in LD_LIBRARY_PATH: %v, %v", name, files, err)
		}
		if err := os.Symlink(files[0], filepath.Join(folder, filepath.Base(files[0]))); err != nil {
			t.Fatal(err)
		}
	}
	_, err := start(t, wire.Options{Env: []string{"LD_LIBRARY_PATH=" + folder}})
	var f *trt.Failure
	if !errors.As(err, &f) || !strings.Contains(f.Output, "NVIDIA_DRIVER_CAPABILITIES=compute,utility") {
		t.Errorf("got %v", err)
	}
}
