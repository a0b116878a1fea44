package trt_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

var ctx = context.Background()

func model(id string) trt.Model {
	file := func(trt.Precision) (string, error) { return "", errors.New("a simulation reads no file") }
	return trt.Model{ID: id, File: file, Input: trt.TensorType{Name: "image", Shape: []int{1, 3, 4, 4}}}
}

const truth = 5 * time.Millisecond

// bench measures on a simulated device with the flaws, and counts its sleeps.
func bench(f sim.Flaws) (*trt.Bench, trt.Spec, *int) {
	clock := sim.NewClock(time.Unix(0, 0))
	gpu := sim.New("t4", func(string) (time.Duration, error) { return truth, nil }, f, clock)
	ref := model("reference")
	sleeps := 0
	b := trt.NewBench(gpu, trt.Options{Reference: &ref, Now: clock.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		sleeps++
		return clock.Sleep(ctx, d)
	}})
	return b, gpu.Device().Conditions(trt.Spec{Precision: trt.FP16, Batch: 1, Resolution: [2]int{4, 4}, Output: trt.Classifier}), &sleeps
}

func TestMeasure(t *testing.T) {
	b, s, _ := bench(sim.Flaws{Noise: 0.02, BuildTime: time.Second})
	m, err := b.Measure(ctx, model("a"), s)
	if err != nil {
		t.Fatal(err)
	}
	if m.Median.Low > truth || m.Median.High < truth || m.Median.HalfWidth() > s.Protocol.HalfWidth || !m.Converged {
		t.Errorf("median %+v, converged %v; the truth is %v", m.Median, m.Converged, truth)
	}
	if len(m.Samples) < s.Protocol.MinSamples || m.Checked != trt.CheckedFP32 || m.Attempts != 1 || !m.Simulated || m.Reference.Factor != 1 || len(m.Health) == 0 {
		t.Errorf("%d samples, checked %q, %d attempts, simulated %v, reference %+v", len(m.Samples), m.Checked, m.Attempts, m.Simulated, m.Reference)
	}
	if m.Engine.BuildTime == 0 || m.Elapsed < m.Engine.BuildTime {
		t.Errorf("built in %v, took %v", m.Engine.BuildTime, m.Elapsed)
	}
}

// Sampling goes on until the interval is narrow, or says that it is not.
func TestSamplesUntilNarrow(t *testing.T) {
	counts := map[float64]int{}
	for _, noise := range []float64{0.001, 0.1} {
		b, s, _ := bench(sim.Flaws{Noise: noise})
		m, err := b.Measure(ctx, model("a"), s)
		if err != nil || !m.Converged {
			t.Fatalf("noise %v: %v, converged %v", noise, err, m.Converged)
		}
		counts[noise] = len(m.Samples)
	}
	// The half width is 1.25 * 1.96 * noise / sqrt(n): at 10 % some 600 samples.
	if counts[0.1] < 400 || counts[0.1] > 1500 || counts[0.001] > 250 {
		t.Errorf("samples by noise: %v", counts)
	}
	b, s, _ := bench(sim.Flaws{Noise: 0.1})
	s.Protocol.MaxSamples = 150
	m, err := b.Measure(ctx, model("a"), s)
	if err != nil || m.Converged || len(m.Samples) != 150 {
		t.Errorf("capped: %v, converged %v, %d samples", err, m.Converged, len(m.Samples))
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		class    trt.Class
		builds   int // that the network is built while it fails
		fatal    bool
		attempts int // of a network that fails once only; 0 if it is final
	}{
		{trt.InvalidNetwork, 1, false, 0},
		{trt.WrongOutput, 1, false, 0},
		{trt.NoImplementation, 2, false, 2},
		{trt.OutOfMemory, 2, false, 2},
		{trt.Timeout, 2, false, 2},
		{trt.Crash, 2, false, 2},
		{trt.StaleEngine, 2, false, 2},
		{trt.StaleCache, 2, false, 2},
		{trt.Degraded, 2, false, 2},
		{trt.DeviceLost, 2, false, 2},
		{trt.BadFlag, 1, true, 0},
		{trt.NoDevice, 1, true, 0},
		{trt.Incomplete, 1, true, 0},
		{trt.Incompatible, 1, true, 0},
	} {
		fails := func(times int) (builds int, m trt.Measurement, err error) {
			b, s, _ := bench(sim.Flaws{Fail: func(id string, build int) trt.Class {
				if id != "a" {
					return ""
				}
				builds = max(builds, build)
				if build > times {
					return ""
				}
				return test.class
			}})
			m, err = b.Measure(ctx, model("a"), s)
			return builds, m, err
		}
		builds, _, err := fails(100)
		var fatal trt.FatalError
		if trt.ClassOf(err) != test.class || errors.As(err, &fatal) != test.fatal || test.class != trt.WrongOutput && builds != test.builds {
			t.Errorf("%s: %v after %d builds, want %d, fatal %v", test.class, err, builds, test.builds, test.fatal)
		}
		if test.fatal && !strings.Contains(err.Error(), trt.RemedyOf(test.class).Advice) {
			t.Errorf("%s: %v does not say what to do", test.class, err)
		}
		_, m, err := fails(1)
		if test.attempts == 0 != (err != nil) || err == nil && m.Attempts != test.attempts {
			t.Errorf("%s once: %v after %d attempts, want %d", test.class, err, m.Attempts, test.attempts)
		}
	}
}

