package compare

import (
	"math"
	"math/rand"
	"slices"
	"testing"
)

func ramp(n int, by, from float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = from + by*float64(i)
	}
	return v
}

// The values are those of scipy 1.17.1: mannwhitneyu, by default two-sided, with
// method "exact" for small samples without ties, else "asymptotic".
func TestMannWhitney(t *testing.T) {
	for name, test := range map[string]struct {
		x, y []float64
		want float64
	}{
		"exact":       {[]float64{19, 22, 16, 29, 24}, []float64{20, 11, 17, 12}, 0.1111111111111111}, // the example in scipy's documentation
		"3 and 3":     {[]float64{1, 2, 3}, []float64{4, 5, 6}, 0.1},
		"4 and 4":     {[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, 0.02857142857142857},
		"ties":        {[]float64{1, 2, 2, 3, 5, 5, 8}, []float64{2, 4, 5, 5, 6, 9, 9, 9}, 0.08806662655440091},
		"large":       {ramp(30, 1, 0), ramp(25, 1, 7.5), 0.04000233106564058},
		"all equal":   {[]float64{1, 1, 1}, []float64{1, 1}, 1},
		"one and one": {[]float64{1}, []float64{2}, 1},
	} {
		if got := MannWhitney(test.x, test.y); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: p %v, want %v", name, got, test.want)
		}
		if got := MannWhitney(test.y, test.x); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s, exchanged: p %v, want %v", name, got, test.want)
		}
	}
	if p := MannWhitney(nil, []float64{1}); !math.IsNaN(p) {
		t.Errorf("of nothing: p %v", p)
	}
}

// The values are those of scipy 1.17.1: wilcoxon with correction=True, and
// method "exact" for few differences without ties, else "asymptotic".
func TestWilcoxon(t *testing.T) {
	scattered := make([]float64, 60)
	for i := range scattered {
		scattered[i] = float64((i*37)%101) - 35.5
	}
	for name, test := range map[string]struct {
		differences []float64
		want        float64
	}{
		// Hollander and Wolfe 1973, p. 29: depression before and after a drug.
		"exact":     {[]float64{0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01}, 0.0390625},
		"ties":      {[]float64{1, 1, 2, -2, 3, 4, -1, 5, 6, 0, 7}, 0.03604929557974721},
		"large":     {scattered, 0.0013115129104814506},
		"all equal": {[]float64{0, 0, 0}, 1},
		"five":      {[]float64{1, 2, 3, 4, 5}, 0.0625},
	} {
		if got := Wilcoxon(test.differences); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: p %v, want %v", name, got, test.want)
		}
	}
	if p := Wilcoxon(nil); !math.IsNaN(p) {
		t.Errorf("of nothing: p %v", p)
	}
}

// The interval of a shift is that of the shifts that the test does not refuse.
func TestShiftInvertsTheTest(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for _, size := range [][2]int{{4, 4}, {5, 7}, {10, 3}, {12, 12}} {
		x, y := make([]float64, size[0]), make([]float64, size[1])
		for i := range x {
			x[i] = 3 + rng.NormFloat64()
		}
		for i := range y {
			y[i] = rng.NormFloat64()
		}
		value, low, high, ok := shift(x, y)
		if !ok || value < low || value > high {
			t.Fatalf("%v: %v in [%v, %v], %v", size, value, low, high, ok)
		}
		refuses := func(by float64) bool {
			moved := slices.Clone(x)
			for i := range moved {
				moved[i] -= by
			}
			return MannWhitney(moved, y) <= Significance
		}
		const step = 1e-9
		if refuses(low+step) || !refuses(low-step) || refuses(high-step) || !refuses(high+step) {
			t.Errorf("%v: the test disagrees with [%v, %v]", size, low, high)
		}
	}
	if _, _, _, ok := shift([]float64{1, 2, 3}, []float64{4, 5, 6}); ok {
		t.Error("3 and 3 values have an interval, though no shift can be refused")
	}
}

// A test at 5 % is wrong in at most 5 % of cases where there is no difference.
func TestFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	const cases = 2000
	alarms := [2]int{}
	for range cases {
		x, y := make([]float64, 8), make([]float64, 8)
		for i := range x {
			x[i], y[i] = rng.ExpFloat64(), rng.ExpFloat64()
		}
		d := make([]float64, len(x))
		for i := range d {
			d[i] = x[i] - y[i]
		}
		for i, p := range []float64{MannWhitney(x, y), Wilcoxon(d)} {
			if p < Significance {
				alarms[i]++
			}
		}
	}
	for i, n := range alarms {
		// Three standard deviations above 5 %, and far above none.
		if share := float64(n) / cases; share > 0.065 || share < 0.02 {
			t.Errorf("test %d: %.1f %% false alarms", i, 100*share)
		}
	}
}
