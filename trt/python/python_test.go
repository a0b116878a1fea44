package python

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

func TestDevice(t *testing.T) {
	weak, strong := trt.Weak, trt.Strong
	tests := []struct {
		name, module, release string
		library               trt.Library
		version               string
		typings               []trt.Typing
	}{
		{"8.6", "", "8.6.1", trt.TensorRT, "8.6.1", []trt.Typing{weak}},
		{"9", "", "9.3.0.post12.dev1", trt.TensorRT, "9.3.0", []trt.Typing{weak, strong}},
		{"10", "tensorrt", "10.6.0.post1", trt.TensorRT, "10.6.0", []trt.Typing{weak, strong}},
		{"11", "", "11.2.1.2", trt.TensorRT, "11.2.1.2", []trt.Typing{strong}},
		{"RTX", "tensorrt_rtx", "", trt.TensorRTRTX, "1.7.1.116", []trt.Typing{strong}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := fakeOptions(t, "FAKE_TENSORRT="+test.release)
			o.Module = test.module
			want := trt.Device{
				Name: "Fake GPU", UUID: "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f", ComputeCapability: "9.0", MemoryBytes: 64 << 20,
				Driver: "580.82.07", Library: test.library, Version: test.version, Access: trt.AccessPython,
				Typings: test.typings, Others: []string{"4711 other"},
			}
			b := open(t, o)
			if got := b.Device(); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			e := build(t, b, model(t, `{}`), trt.Spec{Precision: trt.FP16})
			if got := e.Info(); got.Bytes != 2 || got.BuildTime <= 0 || got.MemoryBytes != 4096 {
				t.Errorf("engine %+v", got)
			}
		})
	}
}

