package trtexec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// perform does what makes trtexec do the step.
func perform(ctx context.Context, b trt.Backend, step string) (err error) {
	e, err := b.Build(ctx, network, fp16(trt.Weak))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	switch step {
	case "time":
		_, err = e.Time(ctx, 10, 0)
	case "outputs":
		_, err = e.Outputs(ctx, trt.Tensor{TensorType: network.Input, Data: []float32{1, 2, 3, 4}})
	case "profile":
		_, err = e.Profile(ctx)
	}
	return err
}

// Whatever trtexec does is a failure of a class. The timing cache is what it
// was, and no file and no process is left.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		flaw  string // and its step
		class trt.Class
		text  string
	}{
		{"flag", trt.BadFlag, "Unknown option: --profilingVerbosity"},
		{"build parser", trt.InvalidNetwork, "Plugin not found"},
		{"build tactic", trt.NoImplementation, "Could not find any implementation"},
		{"build oom", trt.OutOfMemory, "out of memory"},
		{"build memory", trt.OutOfMemory, "more than 128 MiB"},
		{"build hang", trt.Timeout, "no end within 1s"},
		{"build segv", trt.Crash, "segmentation fault"},
		{"build abort", trt.Crash, "aborted"},
		{"build silent", trt.Degraded, "build"},
		{"build no plan", trt.Degraded, "saved none"},
		{"build no GPU", trt.NoDevice, "Cannot find any available devices"},
		{"build no library", trt.Incomplete, "libnvinfer.so.10"},
		{"build no resource", trt.Incomplete, "libnvinfer_builder_resource_sm90"},
		{"build driver", trt.Incompatible, "unsupported display driver"},
		{"build stale cache", trt.StaleCache, "getCaskHandle"},
		{"build what", trt.InvalidNetwork, "build: something else"},
		{"time stale engine", trt.StaleEngine, "8.2.3 got 8.2.1"},
		{"time other device", trt.StaleEngine, "compute 8.9"},
		{"time lost", trt.DeviceLost, "illegal memory access"},
		{"time oom", trt.OutOfMemory, "out of memory"},
		{"time hang", trt.Timeout, "no end within 1s"},
		{"time segv", trt.Crash, "segmentation fault"},
		{"time what", trt.Crash, "time: something else"},
		{"time silent", trt.Degraded, "time"},
		{"time no file", trt.Degraded, "without writing its file"},
		{"time half", trt.Degraded, "times: "},
		{"time nan", trt.Degraded, "times: "},
		{"time zero", trt.Degraded, "batch 2 took 0 ms"},
		{"time fewer", trt.Degraded, "10 batches were asked for, 1 were timed"},
		{"time median", trt.Degraded, "the log says"},
		{"outputs half", trt.Degraded, "not complete"},
		{"outputs size", trt.Degraded, "of shape [7] has 4 values"},
		{"outputs twice", trt.Degraded, "outputs: "},
		{"outputs abort", trt.Crash, "aborted"},
		{"profile half", trt.Degraded, "not complete"},
		{"profile nan", trt.Degraded, "none of 2 layers"},
		{"profile hang", trt.Timeout, "no end within 1s"},
	} {
		t.Run(test.flaw, func(t *testing.T) {
			o, folder := options(t, "10.6.0", test.flaw)
			o.MemoryLimit = 128 << 20
			switch {
			case test.flaw == "build hang":
				o.BuildLimit = time.Second
			case strings.HasSuffix(test.flaw, " hang"):
				o.RunLimit = time.Second
			}
			o.Caches = trt.TimingCaches(t.TempDir())
			b := open(t, o)
			keepCache(t, o.Caches, b.Device())
			step, _, _ := strings.Cut(test.flaw, " ")
			err := perform(t.Context(), b, step)
			if trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %s: %s", err, test.class, test.text)
			}
			if left := files(t, filepath.Join(folder, "*")); len(left) > 0 {
				t.Errorf("left %v", left)
			}
			checkCache(t, o.Caches, step)
			gone(t)
		})
	}
}

// keepCache puts a timing cache into the folder.
func keepCache(t *testing.T, c trt.TimingCaches, d trt.Device) {
	t.Helper()
	if err := c.Use(d, fp16(trt.Weak), func(path string) error { return os.WriteFile(path, []byte("kernels\n"), 0o600) }); err != nil {
		t.Fatal(err)
	}
}

// checkCache checks that the cache is as it was, and alone; a build that
// succeeded has added to it.
func checkCache(t *testing.T, c trt.TimingCaches, failed string) {
	t.Helper()
	entries, err := os.ReadDir(string(c))
	if err != nil || len(entries) != 1 {
		t.Fatalf("timing caches: %v, %v", entries, err)
	}
	want := "kernels\nkernel\n"
	if failed == "build" || failed == "flag" {
		want = "kernels\n"
	}
	if got := read(filepath.Join(string(c), entries[0].Name())); got != want {
		t.Errorf("the timing cache is %q, want %q", got, want)
	}
}

