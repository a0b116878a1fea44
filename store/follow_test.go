package store

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// A reader that follows a run sees what is new of it, how the device was, and
// what no generation has yet.
func TestFollow(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	run, err := s.CreateRun(ctx, NewRun{Name: "one", Settings: []byte("{}"), Conditions: conditions})
	if err != nil {
		t.Fatal(err)
	}
	all := results()[:4]
	for i := range all[:3] {
		all[i].Measurement = measured(i + 1)
	}
	if err := s.Append(ctx, conditions, all); err != nil {
		t.Fatal(err)
	}
	first := ids(all)[:2]
	if err := s.SaveGeneration(ctx, run, Generation{Number: 1, State: []byte("{}"), Hypervolume: 5, Evaluated: 2, IDs: first}); err != nil {
		t.Fatal(err)
	}
	if n, last, err := s.Pending(ctx, run); n != 1 || !last.Equal(clock()) || err != nil {
		t.Errorf("pending %d, %v, %v; want the third network", n, last, err)
	}
	failure := &evaluator.Failure{Class: trt.Crash, Message: "gone"}
	if err := s.AppendTiming(ctx, conditions, first[1], Timing{Failure: failure}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Sessions(ctx, run); n != 4 || err != nil {
		t.Errorf("%d sessions, %v", n, err)
	}
	var rest []string
	for r, err := range s.EvaluationsFrom(ctx, run, 1) {
		if err != nil {
			t.Fatal(err)
		}
		rest = append(rest, r.ID)
	}
	if !reflect.DeepEqual(rest, first[1:]) {
		t.Errorf("from 1 on: %v, want %v", rest, first[1:])
	}
	milestones, err := s.Milestones(ctx, run)
	if want := []Generation{{Number: 1, Hypervolume: 5, Evaluated: 2}}; err != nil || !reflect.DeepEqual(milestones, want) {
		t.Errorf("milestones %+v, %v", milestones, err)
	}
	sittings, err := s.Sittings(ctx, run)
	m := func(ms int) *trt.Measurement { return measured(ms) }
	want := []Sitting{
		{ID: first[0], Seq: 0, Session: 1, Created: clock(), Drift: m(1).Reference, Health: m(1).Health, Failed: true},
		{ID: first[1], Seq: 1, Session: 1, Created: clock(), Drift: m(2).Reference, Health: m(2).Health},
		{ID: first[1], Seq: 1, Session: 2, Created: clock(), Failed: true},
	}
	if err != nil || !reflect.DeepEqual(sittings, want) {
		t.Errorf("sittings %+v, %v; want %+v", sittings, err, want)
	}
}
