package store

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/evaluator"
)

func mergeInto(t *testing.T, into, from string) Merged {
	t.Helper()
	s := openStore(t, into)
	m, err := s.Merge(ctx, from, clock)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Merging adds what is not there, and again nothing.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db"), filepath.Join(dir, "c.db")
	populated(t, a, 50, 1)
	ofB := populated(t, b, 30, 2)
	// Other conditions first, so that their numbers differ.
	s := openStore(t, c)
	other := conditions
	other.Batch = 1
	if err := s.Append(ctx, other, ofB[:5]); err != nil {
		t.Fatal(err)
	}
	m := mergeInto(t, c, a)
	if m.Results != 50 || m.Timings != 50 || !reflect.DeepEqual(m.Runs, []string{"run1"}) {
		t.Errorf("first: %+v", m)
	}
	m = mergeInto(t, c, b)
	if m.Results != 30 || m.Networks != 25 || !reflect.DeepEqual(m.Runs, []string{"run2"}) {
		t.Errorf("second: %+v", m)
	}
	before := dump(t, c)
	for _, from := range []string{a, b, a} {
		if m := mergeInto(t, c, from); m.Networks+m.Results+m.Timings+m.Labels+m.Profiles+len(m.Runs) != 0 {
			t.Errorf("again: %+v", m)
		}
	}
	if !reflect.DeepEqual(dump(t, c), before) {
		t.Error("merging again changed something")
	}
	got, err := s.Lookup(ctx, conditions, ids(ofB))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		want := ofB[i]
		want.Measurement = nil
		if r == nil || !reflect.DeepEqual(*r, want) {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
	if _, err := s.Merge(ctx, c, clock); err == nil || !strings.Contains(err.Error(), "with itself") {
		t.Errorf("with itself: %v", err)
	}
}

// Two machines' measurements of one network are sessions of it, each once.
func TestMergeKeepsBothMeasurements(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	all := populated(t, a, 10, 1)
	s := openStore(t, b)
	again := measuredResult(all[0].Arch, 2*all[0].Score.Latency.Value)
	if err := s.Append(ctx, conditions, append([]evaluator.Result{again}, all[1])); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		mergeInto(t, a, b)
	}
	timings, err := openStore(t, a).Timings(ctx, conditions, ids(all[:2]))
	if err != nil {
		t.Fatal(err)
	}
	if got := timings[all[0].ID]; len(got) != 2 || got[1].Session != 2 || got[1].Measurement.Median != again.Measurement.Median {
		t.Errorf("timings of both: %+v", got)
	}
	if got := timings[all[1].ID]; len(got) != 1 {
		t.Errorf("the same measurement is there %d times", len(got))
	}
}

// A run that went on elsewhere grows; another of its name gets a number.
func TestMergeRuns(t *testing.T) {
	dir := t.TempDir()
	short, long, other := filepath.Join(dir, "short.db"), filepath.Join(dir, "long.db"), filepath.Join(dir, "other.db")
	populated(t, short, 20, 1)
	populated(t, long, 60, 1)
	populated(t, other, 20, 3)
	s := openStore(t, other)
	if _, err := s.db.Exec("UPDATE runs SET name = 'run1'"); err != nil {
		t.Fatal(err)
	}
	if m := mergeInto(t, short, long); !reflect.DeepEqual(m.Runs, []string{"run1"}) {
		t.Errorf("%+v", m)
	}
	if m := mergeInto(t, short, other); !reflect.DeepEqual(m.Runs, []string{"run1-2"}) {
		t.Errorf("%+v", m)
	}
	if m := mergeInto(t, short, other); len(m.Runs) != 0 {
		t.Errorf("again: %+v", m)
	}
	runs, err := openStore(t, short).Runs(ctx)
	if err != nil || len(runs) != 2 || runs[0].Evaluated != 60 || runs[1].Evaluated != 20 {
		t.Errorf("%+v, %v", runs, err)
	}
}
