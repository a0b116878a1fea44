package trtexec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// network is a model whose files are only named.
var network = trt.Model{
	ID:    "a",
	File:  func(p trt.Precision) (string, error) { return "/models/a." + string(p) + ".onnx", nil },
	Input: trt.TensorType{Name: "image", Shape: []int{1, 4}},
}

// options make the test binary a trtexec, and an nvidia-smi, with a flaw. Its
// files go to a folder that is returned.
func options(t *testing.T, release, flaw string) (Options, string) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("CUDA_VISIBLE_DEVICES", "")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // or each run takes a second more
	t.Setenv(fakeRelease, release)
	t.Setenv(fakeFlaw, flaw)
	t.Setenv(fakePids, filepath.Join(t.TempDir(), "pids"))
	return Options{Path: os.Args[0], SMI: os.Args[0], BuildLimit: time.Minute, RunLimit: time.Minute}, folder
}

func open(t *testing.T, o Options) trt.Backend {
	t.Helper()
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func build(t *testing.T, b trt.Backend, s trt.Spec) trt.Engine {
	t.Helper()
	e, err := b.Build(t.Context(), network, b.Device().Conditions(s))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func fp16(t trt.Typing) trt.Spec {
	return trt.Spec{Precision: trt.FP16, Builder: trt.Builder{Typing: t, Level: 4, WorkspaceMiB: 7}}
}

func TestReleases(t *testing.T) {
	const common = "--skipInference --profilingVerbosity=detailed --builderOptimizationLevel=4 --memPoolSize=workspace:7 "
	for _, test := range []struct {
		release  string
		typings  []trt.Typing
		spec     trt.Spec
		model    string
		flags    string
		built    time.Duration
		run      string
		transfer string
	}{
		{"8.6.1", []trt.Typing{trt.Weak}, fp16(trt.Weak), "fp32", "--fp16 ", 12500 * time.Millisecond, "--useCudaGraph --useSpinWait --noDataTransfers ", ""},
		{"10.6.0", []trt.Typing{trt.Weak, trt.Strong}, fp16(trt.Weak), "fp32", "--fp16 ", 13250 * time.Millisecond, "--useCudaGraph --useSpinWait --noDataTransfers ", ""},
		{"10.6.0", []trt.Typing{trt.Weak, trt.Strong}, fp16(trt.Strong), "fp16", "--stronglyTyped ", 13250 * time.Millisecond, "--useCudaGraph --useSpinWait --noDataTransfers ", ""},
		{"11.1.0", []trt.Typing{trt.Strong}, fp16(trt.Strong), "fp16", "", 13250 * time.Millisecond, "", "--includeDataTransfers "},
	} {
		t.Run(test.release+" "+string(test.spec.Builder.Typing), func(t *testing.T) {
			o, folder := options(t, test.release, "none")
			arguments := filepath.Join(t.TempDir(), "arguments")
			t.Setenv(fakeArgs, arguments)
			b := open(t, o)
			d := b.Device()
			if d.Version != test.release || !slices.Equal(d.Typings, test.typings) || d.Library != trt.TensorRT || d.Access != trt.AccessTrtexec || d.Driver != "580.82.07" || d.UUID != gpuUUID {
				t.Errorf("device %+v", d)
			}
			e := build(t, b, test.spec)
			if i := e.Info(); i.Bytes == 0 || i.BuildTime != test.built || i.MemoryBytes != 7225344 || i.Cache != trt.CacheCold || i.Warnings != nil {
				t.Errorf("engine %+v", i)
			}
			use(t, e)
			plan := e.(*engine).plan()
			want := strings.Join([]string{
				"--help",
				"--onnx=/models/a." + test.model + ".onnx --saveEngine=" + plan + " " + common + test.flags + "--device=0",
				"--loadEngine=" + plan + " --iterations=102 --warmUp=501 --duration=0 --avgRuns=1 " + test.run + "--exportTimes=result.json --device=0",
				"--loadEngine=" + plan + " --iterations=1 --warmUp=0 --duration=0 --avgRuns=1 " + test.transfer + "--loadInputs=image:input --exportOutput=result.json --device=0",
			}, "\n")
			if got := read(arguments); !strings.HasPrefix(got, want) {
				t.Errorf("arguments\n%s\nwant\n%s", got, want)
			}
			if err := errors.Join(e.Close(), b.Close()); err != nil || len(files(t, folder)) > 0 {
				t.Errorf("left, %v: %v", err, files(t, folder))
			}
		})
	}
}

// use does with an engine what can be done.
func use(t *testing.T, e trt.Engine) {
	t.Helper()
	timing, err := e.Time(t.Context(), 100, 500*time.Millisecond+time.Microsecond)
	if err != nil || len(timing.Samples) != 101 || timing.Samples[0] != 484512*time.Nanosecond || timing.Samples[1] != 484612*time.Nanosecond || timing.Warnings != nil {
		t.Errorf("timing %d samples, %v, %v", len(timing.Samples), timing.Warnings, err)
	}
	input := trt.Tensor{TensorType: network.Input, Data: []float32{1, -2.5, 0.25, 1024}}
	outputs, err := e.Outputs(t.Context(), input)
	want := []trt.Tensor{
		{TensorType: trt.TensorType{Name: "logits", Shape: []int{1, 4}}, Data: []float32{2, -5, 0.5, 2048}},
		{TensorType: trt.TensorType{Name: `a "b"`, Shape: []int{1}}, Data: []float32{7}},
	}
	if err != nil || !reflect.DeepEqual(outputs, want) {
		t.Errorf("outputs %v, %v", outputs, err)
	}
	layers, err := e.Profile(t.Context())
	if err != nil || !slices.Equal(layers, []trt.Layer{{Name: `/s1.b1/conv + act "fused", \ [x]`, Time: 4544 * time.Nanosecond}, {Name: "copy"}}) {
		t.Errorf("layers %+v, %v", layers, err)
	}
}

// files are all below a folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOpenFailures(t *testing.T) {
	for _, test := range []struct {
		name    string
		release string
		change  func(*Options)
		class   trt.Class
		text    string
	}{
		{"no trtexec", "10.6.0", func(o *Options) { o.Path = "/nowhere/trtexec" }, trt.Incomplete, "/nowhere/trtexec"},
		{"another program", "10.6.0", func(o *Options) { o.Path = "true" }, trt.Incomplete, "another program"},
		{"a program that fails", "10.6.0", func(o *Options) { o.Path = "false" }, trt.Incomplete, "false --help: "},
		{"an old release", "8.5.3", func(*Options) {}, trt.Incompatible, "8.5.3 has no flag --skipInference"},
		{"no nvidia-smi", "10.6.0", func(o *Options) { o.SMI = "/nowhere/nvidia-smi" }, trt.Incomplete, "NVIDIA's driver"},
	} {
		o, folder := options(t, test.release, "none")
		test.change(&o)
		if _, err := Open(t.Context(), o); trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if left := files(t, folder); len(left) > 0 {
			t.Errorf("%s: left %v", test.name, left)
		}
	}
	o, _ := options(t, "10.6.0", "none")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A path from the folder that we are in holds for trtexec, which is in another.
func TestRelativePath(t *testing.T) {
	o, _ := options(t, "10.6.0", "none")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if o.Path, err = filepath.Rel(here, os.Args[0]); err != nil {
		t.Fatal(err)
	}
	build(t, open(t, o), fp16(trt.Weak))
}

func TestVisible(t *testing.T) {
	for _, test := range []struct {
		list  string
		index int
		want  string
	}{
		{"", 0, "0"}, {"", 2, "2"}, {"3,1", 1, "1"}, {"GPU-a, GPU-b", 1, "GPU-b"}, {"3", 1, "1"},
	} {
		if got := visible(test.list, test.index); got != test.want {
			t.Errorf("%d of %q is %s", test.index, test.list, got)
		}
	}
}

func TestVersion(t *testing.T) {
	for digits, want := range map[string]string{"8601": "8.6.1", "9300": "9.3.0", "100600": "10.6.0", "101303": "10.13.3", "110100": "11.1.0"} {
		if got, _ := parseVersion(digits); got != want {
			t.Errorf("%s is %s, want %s", digits, got, want)
		}
	}
}

func TestUnsupportedTyping(t *testing.T) {
	for _, test := range []struct {
		release string
		typing  trt.Typing
	}{{"8.6.1", trt.Strong}, {"11.1.0", trt.Weak}} {
		o, _ := options(t, test.release, "none")
		b := open(t, o)
		if _, err := b.Build(t.Context(), network, fp16(test.typing)); err == nil || trt.ClassOf(err) != "" || !strings.Contains(err.Error(), test.release) {
			t.Errorf("%s, %s: %v", test.release, test.typing, err)
		}
	}
}

func TestOtherGPU(t *testing.T) {
	o, _ := options(t, "10.6.0", "other GPU")
	b := open(t, o)
	if _, err := b.Build(t.Context(), network, fp16(trt.Weak)); err == nil || trt.ClassOf(err) != "" || !strings.Contains(err.Error(), "CUDA_VISIBLE_DEVICES") {
		t.Errorf("got %v", err)
	}
}
