package report

import (
	"testing"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

func labelled(top1 float64, epoch int) Label {
	return NewLabel(store.Labelled{
		Training: evaluator.Training{Source: evaluator.AccuracyTrained, Epochs: 9},
		Label:    evaluator.Label{Epoch: epoch, Top1: top1, Images: 1000},
	})
}

// Pairs that labels or estimates can't tell apart say nothing for or against
// the estimate.
func TestCompare(t *testing.T) {
	points := []Point{{Top1: &Estimate{Value: 80}}, {Top1: &Estimate{Value: 80.4}}, {Top1: &Estimate{Value: 82}}, {Top1: &Estimate{Value: 84}}}
	labels := []Label{labelled(50, 1), labelled(70, 1), labelled(70.1, 1), labelled(60, 1)}
	// 0 and 1 tie by the estimate, 1 and 2 by the label; 0 is below 2 and 3 as it
	// should be, 3 is below 1 and 2 as it should not.
	got := Compare(1, points, labels)
	if want := (Comparison{Epoch: 1, Networks: 4, Pairs: 6, Differ: 4, Agree: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Those that came further are first, then the better, failures last.
func TestTrainedOrder(t *testing.T) {
	failed := NewLabel(store.Labelled{Label: evaluator.Label{Epoch: 9, Failure: &evaluator.Failure{Class: trt.Crash}}})
	points := []Point{
		{ID: "failed", Labels: []Label{failed}}, {ID: "stopped", Labels: []Label{labelled(90, 3)}},
		{ID: "second", Labels: []Label{labelled(60, 9)}}, {ID: "first", Labels: []Label{labelled(70, 9)}},
	}
	got := NewTrained("r", evaluator.Training{}, points, Comparison{})
	for i, want := range []string{"first", "second", "stopped", "failed"} {
		if got.Networks[i].ID != want {
			t.Errorf("network %d is %s, want %s", i, got.Networks[i].ID, want)
		}
	}
}

func TestLastLabels(t *testing.T) {
	other := labelled(10, 1)
	other.Training.Seed = 1
	last := LastLabels([]Label{labelled(40, 1), labelled(60, 9), labelled(50, 3), other})
	if len(last) != 2 || last[0].Epoch != 9 || last[1].Training.Seed != 1 {
		t.Errorf("%+v", last)
	}
}
