package accuracy

import (
	"math"
	"testing"
)

func TestSizeRanks(t *testing.T) {
	got := SizeRanks([]Row{
		{Params: 1, Activations: 4}, {Params: 2, Activations: 3}, {Params: 3, Activations: 9}, {Params: 5, Activations: 8}, {Params: 4, Activations: 1},
	})
	for i, want := range []float64{0 + 2, 1 + 1, 2 + 4, 4 + 3, 3 + 0} {
		if got[i] != want {
			t.Errorf("network %d: %v, want %v", i, got[i], want)
		}
	}
}

// What docs/accuracy.md says of lines left out is of these predictions.
func TestUnseen(t *testing.T) {
	unseen, err := Unseen()
	if err != nil {
		t.Fatal(err)
	}
	rows := TrainedAlike(Rows())
	sum := 0.0
	for _, r := range rows {
		top1, ok := unseen[r.Name]
		if !ok {
			t.Fatalf("no prediction of %s", r.Name)
		}
		sum += math.Abs(top1 - r.Top1)
	}
	if mae := sum / float64(len(rows)); mae < 0.5 || mae > 1 {
		t.Errorf("mean error %.2f points: lines left out err by 0.67, networks that were seen by much less", mae)
	}
}
