package experiments_test

import (
	"cmp"
	"context"
	"path/filepath"
	"testing"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

// What the second session measured moves the front, but a confirmation that is
// cut short after each network goes on with the finalists that it began with.
func TestInterruptedConfirmation(t *testing.T) {
	s := measuredSettings(t)
	s.Evaluations, s.Finalists = 60, 6
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	stopped := 0
	for started := false; ; started = true {
		end := confirming(t, st, s, started)
		if end != search.Stopped {
			break
		}
		stopped++
	}
	run, err := st.Run(ctx, "run")
	if err != nil {
		t.Fatal(err)
	}
	again, err := st.Remeasured(ctx, run.Conditions)
	if err != nil {
		t.Fatal(err)
	}
	// Two at a time: the last two end the run.
	if stopped < s.Finalists/2-1 || len(again) != s.Finalists {
		t.Errorf("stopped %d times; %d networks were built again, want %d", stopped, len(again), s.Finalists)
	}
}

// confirming follows the run until the second network that is built again.
func confirming(t *testing.T, st *store.Store, s experiments.Settings, started bool) search.End {
	t.Helper()
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	reference, again := "", map[string]bool{}
	fail := func(id string, build int) trt.Class {
		reference = cmp.Or(reference, id) // it comes first
		if further := build > 1000; further && id != reference {
			again[id] = true
		}
		if len(again) == 2 {
			cancel()
		}
		return ""
	}
	d, err := device.Simulate(s.Spec, "t4", sim.Flaws{Noise: 0.01, BuildSpread: 0.05, Fail: fail}, device.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	lab := experiments.Lab{Store: st}
	var end search.End
	if started {
		end, err = lab.Resume(short, "run", func(context.Context, experiments.Settings) (*device.Device, error) { return d, nil })
	} else {
		var p experiments.Plan
		if p, err = experiments.NewPlan(ctx, "run", s, d); err == nil {
			end, err = lab.Search(short, p)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return end
}
