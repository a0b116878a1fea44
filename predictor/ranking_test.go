package predictor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/trtnas/trtnas/predictor"
)

// Three lines: two networks at 1 GMACs, three at 2 GMACs; pairs of both sizes
// are 1 + 3.
var (
	rankedLines = []string{"x", "y", "x", "y", "z"}
	rankedTruth = []float64{70, 72, 75, 77, 79}
	rankedMACs  = []float64{1.00e9, 1.10e9, 2.00e9, 2.10e9, 2.20e9}
)

func ranking(lines []string) *predictor.Ranking {
	return predictor.NewRanking(lines, rankedTruth, rankedMACs, rand.New(rand.NewPCG(1, 2)))
}

func TestRanking(t *testing.T) {
	r := ranking(rankedLines)
	if r.Pairs() != 4 {
		t.Fatalf("%d pairs, want 4", r.Pairs())
	}
	tests := []struct {
		name   string
		figure []float64
		want   float64
	}{
		{"the truth", rankedTruth, 1},
		{"its reverse", []float64{-70, -72, -75, -77, -79}, -1},
		{"ties", []float64{1, 1, 1, 1, 1}, 0},
		{"one of four wrong", []float64{1, 2, 3, 5, 4}, 0.5},
		{"across sizes it does not matter", []float64{8, 9, 1, 2, 3}, 1},
	}
	for _, test := range tests {
		tau := r.Tau(test.figure)
		if tau.Value != test.want || tau.Low > tau.Value || tau.High < tau.Value {
			t.Errorf("%s: tau %v, want %v within its interval", test.name, tau, test.want)
		}
		gain := r.Gain(test.figure, rankedTruth)
		if want := test.want - 1; gain.Value != want || gain.High > 0 {
			t.Errorf("%s: gain over the truth %v, want %v and never above 0", test.name, gain, want)
		}
	}
}

// The interval comes from lines, so pairs within one line alone leave it none.
func TestRankingOfOneLine(t *testing.T) {
	tau := ranking([]string{"x", "x", "x", "x", "x"}).Tau([]float64{1, 2, 3, 5, 4})
	if tau.Low != 0.5 || tau.High != 0.5 {
		t.Errorf("%v: a single line can't be drawn otherwise", tau)
	}
}

func TestPairs(t *testing.T) {
	truth, size := []float64{70, 71, 71, 80}, []float64{100, 114, 114, 0}
	if got := len(predictor.EveryPair(truth)); got != 5 {
		t.Errorf("%d pairs, and equal truths are none: want 5", got)
	}
	ps := predictor.Competing(truth, size)
	if len(ps) != 2 || ps[0] != [2]int{1, 0} || ps[1] != [2]int{2, 0} {
		t.Errorf("%v: want 1 and 2 above 0, and nothing of unknown size", ps)
	}
	// Pair (1, 0) is right and counts 3, pair (2, 0) is wrong and counts 1.
	if got := ps.Tau([]float64{5, 6, 4, 0}, predictor.Weights{1, 3, 1, 0}); got != 0.5 {
		t.Errorf("tau %v, want (3 - 1) / 4", got)
	}
	if got := ps.Tau([]float64{5, 6, 4, 0}, predictor.Weights{0, 1, 1, 1}); !math.IsNaN(got) {
		t.Errorf("tau %v without a pair", got)
	}
}

// Groups are drawn as often as there are, and come whole.
func TestBootstrap(t *testing.T) {
	samples := predictor.Bootstrap([]string{"a", "b", "a", "c"}, rand.New(rand.NewPCG(1, 2)))
	mean := 0.0
	for _, w := range samples {
		if w[0] != w[2] || w[0]+w[1]+w[3] != 3 {
			t.Fatalf("%v: a has networks 0 and 2, and three groups are drawn", w)
		}
		mean += w[1] / float64(len(samples))
	}
	if math.Abs(mean-1) > 0.1 {
		t.Errorf("group b is drawn %v times on average", mean)
	}
	undefined := predictor.Central90(samples, func(predictor.Weights) float64 { return math.NaN() })
	if !math.IsNaN(undefined[0]) {
		t.Errorf("%v of a statistic that is nowhere defined", undefined)
	}
	// Drawn 0 to 3 times with 8, 12, 6 and 1 of 27.
	if in := predictor.Central90(samples, func(w predictor.Weights) float64 { return w[1] }); in != [2]float64{0, 2} {
		t.Errorf("b is drawn %v times in 90 of 100 samples, want 0 to 2", in)
	}
	if in := predictor.Central90(samples, func(w predictor.Weights) float64 { return 5 * w[1] / w[1] }); in != [2]float64{5, 5} {
		t.Errorf("%v: samples without b, of which the statistic is not defined, count", in)
	}
}
