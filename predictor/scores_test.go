package predictor_test

import (
	"math"
	"testing"

	"github.com/trtnas/trtnas/predictor"
)

func TestKendallTau(t *testing.T) {
	for _, c := range []struct { // tau-b of scipy.stats.kendalltau
		x, y []float64
		want float64
	}{
		{[]float64{12, 2, 1, 12, 2}, []float64{1, 4, 7, 1, 0}, -0.4714045207910316},
		{[]float64{1, 2, 3, 4, 5, 6}, []float64{1, 3, 2, 4, 4, 6}, 0.8280786712108251},
		{[]float64{1, 2, 3}, []float64{3, 2, 1}, -1},
		{[]float64{1, 2, 3}, []float64{5, 5, 5}, 0},
	} {
		if got := predictor.KendallTau(c.x, c.y); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("KendallTau(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{3, 1, 4, 1, 5, 9}
	for p, want := range map[float64]float64{0: 1, 0.1: 1, 0.5: 3.5, 0.8: 5, 0.9: 7, 1: 9} { // numpy.quantile
		if got := predictor.Quantile(values, p); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v = %v, want %v", p, got, want)
		}
	}
	if values[0] != 3 {
		t.Error("Quantile sorted its argument")
	}
}

func TestErrorScores(t *testing.T) {
	truth := []float64{10, 10, 10, 10}
	e := predictor.RelativeErrors([]float64{10.5, 8.5, 13, 10}, truth)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean", predictor.MeanAbs(e), 0.125},
		{"median", predictor.QuantileAbs(e, 0.5), 0.1},
		{"most", predictor.MostAbs([]float64{0.1, -0.4, 0.3}), -0.4},
		{"within 10 %", predictor.HitRate(e, 0.1), 0.5},
		{"within 20 %", predictor.HitRate(e, 0.2), 0.75},
		{"coverage", predictor.Coverage([]predictor.Estimate{{Low: 9, High: 11}, {Low: 10.5, High: 12}, {Low: 10, High: 12}, {Low: 1, High: 2}}, truth), 0.5},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}
