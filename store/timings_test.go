package store

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

func measured(ms int) *trt.Measurement {
	d := time.Duration(ms) * time.Millisecond
	return &trt.Measurement{
		Median: trt.Interval{Value: d, Low: d - 1, High: d + 1}, Samples: []time.Duration{d - 1, d, d + 1}, Converged: true,
		Engine: trt.EngineInfo{Bytes: 7, BuildTime: time.Second, Cache: trt.CacheWarm}, Checked: trt.CheckedORT, Attempts: 1,
		Reference: &trt.Drift{Baseline: d, Before: d, After: d, Factor: 1.01}, Health: []trt.Health{{SMClockMHz: 1000}},
	}
}

// Raw samples come back as they were taken, session by session, for networks
// of a space and others.
func TestTimings(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	of := results()[1]
	of.Measurement = measured(5)
	outside := evaluator.Result{Name: "Swin-T", ID: "00000000000000ff", Score: of.Score, Measurement: measured(6)}
	for range 2 { // the second time nothing is new
		if err := s.Append(ctx, conditions, []evaluator.Result{of, outside}); err != nil {
			t.Fatal(err)
		}
	}
	failure := &evaluator.Failure{Class: trt.Crash, Message: "gone"}
	for _, more := range []Timing{{Measurement: measured(4)}, {Session: 2, Measurement: measured(9)}, {Session: 3, Failure: failure}, {Session: 7, Failure: failure}} {
		if err := s.AppendTiming(ctx, conditions, of.ID, more); err != nil {
			t.Fatal(err)
		}
	}
	known, err := s.Lookup(ctx, conditions, []string{outside.ID})
	if err != nil || known[0].Name != "Swin-T" {
		t.Errorf("looked up %+v, %v", known[0], err)
	}
	all, err := s.Timings(ctx, conditions, []string{of.ID, outside.ID, "unknown"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]Timing{
		of.ID:      {{1, clock(), measured(5), nil}, {2, clock(), measured(4), nil}, {3, clock(), nil, failure}},
		outside.ID: {{1, clock(), measured(6), nil}},
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v, want %+v", all, want)
	}
	again, err := s.Remeasured(ctx, conditions)
	if err != nil || !reflect.DeepEqual(again, map[string][]Timing{of.ID: want[of.ID]}) {
		t.Errorf("measured again: %+v, %v", again, err)
	}
	if got := query(t, s, "SELECT coalesce(name, '-') || ' ' || session || ' ' || coalesce(median_ms || ' ' || samples || ' ' || checked, failure) FROM timings_overview ORDER BY 1"); !reflect.DeepEqual(got,
		[]string{"- 1 5.0 3 ort", "- 2 4.0 3 ort", "- 3 crash", "Swin-T 1 6.0 3 ort"}) {
		t.Errorf("timings_overview has %q", got)
	}
	if err := s.AppendTiming(ctx, conditions, "unknown", Timing{Failure: failure}); err == nil {
		t.Error("a timing without a result was accepted")
	}
}
