package wire

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/trttest"
)

// options start the test binary as a program with a flaw.
func options(flaw string, env ...string) Options {
	limit := time.Minute
	if strings.HasSuffix(flaw, " hang") {
		limit = 2 * time.Second
	}
	return Options{Command: []string{os.Args[0]}, Env: append(env, fakeFlaw+"="+flaw), BuildLimit: limit, Limit: limit}
}

func startFake(t *testing.T, o Options) trt.Backend {
	t.Helper()
	b, err := Start(t.Context(), o)
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

var model = trt.Model{File: func(p trt.Precision) (string, error) { return "/models/" + string(p), nil }}

var conditions = trt.Spec{Precision: trt.FP16, Builder: trt.Builder{Typing: trt.Strong, Level: 4, WorkspaceMiB: 7}}

func buildFake(t *testing.T, b trt.Backend) trt.Engine {
	t.Helper()
	e, err := b.Build(t.Context(), model, conditions)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNormal(t *testing.T) {
	o := options("none")
	o.Caches = trt.TimingCaches(t.TempDir())
	b := startFake(t, o)
	if d := b.Device(); d.Name != "Fake GPU" || d.UUID != "GPU-1" {
		t.Errorf("device %+v", d)
	}
	e := buildFake(t, b)
	if i := e.Info(); i.Bytes != 5 || i.MemoryBytes != 4096 || !slices.Equal(i.Warnings, []string{`fp16 strong 4 7 ""`}) {
		t.Errorf("engine %+v", i)
	}
	if kept, err := os.ReadDir(string(o.Caches)); err != nil || len(kept) != 1 {
		t.Errorf("%d timing caches, %v", len(kept), err)
	}
	// As many as a protocol asks for at most.
	timing, err := e.Time(t.Context(), 5000, time.Second)
	if err != nil || len(timing.Samples) != 5000 || timing.Samples[0] <= 0 || timing.Health[0].SMClockMHz != 1980 || timing.Warnings[0] != "/models/fp16" {
		t.Errorf("timing %v, %v", timing, err)
	}
	out, err := e.Outputs(t.Context(), trt.Tensor{Data: []float32{1, -2.5}})
	if err != nil || len(out) != 1 || out[0].Name != "logits" || !slices.Equal(out[0].Shape, []int{1, 2}) || !slices.Equal(out[0].Data, []float32{2, -5}) {
		t.Errorf("outputs %v, %v", out, err)
	}
	layers, err := e.Profile(t.Context())
	if err != nil || !slices.Equal(layers, []trt.Layer{{Name: "s1.b1", Time: profileRuns}}) {
		t.Errorf("layers %v, %v", layers, err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// perform does what makes the program do op.
func perform(t *testing.T, b trt.Backend, op Op) error {
	e, err := b.Build(t.Context(), model, conditions)
	if err != nil {
		return err
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing an engine: %v", err)
		}
	}()
	switch op {
	case Time:
		_, err = e.Time(t.Context(), 1, 0)
	case Outputs:
		_, err = e.Outputs(t.Context(), trt.Tensor{Data: []float32{1}})
	case Profile:
		_, err = e.Profile(t.Context())
	}
	return err
}

// Whatever a program does, it is a failure of a class, and the next attempt
// finds a new program.
func TestFailureAndRecovery(t *testing.T) {
	flaws := []struct {
		name  string
		class trt.Class
		text  string
	}{
		{"exit", trt.Crash, "exit code 3"},
		{"crash", trt.Crash, "killed"},
		{"hang", trt.Timeout, "longer than 2s"},
		{"deaf", trt.Crash, "killed"},
		{"half line", trt.Crash, ""},
		{"garbage", trt.Crash, "a library says hello"},
		{"wrong id", trt.Crash, "4711"},
		{"huge line", trt.Crash, "longer than 1048576 bytes"},
		{"class", trt.StaleEngine, "it is old"},
		{"lost", trt.DeviceLost, "illegal memory access"},
		{"text", trt.OutOfMemory, "out of memory"},
	}
	for _, op := range []Op{Build, Load, Time, Outputs, Profile} {
		for _, flaw := range flaws {
			t.Run(string(op)+" "+flaw.name, func(t *testing.T) {
				t.Parallel()
				once := filepath.Join(t.TempDir(), "once")
				b := startFake(t, options(string(op)+" "+flaw.name, fakeOnce+"="+once))
				err := perform(t, b, op)
				if trt.ClassOf(err) != flaw.class || !strings.Contains(err.Error(), flaw.text) {
					t.Errorf("got %v, want %s: %s", err, flaw.class, flaw.text)
				}
				var failure *trt.Failure
				if errors.As(err, &failure) && flaw.class == trt.Crash && !strings.Contains(failure.Output, "last words") {
					t.Errorf("output %q lacks the program's last words", failure.Output)
				}
				if flaw.class == trt.StaleEngine || flaw.class == trt.OutOfMemory {
					return // the program goes on, with its flaw
				}
				if err := perform(t, b, op); err != nil {
					t.Errorf("the next attempt: %v", err)
				}
			})
		}
	}
}

func TestStartFailures(t *testing.T) {
	tests := []struct {
		name, flaw string
		class      trt.Class
		text       string
	}{
		{"another version", "hello version", "", "version 2 of the protocol"},
		{"no device", "hello no device", trt.NoDevice, "no CUDA-capable device is detected"},
		{"wrong driver", "hello driver", trt.Incompatible, "803"},
		{"a crash", "hello exit", trt.Crash, "exit code 3"},
		{"a hang", "hello hang", trt.Timeout, "longer than 2s"},
		{"another answer", "hello other answer", trt.Crash, "lacks"},
		{"an error", "hello class", trt.StaleEngine, "it is old"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), options(test.flaw))
			if err == nil || trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %s: %s", err, test.class, test.text)
			}
		})
	}
	if _, err := Start(t.Context(), Options{Command: []string{"/nowhere/program"}}); err == nil || !strings.Contains(err.Error(), "/nowhere/program") {
		t.Errorf("no program: %v", err)
	}
	if _, err := Start(t.Context(), Options{}); err == nil {
		t.Error("an empty command starts")
	}
}

