package accuracy

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Three lines: two networks at 1 GMACs, three at 2 GMACs; pairs of both sizes
// are 1 + 3.
func rankedRows() []Row {
	return []Row{
		{Name: "a", Super: "x", MACs: 1.00e9, Top1: 70, Params: 1, Activations: 4},
		{Name: "b", Super: "y", MACs: 1.10e9, Top1: 72, Params: 2, Activations: 3},
		{Name: "c", Super: "x", MACs: 2.00e9, Top1: 75, Params: 3, Activations: 9},
		{Name: "d", Super: "y", MACs: 2.10e9, Top1: 77, Params: 5, Activations: 8},
		{Name: "e", Super: "z", MACs: 2.20e9, Top1: 79, Params: 4, Activations: 1},
	}
}

func TestRanking(t *testing.T) {
	r := NewRanking(rankedRows(), rand.New(rand.NewPCG(1, 2)))
	if r.Pairs() != 4 {
		t.Fatalf("%d pairs, want 4", r.Pairs())
	}
	tests := []struct {
		name   string
		figure []float64
		want   float64
	}{
		{"the truth", []float64{70, 72, 75, 77, 79}, 1},
		{"its reverse", []float64{-70, -72, -75, -77, -79}, -1},
		{"ties", []float64{1, 1, 1, 1, 1}, 0},
		{"one of four wrong", []float64{1, 2, 3, 5, 4}, 0.5},
		{"across sizes it does not matter", []float64{8, 9, 1, 2, 3}, 1},
	}
	truth := tests[0].figure
	for _, test := range tests {
		tau := r.Tau(test.figure)
		if tau.Value != test.want || tau.Low > tau.Value || tau.High < tau.Value {
			t.Errorf("%s: tau %v, want %v within its interval", test.name, tau, test.want)
		}
		gain := r.Gain(test.figure, truth)
		if want := test.want - 1; gain.Value != want || gain.High > 0 {
			t.Errorf("%s: gain over the truth %v, want %v and never above 0", test.name, gain, want)
		}
	}
}

// The interval comes from lines, so pairs within one line alone leave it none.
func TestRankingOfOneLine(t *testing.T) {
	rows := rankedRows()
	for i := range rows {
		rows[i].Super = "x"
	}
	tau := NewRanking(rows, rand.New(rand.NewPCG(1, 2))).Tau([]float64{1, 2, 3, 5, 4})
	if tau.Low != 0.5 || tau.High != 0.5 {
		t.Errorf("%v: a single line can't be drawn otherwise", tau)
	}
}

func TestSizeRanks(t *testing.T) {
	got := SizeRanks(rankedRows())
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
		t.Errorf("mean error %.2f points: lines left out err by 0.73, networks that were seen by much less", mae)
	}
}
