package experiments_test

import (
	"context"
	"errors"
	"maps"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

func measuredSettings(t testing.TB) experiments.Settings {
	s := settings(t)
	s.Device = device.Options{Name: "sim:t4"}
	s.Evaluations, s.Population, s.Finalists = 200, 20, 6
	return s
}

// plant makes every tenth network fail, each class in turn.
func plant() (fail func(string, int) trt.Class, planted map[string]trt.Class) {
	classes := []trt.Class{trt.InvalidNetwork, trt.OutOfMemory, trt.Timeout, trt.Crash, trt.WrongOutput}
	planted = map[string]trt.Class{}
	seen := map[string]bool{}
	return func(id string, _ int) trt.Class {
		if !seen[id] {
			seen[id] = true
			// The reference network comes first.
			if n := len(seen) - 2; n >= 0 && n%10 == 5 && len(planted) < 20 {
				planted[id] = classes[len(planted)%len(classes)]
			}
		}
		return planted[id]
	}, planted
}

// A search on a flawed device keeps a row for every network, with the class of
// its failure, and no latency from an episode of throttling gets into it.
func TestSearchOnFlawedDevice(t *testing.T) {
	s := measuredSettings(t)
	fail, planted := plant()
	flaws := sim.Flaws{Noise: 0.01, BuildTime: 20 * time.Second, ThrottleAfter: 30 * time.Minute, ThrottleFor: 4 * time.Minute, Blind: true, Fail: fail}
	d, err := device.Simulate(s.Spec, "t4", flaws, device.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p, err := experiments.NewPlan(ctx, "run", s, d)
	if err != nil {
		t.Fatal(err)
	}
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	if end, err := (experiments.Lab{Store: st}).Search(ctx, p); err != nil || end != search.BudgetSpent {
		t.Fatalf("%v, %v", end, err)
	}
	run, err := st.Run(ctx, "run")
	if err != nil {
		t.Fatal(err)
	}
	models, err := device.Models(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	rows, again := 0, 0
	failed := map[string]trt.Class{}
	var measured []evaluator.Result
	for r, err := range st.Evaluations(ctx, run) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		if r.Failure != nil {
			failed[r.ID] = r.Failure.Class
			continue
		}
		measured = append(measured, r)
	}
	if rows != 200 || len(planted) != 20 || !maps.Equal(failed, planted) {
		t.Errorf("%d rows; failed %v, planted %v", rows, failed, planted)
	}
	for _, r := range measured {
		want, err := models.Network(r.Arch)
		if err != nil {
			t.Fatal(err)
		}
		if off := float64(r.Score.Latency.Value)/float64(want.Latency.Value) - 1; math.Abs(off) > 0.01 || r.Score.Latency.Source != evaluator.LatencySimulated {
			t.Errorf("%s is off by %.3f (%s)", r.ID, off, r.Score.Latency.Source)
		}
		again += attempts(t, st, run, r.ID) - 1
	}
	if again == 0 {
		t.Error("the episode was not noticed")
	}
	front, err := experiments.Front(ctx, st, "run")
	if err != nil {
		t.Fatal(err)
	}
	rebuilt := 0
	for _, point := range front.Points {
		if point.Rebuilt != nil {
			rebuilt++
		}
		if planted[point.ID] != "" {
			t.Errorf("%s failed and is on the front", point.ID)
		}
	}
	if rebuilt == 0 || rebuilt > s.Finalists {
		t.Errorf("%d networks of the front were built again, want up to %d", rebuilt, s.Finalists)
	}
}

func attempts(t *testing.T, st *store.Store, run store.Run, id string) int {
	t.Helper()
	timings, err := st.Timings(ctx, run.Conditions, []string{id})
	if err != nil || len(timings[id]) == 0 {
		t.Fatalf("timings of %s: %v, %v", id, timings, err)
	}
	return timings[id][0].Measurement.Attempts
}

// A measured run that is stopped within a generation measures nothing twice,
// and goes on along the same way if the device gives the same, what its
// surrogate learnt included.
func TestResumeMeasuredRun(t *testing.T) {
	for _, algorithm := range []experiments.Algorithm{experiments.NSGA2, experiments.Screened} {
		s := measuredSettings(t)
		s.Algorithm, s.Batch = algorithm, 10
		s.Evaluations, s.Device.Name = 60, "sim:t4?noise=0&spread=0&build=0s"
		dir := t.TempDir()
		whole := openStore(t, filepath.Join(dir, "whole.db"))
		if _, err := (experiments.Lab{Store: whole}).Search(ctx, plan(t, "run", s)); err != nil {
			t.Fatal(err)
		}
		st := openStore(t, filepath.Join(dir, "stopped.db"))
		// Within a generation, again and again.
		measured := interrupted(t, st, s, 13)
		if measured != s.Evaluations {
			t.Errorf("%s: %d networks were measured for %d evaluations", algorithm, measured, s.Evaluations)
		}
		if got, want := trajectory(t, st, "run"), trajectory(t, whole, "run"); got != want {
			t.Errorf("%s: stopped:\n%.600s\nwhole:\n%.600s", algorithm, got, want)
		}
	}
}

// interrupted follows a run that is cut short after every few networks, and
// returns how many were measured.
func interrupted(t *testing.T, st *store.Store, s experiments.Settings, every int) (measured int) {
	t.Helper()
	p := plan(t, "run", s)
	for started := false; ; started = true {
		short, cancel := context.WithCancel(ctx)
		left := every
		lab := experiments.Lab{Store: st, Measured: func(evaluator.Result) {
			measured++
			if left--; left == 0 {
				cancel()
			}
		}}
		var end search.End
		var err error
		if started {
			end, err = lab.Resume(short, "run", open(t))
		} else {
			end, err = lab.Search(short, p)
		}
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if end != search.Stopped {
			return measured
		}
	}
}

// What was recorded replays to the same front, and keeps its label.
func TestReplay(t *testing.T) {
	s := measuredSettings(t)
	s.Evaluations, s.Finalists = 40, 0
	folder := filepath.Join(t.TempDir(), "recordings")
	run := func(name string, tools device.Tools) string {
		s.Device.Name = name
		d, err := device.Open(ctx, s.Spec, s.Device, tools)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		p, err := experiments.NewPlan(ctx, "run", s, d)
		if err != nil {
			t.Fatal(err)
		}
		st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
		if _, err := (experiments.Lab{Store: st}).Search(ctx, p); err != nil {
			t.Fatal(err)
		}
		return trajectory(t, st, "run")
	}
	recorded := run("sim:t4?crash=0.1", device.Tools{Record: folder})
	if replayed := run("replay:"+folder, device.Tools{}); replayed != recorded {
		t.Errorf("recorded:\n%.600s\nreplayed:\n%.600s", recorded, replayed)
	}
}

// What makes measuring impossible ends the run, which goes on when it is
// mended: nothing that was measured before is measured again.
func TestFatalFailureEndsTheRun(t *testing.T) {
	s := measuredSettings(t)
	s.Evaluations, s.Finalists = 40, 0
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	measured := 0
	failing := func(after int) *device.Device {
		built := map[string]bool{}
		d, err := device.Simulate(s.Spec, "t4", sim.Flaws{Fail: func(id string, _ int) trt.Class {
			built[id] = true
			if len(built) > after {
				return trt.NoDevice
			}
			return ""
		}}, device.Tools{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	p, err := experiments.NewPlan(ctx, "run", s, failing(30))
	if err != nil {
		t.Fatal(err)
	}
	lab := experiments.Lab{Store: st, Measured: func(evaluator.Result) { measured++ }}
	_, err = lab.Search(ctx, p)
	var fatal trt.FatalError
	if !errors.As(err, &fatal) || !strings.Contains(err.Error(), "nvidia-smi") || measured != 29 {
		t.Fatalf("%d networks, then %v", measured, err)
	}
	end, err := lab.Resume(ctx, "run", func(context.Context, experiments.Settings) (*device.Device, error) { return failing(1000), nil })
	if err != nil || end != search.BudgetSpent || measured != 40 {
		t.Errorf("resumed to %d networks: %v, %v", measured, end, err)
	}
}

// What a search learns from again was not known when it was begun; what another run
// measured was, once for each network.
func TestKnownNetworksAreCountedOnce(t *testing.T) {
	s := measuredSettings(t)
	s.Algorithm, s.Batch, s.Evaluations, s.Finalists = experiments.Screened, 10, 60, 0
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	known := map[string]int{}
	for _, name := range []string{"first", "again"} {
		lab := experiments.Lab{Store: st, Progress: func(p experiments.Progress) { known[name] = p.Known }}
		if _, err := lab.Search(ctx, plan(t, name, s)); err != nil {
			t.Fatal(err)
		}
	}
	if known["first"] != 0 || known["again"] != s.Evaluations {
		t.Errorf("known: %v, want none at first and then all %d", known, s.Evaluations)
	}
}