// A program that dies between two calls is noticed by the next, and the one
// after that has the engine loaded again, under another process.
func TestEngineIsLoadedAgain(t *testing.T) {
	b := startFake(t, options("profile later", fakeOnce+"="+filepath.Join(t.TempDir(), "once")))
	first, second := buildFake(t, b), buildFake(t, b)
	before, err := second.Time(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Profile(t.Context()); err != nil {
		t.Fatal(err)
	}
	for syscall.Kill(int(before.Samples[0]), 0) == nil && !zombie(t, int(before.Samples[0])) {
		time.Sleep(time.Millisecond)
	}
	if _, err := first.Time(t.Context(), 1, 0); trt.ClassOf(err) != trt.Crash || !strings.Contains(err.Error(), "exit code 4") {
		t.Errorf("after its death: %v", err)
	}
	for _, e := range []trt.Engine{second, first} {
		after, err := e.Time(t.Context(), 1, 0)
		if err != nil || after.Samples[0] == before.Samples[0] || after.Warnings[0] != "/models/fp16" {
			t.Errorf("in a new process: %v, %v", after, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// zombie tells whether a process has ended and waits for being asked how.
func zombie(t *testing.T, pid int) bool {
	t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return true
	}
	return strings.Contains(string(stat), ") Z ")
}

func TestErrorWithoutClass(t *testing.T) {
	for op, want := range map[Op]trt.Class{Build: trt.InvalidNetwork, Load: trt.StaleEngine, Time: trt.Crash, Outputs: trt.Crash, Profile: trt.Crash} {
		b := startFake(t, options(string(op)+" unknown text"))
		if err := perform(t, b, op); trt.ClassOf(err) != want || !strings.Contains(err.Error(), "it does not feel like it") {
			t.Errorf("%s: got %v, want %s", op, err, want)
		}
	}
}

func TestOutputsOfAnotherSize(t *testing.T) {
	b := startFake(t, options("outputs short"))
	if err := perform(t, b, Outputs); trt.ClassOf(err) != trt.Degraded {
		t.Errorf("got %v", err)
	}
}

func TestOtherDeviceAfterRestart(t *testing.T) {
	once := filepath.Join(t.TempDir(), "once")
	if err := os.WriteFile(once, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := startFake(t, options("hello other device", fakeOnce+"="+once))
	e := buildFake(t, b)
	timing, err := e.Time(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(once), syscall.Kill(int(timing.Samples[0]), syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Time(t.Context(), 1, 0); trt.ClassOf(err) != trt.Crash {
		t.Errorf("after its death: %v", err)
	}
	if _, err := e.Time(t.Context(), 1, 0); err == nil || trt.ClassOf(err) != "" || !strings.Contains(err.Error(), "GPU-2") {
		t.Errorf("on another device: %v", err)
	}
}

func TestTarget(t *testing.T) {
	o := options("hello no device")
	o.Target = "8.0"
	e := buildFake(t, startFake(t, o))
	if i := e.Info(); i.MemoryBytes != 0 || !slices.Equal(i.Warnings, []string{`fp16 strong 4 7 "8.0"`}) {
		t.Errorf("engine %+v", i)
	}
}

func TestCancel(t *testing.T) {
	o := options("time hang")
	o.Limit = time.Minute
	e := buildFake(t, startFake(t, o))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := e.Time(ctx, 1, 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}

// What the program started goes with it.
func TestGroupIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kid")
	e := buildFake(t, startFake(t, options("time hang", fakeKid+"="+path)))
	if _, err := e.Time(t.Context(), 1, 0); trt.ClassOf(err) != trt.Timeout {
		t.Fatalf("got %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !zombie(t, pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the program's child still runs")
		}
	}
}

func TestCloseRemovesFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b, err := Start(t.Context(), options("quit hang"))
	if err != nil {
		t.Fatal(err)
	}
	buildFake(t, b)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestBackend(t *testing.T) {
	trttest.Backend(t, trttest.Subject{
		Open: func(t *testing.T) trt.Backend {
			b, err := Start(t.Context(), options("none"))
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
		Model: model, Spec: trt.Spec{Precision: trt.FP16, Batch: 1}, Input: trt.Tensor{Data: []float32{1, 2}},
	})
}
