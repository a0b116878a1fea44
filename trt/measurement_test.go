package trt

import (
	"math"
	"testing"
	"time"
)

func TestEnergy(t *testing.T) {
	at := func(watts ...float64) Measurement {
		m := Measurement{Median: Interval{Value: 10 * time.Millisecond}}
		for _, w := range watts {
			m.Health = append(m.Health, Health{PowerW: w})
		}
		return m
	}
	for name, test := range map[string]struct {
		m      Measurement
		batch  int
		joules float64
	}{
		"nothing was read":      {at(), 8, 0},
		"power is not told":     {at(0, 0), 8, 0},
		"one reading":           {at(80), 8, 0.1},
		"the first half is low": {at(20, 40, 70, 90), 8, 0.1},
		"some are missing":      {at(20, 40, 0, 80), 1, 0.8},
	} {
		if got := test.m.Energy(test.batch); math.Abs(got-test.joules) > 1e-12 {
			t.Errorf("%s: %v J, want %v", name, got, test.joules)
		}
	}
}