// Where the reference fails too, it is the device.
func TestDeviceGone(t *testing.T) {
	gone := false
	b, s, _ := bench(sim.Flaws{Fail: func(id string, _ int) trt.Class {
		if gone {
			return trt.DeviceLost
		}
		return ""
	}})
	if _, err := b.Measure(ctx, model("a"), s); err != nil {
		t.Fatal(err)
	}
	gone = true
	_, err := b.Measure(ctx, model("b"), s)
	var fatal trt.FatalError
	if !errors.As(err, &fatal) || trt.ClassOf(err) != trt.DeviceLost || !strings.Contains(err.Error(), "resume the run") {
		t.Errorf("got %v", err)
	}
}

// A throttling episode voids what was timed in it, whether the device tells of
// it or only the reference network shows it; what is measured after it is right.
func TestThrottling(t *testing.T) {
	for _, blind := range []bool{false, true} {
		b, s, sleeps := bench(sim.Flaws{Noise: 0.01, BuildTime: 10 * time.Second, ThrottleAfter: 60 * time.Second, ThrottleFor: 45 * time.Second, Blind: blind})
		waited := 0
		for i := range 6 {
			m, err := b.Measure(ctx, model(string(rune('a'+i))), s)
			if err != nil {
				t.Fatalf("blind %v: network %d: %v", blind, i, err)
			}
			if off := float64(m.Median.Value)/float64(truth) - 1; math.Abs(off) > 0.01 {
				t.Errorf("blind %v: network %d is off by %.3f", blind, i, off)
			}
			waited += m.Attempts - 1
		}
		if *sleeps == 0 || waited == 0 {
			t.Errorf("blind %v: the episode was not noticed", blind)
		}
	}
}

// A device that stays slow ends the run instead of failing every network.
func TestUnsteadyForever(t *testing.T) {
	b, s, _ := bench(sim.Flaws{ThrottleAfter: 30 * time.Second, ThrottleFor: 100 * time.Hour})
	var fatal trt.FatalError
	for i := range 100 {
		_, err := b.Measure(ctx, model(string(rune('a'+i))), s)
		if errors.As(err, &fatal) {
			if trt.ClassOf(err) != trt.Unsteady || !strings.Contains(err.Error(), "lock the clocks") {
				t.Errorf("ended with %v", err)
			}
			return
		}
	}
	t.Error("never ended")
}

// Slow drift is corrected for, and the correction is kept.
func TestDriftIsCorrected(t *testing.T) {
	b, s, _ := bench(sim.Flaws{Drift: 0.5, BuildTime: time.Minute})
	if _, err := b.Measure(ctx, model("a"), s); err != nil {
		t.Fatal(err)
	}
	m, err := b.Measure(ctx, model("b"), s)
	if err != nil {
		t.Fatal(err)
	}
	raw := float64(trt.MedianOf(m.Samples).Value)/float64(truth) - 1
	off := float64(m.Median.Value)/float64(truth) - 1
	if raw < 0.02 || math.Abs(off) > 0.012 || math.Abs(m.Reference.Factor-1-raw) > 0.012 {
		t.Errorf("raw %+.3f, corrected %+.3f, factor %.3f", raw, off, m.Reference.Factor)
	}
}

