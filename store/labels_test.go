package store

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Labels come back with what they depend on; a further attempt counts instead
// of the one before, which stays.
func TestLabels(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	digits := evaluator.Training{Source: evaluator.AccuracyTrained, Data: "digits", Recipe: "r/1", Epochs: 9, Versions: map[string]string{"torch": "2", "python": "3"}}
	other := digits
	other.Seed = 1
	a, b := results()[1], results()[2]
	failure := &evaluator.Failure{Class: trt.Crash, Message: "gone"}
	early := evaluator.Label{ID: a.ID, Arch: a.Arch, Epoch: 3, Top1: 40, Images: 360, Elapsed: time.Minute}
	late := evaluator.Label{ID: a.ID, Arch: a.Arch, Epoch: 9, Top1: 90.5, Images: 360, Elapsed: 2 * time.Minute}
	failed := evaluator.Label{ID: b.ID, Arch: b.Arch, Epoch: 3, Elapsed: time.Minute, Failure: failure}
	again := evaluator.Label{ID: b.ID, Arch: b.Arch, Epoch: 3, Top1: 35, Images: 360, Elapsed: time.Minute}
	for _, l := range []evaluator.Label{early, late, failed, again} {
		if err := s.AppendLabel(ctx, digits, l); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AppendLabel(ctx, other, late); err != nil {
		t.Fatal(err)
	}
	kept := func(l evaluator.Label, attempt int) evaluator.Label {
		l.Attempt, l.Created = attempt, clock()
		return l
	}
	got, err := s.Label(ctx, digits, b.ID, 3)
	if want := kept(again, 2); err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if none, err := s.Label(ctx, other, b.ID, 3); err != nil || none != nil {
		t.Errorf("of another training: %+v, %v", none, err)
	}
	all, err := s.Labels(ctx, []string{a.ID})
	want := []Labelled{{digits, kept(early, 1)}, {digits, kept(late, 1)}, {other, kept(late, 1)}}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v, %v, want %+v", all, err, want)
	}
	if all, err = s.Labels(ctx, nil); err != nil || len(all) != 4 {
		t.Errorf("%d labels of all networks, want 4 (%v)", len(all), err)
	}
	// a took 3 minutes by two labels, b 2 by two attempts.
	if mean, err := s.TrainingTime(ctx, digits); err != nil || mean != 150*time.Second {
		t.Errorf("mean %v, %v", mean, err)
	}
	if mean, err := s.TrainingTime(ctx, evaluator.Training{}); err != nil || mean != 0 {
		t.Errorf("mean of none %v, %v", mean, err)
	}
	if got := query(t, s, "SELECT attempt || ' ' || epoch || '/' || epochs || ' ' || coalesce(top1, failure) FROM labels_overview WHERE architecture = '"+b.ID+"' ORDER BY 1"); !reflect.DeepEqual(got, []string{"1 3/9 crash", "2 3/9 35.0"}) {
		t.Errorf("view: %q", got)
	}
}

// A label that is written while the user leaves is either there or not.
func TestLabelOfStopped(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	r := results()[1]
	if err := s.AppendLabel(stopped, evaluator.Training{}, evaluator.Label{ID: r.ID, Arch: r.Arch, Epoch: 1, Top1: 1, Images: 1}); err == nil {
		t.Error("a stopped write is no error")
	}
	if all, err := s.Labels(ctx, nil); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
