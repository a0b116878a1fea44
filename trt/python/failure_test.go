package python

import (
	"context"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/trt"
)

func TestStartFailures(t *testing.T) {
	tests := []struct {
		name, module string
		env          []string
		class        trt.Class
		text         string
	}{
		{"no bindings", "tensorrt_nowhere", nil, trt.Incomplete, "pip install tensorrt"},
		{"not TensorRT's module", "json", nil, trt.Incomplete, "pip install tensorrt"},
		{"a library is missing", "", []string{"FAKE_IMPORT=libnvinfer.so.10: cannot open shared object file: No such file or directory"}, trt.Incomplete, "libnvinfer.so.10"},
		{"no GPU", "", []string{"FAKE_CUDA=none"}, trt.NoDevice, "CUDA_ERROR_NO_DEVICE"},
		{"another driver", "", []string{"FAKE_CUDA=mismatch"}, trt.Incompatible, "CUDA error 803"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := fakeOptions(t, test.env...)
			o.Module = test.module
			_, err := Open(t.Context(), o)
			if trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %s with %q", err, test.class, test.text)
			}
		})
	}
	if _, err := Open(t.Context(), Options{Python: "/nowhere/python3"}); err == nil || !strings.Contains(err.Error(), "/nowhere/python3") {
		t.Errorf("no Python: %v", err)
	}
}

func TestBuildFailures(t *testing.T) {
	noKernel := "IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[head]}.)"
	full := "[defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)"
	stale := "The engine plan file is not compatible with this version of TensorRT, expecting library version 10.6.0 got 10.3.0, please rebuild."
	tests := []struct {
		name, model string
		env         []string
		class       trt.Class
		text        string
	}{
		{"the parser's errors", `{"parse": [["MatMul", "s4.b2.attn.qk", "last dimension of input0 = 64"], ["Gelu", "s1.act", "no plugin"]]}`, nil,
			trt.InvalidNetwork, "MatMul s4.b2.attn.qk: last dimension of input0 = 64; Gelu s1.act: no plugin"},
		{"the parser's errors in 8.6", `{"parse": [["MatMul", "qk", "last dimension"]]}`, []string{"FAKE_TENSORRT=8.6.1"}, trt.InvalidNetwork, "node 3: last dimension"},
		{"no kernel", `{"build": ["` + noKernel + `"]}`, nil, trt.NoImplementation, noKernel},
		{"no memory", `{"build": ["` + full + `"]}`, nil, trt.OutOfMemory, full},
		{"a plan of another release", `{"load": ["` + stale + `"]}`, nil, trt.StaleEngine, stale},
		{"outputs that are no numbers", `{"type": "INT32"}`, nil, trt.InvalidNetwork, "INT32"},
		{"an open shape", `{"count": -1}`, nil, trt.InvalidNetwork, "one batch size"},
		{"no file", ``, []string{"FAKE_BUILDER=createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource_sm90.so.10.16.2: cannot open shared object file)"},
			trt.Incomplete, "libnvinfer_builder_resource_sm90"},
		{"a crash", `{}`, []string{"FAKE_CRASH=1"}, trt.Crash, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := open(t, fakeOptions(t, test.env...))
			_, err := b.Build(t.Context(), model(t, test.model), b.Device().Conditions(trt.Spec{Precision: trt.FP16}))
			if trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %s with %q", err, test.class, test.text)
			}
			if _, err := b.Build(t.Context(), model(t, `{}`), b.Device().Conditions(trt.Spec{})); err != nil && test.env == nil {
				t.Errorf("the next build: %v", err)
			}
		})
	}
}

// A lost GPU stays lost for the process: a new one loads the engine again.
func TestLostDevice(t *testing.T) {
	e := build(t, open(t, fakeOptions(t, "FAKE_CUDA=lost")), model(t, `{"ms": 0.1}`), trt.Spec{})
	_, err := e.Time(t.Context(), 100, 0)
	if trt.ClassOf(err) != trt.DeviceLost || !strings.Contains(err.Error(), "CUDA_ERROR_ILLEGAL_ADDRESS") {
		t.Errorf("got %v, want a lost device", err)
	}
	if got, err := e.Time(t.Context(), 10, 0); err != nil || len(got.Samples) != 10 {
		t.Errorf("after it: %d samples, %v", len(got.Samples), err)
	}
}

func TestCancelledBuild(t *testing.T) {
	b := open(t, fakeOptions(t))
	e := build(t, b, model(t, `{"ms": 1000}`), trt.Spec{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Time(ctx, 10, 0); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

// Without a GPU TensorRT-RTX builds for a target, TensorRT does not, and says
// so before it is touched, since it would end the process.
func TestTarget(t *testing.T) {
	tests := []struct {
		name, module, target string
		class                trt.Class
		warning              string
	}{
		{"RTX", "tensorrt_rtx", "8.0", "", "flags 2 [], level 3, workspace 0, target SM80"},
		{"RTX, unknown", "tensorrt_rtx", "6.0", trt.NoDevice, ""},
		{"TensorRT", "tensorrt", "8.0", trt.NoDevice, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := fakeOptions(t, "FAKE_CUDA=none")
			o.Module, o.Target = test.module, test.target
			b := open(t, o)
			e, err := b.Build(t.Context(), model(t, `{}`), b.Device().Conditions(trt.Spec{}))
			if trt.ClassOf(err) != test.class {
				t.Fatalf("got %v, want %q", err, test.class)
			}
			if err != nil {
				return
			}
			if got := strings.Join(e.Info().Warnings, "\n"); got != test.warning {
				t.Errorf("got %q, want %q", got, test.warning)
			}
			if _, err := e.Time(t.Context(), 1, 0); trt.ClassOf(err) != trt.NoDevice {
				t.Errorf("timing: %v", err)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