// ONNX Runtime's outputs come first; where it has none, those of an engine in
// fp32, which an engine in fp32 itself can't be held to.
func TestOracle(t *testing.T) {
	fails := func(context.Context, string, trt.Tensor) ([]trt.Tensor, error) { return nil, errors.New("no runtime") }
	differs := func(_ context.Context, path string, in trt.Tensor) ([]trt.Tensor, error) {
		if path != "fp32.onnx" || len(in.Data) != 48 {
			return nil, errors.New("called wrongly")
		}
		return []trt.Tensor{{Data: make([]float32, 10)}}, nil
	}
	for name, test := range map[string]struct {
		precision trt.Precision
		oracle    trt.Oracle
		want      trt.Check
		class     trt.Class
	}{
		"none": {trt.FP16, nil, trt.CheckedFP32, ""}, "none, fp32": {trt.FP32, nil, trt.CheckedNo, ""},
		"fails": {trt.FP16, fails, trt.CheckedFP32, ""}, "differs": {trt.FP16, differs, "", trt.WrongOutput},
	} {
		clock := sim.NewClock(time.Unix(0, 0))
		gpu := sim.New("t4", func(string) (time.Duration, error) { return truth, nil }, sim.Flaws{}, clock)
		b := trt.NewBench(gpu, trt.Options{Oracle: test.oracle, Now: clock.Now, Sleep: clock.Sleep})
		a := model("a")
		a.File = func(p trt.Precision) (string, error) { return string(p) + ".onnx", nil }
		m, err := b.Measure(ctx, a, gpu.Device().Conditions(trt.Spec{Precision: test.precision, Batch: 1}))
		if trt.ClassOf(err) != test.class || err == nil && (m.Checked != test.want || (m.Unchecked != "") != (test.want == trt.CheckedNo)) {
			t.Errorf("%s: checked %q (%s), %v", name, m.Checked, m.Unchecked, err)
		}
	}
}

func TestPlace(t *testing.T) {
	for name, want := range map[string]string{
		"s4.b2.attn.q": "s4.b2", "/s4.b2.conv1 + /s4.b2.relu": "s4.b2",
		"{ForeignNode[s5.b1.norm1...s5.b3.add]}": "s5",
		"PWN(s3.b1.add, s4.b1.relu)":             "s3+s4",
		"stem.conv1":                             "stem", "head.fc": "head", "Reformatting CopyNode": "",
	} {
		if got := trt.Place(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestTimingCaches(t *testing.T) {
	c := trt.TimingCaches(t.TempDir())
	d, s := trt.Device{Name: "a"}, trt.Spec{Precision: trt.FP16}
	other := s
	other.Builder.Level = 5
	write := func(s trt.Spec, text string, fail error) (before string) {
		err := c.Use(d, s, func(path string) error {
			before = read(path)
			return errors.Join(writeFile(path, text), fail)
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		return before
	}
	broken := errors.New("broken build")
	for i, step := range []struct {
		spec trt.Spec
		text string
		fail error
		want string
	}{
		{s, "1", nil, ""}, {s, "2", nil, "1"}, {s, "3", broken, "2"}, {other, "4", nil, ""}, {s, "5", nil, "2"},
	} {
		if got := write(step.spec, step.text, step.fail); got != step.want {
			t.Errorf("step %d: the build found %q, want %q", i, got, step.want)
		}
	}
	if err := c.Drop(d, s); err != nil {
		t.Fatal(err)
	}
	if got := write(s, "6", nil); got != "" {
		t.Errorf("after dropping it the build found %q", got)
	}
}

// A passing fault of the reference is no reason to end a run.
func TestReferenceIsTriedAgain(t *testing.T) {
	for _, class := range []trt.Class{trt.Crash, trt.StaleCache, trt.Timeout} {
		b, s, _ := bench(sim.Flaws{Fail: func(id string, build int) trt.Class {
			if id == "reference" && build == 1 {
				return class
			}
			return ""
		}})
		if m, err := b.Measure(ctx, model("a"), s); err != nil || m.Reference == nil {
			t.Errorf("%s: %v", class, err)
		}
	}
}

// What fails while the run is stopped is no result.
func TestStoppedWhileFailing(t *testing.T) {
	stop, cancel := context.WithCancel(ctx)
	b, s, _ := bench(sim.Flaws{Fail: func(id string, _ int) trt.Class {
		if id == "a" {
			cancel()
			return trt.InvalidNetwork
		}
		return ""
	}})
	if _, err := b.Measure(stop, model("a"), s); !errors.Is(err, context.Canceled) || trt.ClassOf(err) != "" {
		t.Errorf("got %v", err)
	}
}
