package experiments_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// A search is expected to take what measurements took, and really does.
func TestPreview(t *testing.T) {
	s := measuredSettings(t)
	s.Evaluations, s.Finalists = 40, 4
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	p := plan(t, "run", s)
	first, err := p.Preview(ctx, st)
	if err != nil {
		t.Fatal(err)
	}
	d := first.DeviceTime
	if d == nil || d.Source != "assumed" || d.Measurements != 44 || d.Minutes != 44 || first.Networks.Sign() != 1 {
		t.Fatalf("before anything was measured: %+v", d)
	}
	used := time.Duration(0)
	lab := experiments.Lab{Store: st, Measured: func(r evaluator.Result) {
		if r.Measurement != nil {
			used += r.Measurement.Elapsed
		}
	}}
	if _, err := lab.Search(ctx, p); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Preview(ctx, st); !errors.Is(err, store.ErrExists) {
		t.Errorf("of a run that exists: %v", err)
	}
	again, err := plan(t, "again", s).Preview(ctx, st)
	if err != nil {
		t.Fatal(err)
	}
	d = again.DeviceTime
	took := used.Minutes() * 44 / 40
	if d.Source != "measured" || d.Of < 40 || d.Level != 0.8 || !(d.Low < d.Minutes && d.Minutes < d.High) || took < d.Low/1.3 || took > d.High*1.3 {
		t.Errorf("%+v, and it took %.1f minutes", d, took)
	}
}

func TestPreviewOfPredictions(t *testing.T) {
	p, err := plan(t, "run", settings(t)).Preview(ctx, nil)
	if err != nil || p.DeviceTime != nil || p.DeviceTime.String() != "none: latencies are predicted" {
		t.Errorf("%+v, %v", p, err)
	}
}