// gone checks that all processes that told their IDs have ended.
func gone(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(os.Getenv(fakePids))
	if err != nil {
		return // none did
	}
	for _, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("process %d survives", pid)
			}
		}
	}
}

// alive is false for a process that has ended and waits for being asked how.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

func TestCancel(t *testing.T) {
	for _, step := range []string{"build", "time"} {
		o, folder := options(t, "10.6.0", step+" hang")
		b := open(t, o)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := perform(ctx, b, step)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || trt.ClassOf(err) != "" {
			t.Errorf("%s: %v", step, err)
		}
		if left := files(t, filepath.Join(folder, "*")); len(left) > 0 {
			t.Errorf("%s: left %v", step, left)
		}
		gone(t)
	}
}

func TestWarnings(t *testing.T) {
	for release, graph := range map[string]string{
		"8.6.1":  "The specified --useCudaGraph flag has been ignored. The inference will be launched without using CUDA graph launch.",
		"11.1.0": "CUDA graph capture failed. The inference will be launched without using CUDA graph.",
	} {
		o, _ := options(t, release, "time warnings")
		b := open(t, o)
		e := build(t, b, trt.Spec{Precision: trt.FP16})
		timing, err := e.Time(t.Context(), 10, 0)
		want := []string{
			graph, "GPU compute time is unstable, with coefficient of variance = 5.55763%.",
			"Throughput may be bound by Enqueue Time rather than GPU Compute and the GPU may be under-utilized.",
		}
		if err != nil || !slices.Equal(timing.Warnings, want) {
			t.Errorf("%s: %q, %v", release, timing.Warnings, err)
		}
	}
}

// The GPU's health is that of the time in which batches were timed.
func TestHealth(t *testing.T) {
	o, _ := options(t, "10.6.0", "time watched")
	e := build(t, open(t, o), fp16(trt.Weak))
	timing, err := e.Time(t.Context(), 10, 0)
	if err != nil || len(timing.Health) < 5 || len(timing.Health) > 31 || timing.Health[0] != (trt.Health{SMClockMHz: 1980, MemClockMHz: 2619, TemperatureC: 41, PowerW: 312.57, Processes: 1}) {
		t.Errorf("%d times %+v, %v", len(timing.Health), timing.Health, err)
	}
}

func TestUnknownHealth(t *testing.T) {
	o, _ := options(t, "10.6.0", "none")
	b := open(t, o)
	e := build(t, b, fp16(trt.Weak))
	if err := b.(*backend).gpu.Close(); err != nil {
		t.Fatal(err)
	}
	timing, err := e.Time(t.Context(), 10, 0)
	if err != nil || len(timing.Samples) != 12 || len(timing.Warnings) != 1 || !strings.HasPrefix(timing.Warnings[0], "the GPU's clocks are unknown: ") {
		t.Errorf("%q, %v", timing.Warnings, err)
	}
}

// Who computes on the GPU before or after a timing is counted.
func TestOthers(t *testing.T) {
	others := filepath.Join(t.TempDir(), "others")
	t.Setenv(fakeOthers, others)
	for _, test := range []struct {
		flaw, before string
		processes    int
	}{
		{"time watched", "", 1},
		{"time watched", "77, python\n78, [Not Found]\n", 3},
		{"time visited", "", 2},
		{"time left", "77, python\n", 2},
	} {
		o, _ := options(t, "10.6.0", test.flaw)
		b := open(t, o)
		e := build(t, b, fp16(trt.Weak))
		write(others, test.before)
		timing, err := e.Time(t.Context(), 10, 0)
		if err != nil || len(timing.Health) == 0 || timing.Health[0].Processes != test.processes {
			t.Errorf("%s with %q: %+v, %v", test.flaw, test.before, timing.Health, err)
		}
		if err := os.Remove(others); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTimingCache(t *testing.T) {
	caches := trt.TimingCaches(t.TempDir())
	for _, test := range []struct {
		flaw     string
		state    trt.CacheState
		warnings int
	}{{"none", trt.CacheCold, 0}, {"none", trt.CacheWarm, 0}, {"build dropped cache", trt.CacheDropped, 2}, {"none", trt.CacheCold, 0}, {"build skipped tactic", trt.CacheWarm, 0}} {
		o, _ := options(t, "8.6.1", test.flaw)
		o.Caches = caches
		e := build(t, open(t, o), fp16(trt.Weak))
		if i := e.Info(); i.Cache != test.state || len(i.Warnings) != test.warnings {
			t.Errorf("%s: %+v, want %s", test.flaw, i, test.state)
		}
	}
}
