package experiments_test

import (
	"path/filepath"
	"slices"
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

func TestParseTargets(t *testing.T) {
	spec := settings(t).Spec
	spec.Device = "auto"
	for _, test := range []struct {
		text string
		want string // targets, or a part of the error after "!"
	}{
		{"10ms", "auto:b8:224x224:fp16=10ms"},
		{"b1=800us", "auto:b1:224x224:fp16=800µs"},
		{"t4:b8=10ms,t4:b1=3ms", "t4:b8:224x224:fp16=10ms t4:b1:224x224:fp16=3ms"},
		{"v100:384x512:fp32:b16=1s", "v100:b16:384x512:fp32=1s"},
		{"384=5ms", "auto:b8:384x384:fp16=5ms"},
		{"sim:t4?error=0.1&seed=3:b1=3ms", "sim:t4?error=0.1&seed=3:b1:224x224:fp16=3ms"},
		{"replay:some/folder:b1=3ms", "replay:some/folder:b1:224x224:fp16=3ms"},
		{"profile.json=3ms", "profile.json:b8:224x224:fp16=3ms"},
		{"10", "!did you mean 10ms?"},
		{"b8=10ms,", "!is no latency"},
		{"b8=10ms,t4", "!is no latency"},
		{"b8=-10ms", "!is impossible"},
		{"b9999=10ms", "!batch of 9999 images"},
		{"0x224=10ms", "!resolution 0x224"},
		{"b8=10ms,8ms", "!already"},
		{strings.TrimSuffix(strings.Repeat("t4=1ms,", 1), ",") + ",b1=1ms,b2=1ms,b3=1ms,b4=1ms,b5=1ms,b6=1ms,b7=1ms,b9=1ms", "!8 are the most"},
	} {
		targets, err := experiments.ParseTargets(test.text, spec, device.Options{Name: "auto"})
		if part, bad := strings.CutPrefix(test.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %s", test.text, err, part)
			}
			continue
		}
		var got []string
		for _, target := range targets {
			got = append(got, target.String()+"="+time.Duration(target.Budget).String())
		}
		if s := strings.Join(got, " "); err != nil || s != test.want {
			t.Errorf("%s: %s, %v; want %s", test.text, s, err, test.want)
		}
	}
}

// withBatch1 has a second budget, for batches of one image, which binds as often
// as the first.
func withBatch1(s experiments.Settings) experiments.Settings {
	first := experiments.Target{Device: s.Device, Conditions: evaluator.Conditions{Spec: s.Spec}, Budget: s.Budget}
	second := first
	second.Conditions.Batch, second.Budget = 1, experiments.Duration(2500*time.Microsecond)
	return s.WithTargets([]experiments.Target{first, second})
}

// All budgets bind, whichever latencies are objectives, and the front is as
// good as its objectives say.
func TestSeveralBudgets(t *testing.T) {
	for _, together := range []experiments.Together{experiments.FirstOnly, experiments.EachOne, experiments.WorstOne} {
		s := withBatch1(settings(t))
		s.Together = together
		st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
		if end, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "run", s)); err != nil || end != search.BudgetSpent {
			t.Fatalf("%q: %v, %v", together, end, err)
		}
		front, err := experiments.Front(ctx, st, "run")
		if err != nil {
			t.Fatal(err)
		}
		if len(front.Points) < 5 || len(front.Targets) != 1 {
			t.Fatalf("%q: %d points, targets %v", together, len(front.Points), front.Targets)
		}
		var objectives [][]float64
		for _, p := range front.Points {
			first, second := p.Latency.Value, p.Beside[0].Value
			if first > 10 || second > 2.5 || first == second {
				t.Errorf("%q: %s takes %.2f and %.2f ms", together, p.ID, first, second)
			}
			objectives = append(objectives, map[experiments.Together][]float64{
				experiments.FirstOnly: {first, -p.Objective.Accuracy},
				experiments.EachOne:   {first, second, -p.Objective.Accuracy},
				experiments.WorstOne:  {max(first/10, second/2.5), -p.Objective.Accuracy},
			}[together])
		}
		if best := search.Front(objectives); len(best) != len(objectives) {
			t.Errorf("%q: %d of %d points are not dominated", together, len(best), len(objectives))
		}
	}
}

// Two targets on one measuring device: each network is measured once under the
// conditions of each, the finalists twice, and a run that is killed again and
// again is the one that was not.
func TestResumeWithSeveralBudgets(t *testing.T) {
	for _, algorithm := range []experiments.Algorithm{experiments.NSGA2, experiments.Screened} {
		s := measuredSettings(t)
		s.Evaluations, s.Device.Name = 60, "sim:t4?noise=0&spread=0&build=0s"
		s.Algorithm, s.Batch, s.Spec.Device = algorithm, 10, s.Device.Name
		s = withBatch1(s)
		dir := t.TempDir()
		whole := openStore(t, filepath.Join(dir, "whole.db"))
		if _, err := (experiments.Lab{Store: whole}).Search(ctx, plan(t, "run", s)); err != nil {
			t.Fatal(err)
		}
		st := openStore(t, filepath.Join(dir, "stopped.db"))
		if measured := interrupted(t, st, s, 13); measured != 2*s.Evaluations {
			t.Errorf("%s: %d measurements for %d networks", algorithm, measured, s.Evaluations)
		}
		if got, want := trajectory(t, st, "run"), trajectory(t, whole, "run"); got != want {
			t.Errorf("%s: stopped:\n%.600s\nwhole:\n%.600s", algorithm, got, want)
		}
		wantSessions(t, whole, s.Finalists)
	}
}

// wantSessions makes sure that finalists were built again for all budgets.
func wantSessions(t *testing.T, st *store.Store, finalists int) {
	t.Helper()
	run, err := st.Run(ctx, "run")
	if err != nil {
		t.Fatal(err)
	}
	s, err := experiments.RunSettings(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []evaluator.Conditions{run.Conditions, s.Targets[0].Conditions} {
		again, err := st.Remeasured(ctx, c)
		if err != nil || len(again) != finalists {
			t.Errorf("batch %d: %d networks were built again, want %d (%v)", c.Batch, len(again), finalists, err)
		}
	}
}

// A network that fails under one of the conditions is none of the front.
func TestFailureUnderOneOfSeveralConditions(t *testing.T) {
	s := measuredSettings(t)
	s.Evaluations, s.Spec.Device = 30, s.Device.Name
	s = withBatch1(s)
	d := openDevice(t, s)
	var failed []string
	fail := func(id string, _ int) trt.Class {
		if len(failed) < 5 && !slices.Contains(failed, id) {
			failed = append(failed, id)
		}
		if slices.Contains(failed[1:], id) { // the first is the reference network
			return trt.OutOfMemory
		}
		return ""
	}
	one, err := device.Simulate(s.Targets[0].Conditions.Spec, "t4", sim.Flaws{Fail: fail}, device.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { one.Close() })
	d.Beside = []*device.Device{one}
	p, err := experiments.NewPlan(ctx, "run", s, d)
	if err != nil {
		t.Fatal(err)
	}
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	if _, err := (experiments.Lab{Store: st}).Search(ctx, p); err != nil {
		t.Fatal(err)
	}
	front, err := experiments.Front(ctx, st, "run")
	if err != nil || len(front.Points) == 0 || len(failed) != 5 {
		t.Fatalf("%d points, failed %v, %v", len(front.Points), failed, err)
	}
	for _, point := range front.Points {
		if slices.Contains(failed, point.ID) {
			t.Errorf("%s failed and is on the front", point.ID)
		}
	}
}