// The fake builder says as a warning what it was asked for.
func TestBuilderOptions(t *testing.T) {
	tests := []struct {
		name, release string
		spec          trt.Spec
		want          string
	}{
		{"weak fp16", "10.6.0", trt.Spec{Precision: trt.FP16, Builder: trt.Builder{Typing: trt.Weak, Level: 4, WorkspaceMiB: 3}}, "flags 0 ['FP16'], level 4, workspace 3145728, target None"},
		{"weak fp32", "10.6.0", trt.Spec{Precision: trt.FP32}, "flags 0 [], level 3, workspace 0, target None"},
		{"strong", "10.6.0", trt.Spec{Precision: trt.FP16, Builder: trt.Builder{Typing: trt.Strong}}, "flags 2 [], level 0, workspace 0, target None"},
		{"8.6", "8.6.1", trt.Spec{Precision: trt.FP16}, "flags 1 ['FP16'], level 3, workspace 0, target None"},
		{"11", "11.2.1", trt.Spec{Precision: trt.FP16}, "flags 2 [], level 3, workspace 0, target None"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := open(t, fakeOptions(t, "FAKE_TENSORRT="+test.release))
			e := build(t, b, model(t, `{}`), test.spec)
			if got := e.Info().Warnings; !slices.Equal(got, []string{test.want}) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTimingCache(t *testing.T) {
	o := fakeOptions(t)
	o.Caches = trt.TimingCaches(t.TempDir())
	b := open(t, o)
	conditions := b.Device().Conditions(trt.Spec{Precision: trt.FP16})
	damage := func() {
		err := o.Caches.Use(b.Device(), conditions, func(path string) error { return os.WriteFile(path, []byte("damaged"), 0o644) })
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []trt.CacheState{trt.CacheCold, trt.CacheWarm, trt.CacheDropped, trt.CacheWarm} {
		if want == trt.CacheDropped {
			damage()
		}
		if got := build(t, b, model(t, `{}`), trt.Spec{Precision: trt.FP16}).Info().Cache; got != want {
			t.Errorf("build %d: cache %s, want %s", i, got, want)
		}
	}
	o.Module = "tensorrt_rtx"
	if got := build(t, open(t, o), model(t, `{}`), trt.Spec{}).Info().Cache; got != trt.CacheNone {
		t.Errorf("RTX: cache %s", got)
	}
}

func TestTime(t *testing.T) {
	tests := []struct {
		name, env, flag string
		warning         string
	}{
		{"with a graph", "", "-DNEW", ""},
		{"with CUDA before 11.4", "", "-DOLD", ""},
		{"without a graph", "FAKE_CUDA=nograph", "-DNEW", "no CUDA graph"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := build(t, open(t, fakeOptions(t, test.env, "LD_LIBRARY_PATH="+gpu(t, test.flag))), model(t, `{"ms": 3}`), trt.Spec{})
			begun := time.Now()
			got, err := e.Time(t.Context(), 70, 100*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); took < 310*time.Millisecond {
				t.Errorf("took %v, warming up is 100 ms and timing 210 ms", took)
			}
			if median := trt.MedianOf(got.Samples).Value; len(got.Samples) != 70 || median < 3*time.Millisecond || median > 4*time.Millisecond {
				t.Errorf("median %v of %d samples, want 3 ms of 70", median, len(got.Samples))
			}
			if joined := strings.Join(got.Warnings, "\n"); (test.warning == "") != (joined == "") || !strings.Contains(joined, test.warning) {
				t.Errorf("warnings %q, want %q", joined, test.warning)
			}
			// Every 100 ms of 210, each while a batch runs.
			want := trt.Health{SMClockMHz: 1980, MemClockMHz: 2619, TemperatureC: 41, PowerW: 312.5, Throttle: trt.ThrottlePowerCap, Processes: 2}
			if n := len(got.Health); n < 2 || n > 4 {
				t.Errorf("%d samples of health in 210 ms", n)
			}
			for _, h := range got.Health {
				if h != want {
					t.Errorf("health %+v, want %+v", h, want)
				}
			}
		})
	}
}

// The fake engine doubles its input.
func TestOutputs(t *testing.T) {
	for _, kind := range []string{"FLOAT", "HALF"} {
		t.Run(kind, func(t *testing.T) {
			// More values than are converted at once.
			const n = 70000
			e := build(t, open(t, fakeOptions(t)), model(t, `{"count": 70000, "type": "`+kind+`"}`), trt.Spec{})
			in := trt.Tensor{Data: make([]float32, n)}
			for i := range in.Data {
				in.Data[i] = float32(i%2048) / 8 // exact in fp16
			}
			got, err := e.Outputs(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].Name != "output" || !slices.Equal(got[0].Shape, []int{1, n}) || len(got[0].Data) != n {
				t.Fatalf("got %d outputs, the first %s %v", len(got), got[0].Name, got[0].Shape)
			}
			for i, v := range got[0].Data {
				if v != 2*in.Data[i] {
					t.Fatalf("output %d is %v, want %v", i, v, 2*in.Data[i])
				}
			}
			if _, err := e.Outputs(t.Context(), trt.Tensor{Data: make([]float32, 5)}); trt.ClassOf(err) != trt.InvalidNetwork {
				t.Errorf("too short an input: %v", err)
			}
		})
	}
}

func TestProfile(t *testing.T) {
	e := build(t, open(t, fakeOptions(t)), model(t, `{"ms": 1}`), trt.Spec{})
	got, err := e.Profile(t.Context())
	want := []trt.Layer{{Name: "s1.b1.conv1", Time: 750 * time.Microsecond}, {Name: "s1.b2.conv1", Time: 250 * time.Microsecond}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// The fake GPU has 64 MiB, of which each engine takes 40.
func TestUnloadFrees(t *testing.T) {
	b := open(t, fakeOptions(t))
	m := model(t, `{"count": 5242880, "ms": 0}`)
	for i := range 3 {
		e, err := b.Build(t.Context(), m, b.Device().Conditions(trt.Spec{}))
		if err != nil {
			t.Fatalf("build %d: %v", i, err)
		}
		if i == 0 {
			if _, err := b.Build(t.Context(), m, b.Device().Conditions(trt.Spec{})); trt.ClassOf(err) != trt.OutOfMemory {
				t.Errorf("two at once: %v, want a failure: out of memory", err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
