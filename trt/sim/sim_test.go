package sim_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
	"github.com/trtnas/trtnas/trt/trttest"
)

const truth = 4 * time.Millisecond

func open(f sim.Flaws) *sim.Device {
	return sim.New("t4", func(string) (time.Duration, error) { return truth, nil }, f, sim.NewClock(time.Unix(0, 0)))
}

var model = trt.Model{ID: "a", Input: trt.TensorType{Name: "image", Shape: []int{1, 3, 2, 2}}}

func TestBackend(t *testing.T) {
	trttest.Backend(t, trttest.Subject{
		Open:  func(*testing.T) trt.Backend { return open(sim.Default()) },
		Model: model, Spec: trt.Spec{Precision: trt.FP16, Batch: 1},
		Input: trt.Tensor{TensorType: model.Input, Data: make([]float32, 12)},
	})
}

// Each flaw has the size that it is given, over many networks.
func TestFlaws(t *testing.T) {
	spread := func(f sim.Flaws, each func(d *sim.Device, i int) time.Duration) float64 {
		d := open(f)
		var sum, squares float64
		const n = 400
		for i := range n {
			x := math.Log(float64(each(d, i)) / float64(truth))
			sum, squares = sum+x, squares+x*x
		}
		return math.Sqrt(squares/n - sum/n*sum/n)
	}
	one := func(d *sim.Device, id string) time.Duration {
		e, err := d.Build(t.Context(), trt.Model{ID: id}, trt.Spec{Precision: trt.FP16})
		if err != nil {
			t.Fatal(err)
		}
		timing, err := e.Time(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		return timing.Samples[0]
	}
	others := func(d *sim.Device, i int) time.Duration { return one(d, string(rune('a'+i))) }
	same := func(d *sim.Device, _ int) time.Duration { return one(d, "a") }
	for name, test := range map[string]struct {
		flaws sim.Flaws
		each  func(*sim.Device, int) time.Duration
		want  float64
	}{
		"none":               {sim.Flaws{}, others, 0},
		"noise":              {sim.Flaws{Noise: 0.05}, others, 0.05},
		"rough":              {sim.Flaws{Rough: 0.05}, others, 0.05},
		"rough, one network": {sim.Flaws{Rough: 0.05}, same, 0},
		"between builds":     {sim.Flaws{BuildSpread: 0.05}, same, 0.05},
	} {
		if got := spread(test.flaws, test.each); math.Abs(got-test.want) > 0.15*test.want+1e-6 {
			t.Errorf("%s: %.4f, want %.4f", name, got, test.want)
		}
	}
}

// What one network shows does not depend on which came before.
func TestOrderDoesNotMatter(t *testing.T) {
	samples := func(before ...string) time.Duration {
		d := open(sim.Default())
		var last time.Duration
		for _, id := range append(before, "z") {
			e, err := d.Build(t.Context(), trt.Model{ID: id}, trt.Spec{Precision: trt.FP16})
			if err != nil {
				t.Fatal(err)
			}
			timing, err := e.Time(t.Context(), 3, 0)
			if err != nil {
				t.Fatal(err)
			}
			last = timing.Samples[2]
		}
		return last
	}
	if a, b := samples(), samples("a", "b"); a != b {
		t.Errorf("%v first, %v third", a, b)
	}
}

func TestParse(t *testing.T) {
	profile, f, err := sim.Parse("t4?noise=0.02&rough=0.1&crash=0.5&lost=0.1&throttle=10m-15m&blind=true&build=3s&seed=7")
	want := sim.Default()
	want.Noise, want.Rough, want.Crash, want.Lost, want.Blind, want.Seed = 0.02, 0.1, 0.5, 0.1, true, 7
	want.ThrottleAfter, want.ThrottleFor, want.BuildTime = 10*time.Minute, 5*time.Minute, 3*time.Second
	want.Fail, f.Fail = nil, nil
	if err != nil || profile != "t4" || f.Noise != want.Noise || f.Rough != want.Rough || f.Crash != want.Crash || f.Lost != want.Lost ||
		!f.Blind || f.Seed != 7 || f.ThrottleAfter != want.ThrottleAfter || f.ThrottleFor != want.ThrottleFor || f.BuildTime != want.BuildTime || f.Error != want.Error {
		t.Errorf("%q %+v, %v", profile, f, err)
	}
	for text, says := range map[string]string{
		"t4?speed=1": `unknown flaw "speed"`, "t4?noise=2": "need a share from 0 to 1", "t4?noise=x": "need a share",
		"t4?crash=0.6&oom=0.6": "add up to 1.2", "t4?build=-1s": "build=-1s", "t4?throttle=5m": "throttle=5m", "t4?noise=%zz": "t4?noise=%zz",
	} {
		if _, _, err := sim.Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
