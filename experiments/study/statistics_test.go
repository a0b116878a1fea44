package study

import (
	"math"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/latency"
)

// The values are of scipy 1.16: stats.wilcoxon with method="exact", and with
// PermutationMethod (here all assignments of signs) where there are ties. The
// effect is the sum of the signed ranks over the sum of all.
func TestWilcoxon(t *testing.T) {
	tests := []struct {
		differences []float64
		p, effect   float64
		n           int
	}{
		{[]float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0}, 0.001953125, 1, 10},
		{[]float64{0.3, -0.1, 0.5, 0.2, -0.7, 0.9, 1.1, 0.4, -0.25, 0.6}, 0.130859375, 0.5636363636363636, 10},
		{[]float64{1, 1, -1, 2, 2, -3, 4, 5}, 0.171875, 0.5555555555555556, 8},
		{[]float64{1.5, -1.5}, 1, 0, 2},
		{[]float64{-3, 0, -2, -1, -4, 5, 0}, 0.625, -1. / 3, 5},
		{[]float64{0, 0}, 1, 0, 0},
		{nil, 1, 0, 0},
	}
	for _, test := range tests {
		got := wilcoxon(test.differences)
		if math.Abs(got.p-test.p) > 1e-12 || math.Abs(got.effect-test.effect) > 1e-12 || got.n != test.n {
			t.Errorf("%v: %+v, want %+v", test.differences, got, test)
		}
	}
}

// The values are of statsmodels 0.14, multipletests with method "holm".
func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005, 0.8})
	for i, want := range []float64{0.04, 0.09, 0.09, 0.025, 0.8} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%v, want %v at %d", got, want, i)
		}
	}
	if got := holm(nil); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}

// The constant withinFamily rests on the T4's published rows: each family is
// predicted without it, and the errors' range inside a family is an upper bound of
// the error of any ratio there.
func TestErrorsOfAFamilyGoTogether(t *testing.T) {
	near, far, err := experiments.T4Samples()
	if err != nil {
		t.Fatal(err)
	}
	r, err := latency.CrossValidate(near, far, latency.T4Priors())
	if err != nil {
		t.Fatal(err)
	}
	var ranges []float64
	for _, f := range r.ByFamily {
		if f.Rows > 1 {
			ranges = append(ranges, math.Log((1+f.Errors[0][1])/(1+f.Errors[0][0])))
		}
	}
	slices.Sort(ranges)
	independent := math.Sqrt2 * r.Spread
	share := predictor.Quantile(ranges, 0.8) / independent
	if share > withinFamily {
		t.Errorf("in 80 %% of %d families ratios err by up to %.2f of independent errors, not %v", len(ranges), share, withinFamily)
	}
}
