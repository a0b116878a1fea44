package trt

import (
	"math/rand"
	"testing"
	"time"
)

// Ranks from Conover 1999, table A3 at p = 0.5 (one less, since they count
// from 0), and from the normal approximation for 1000.
func TestMedianRank(t *testing.T) {
	for n, want := range map[int]int{1: 0, 5: 0, 6: 0, 8: 0, 9: 1, 10: 1, 20: 5, 30: 9, 100: 39, 1000: 468} {
		if got := MedianRank(n); got != want {
			t.Errorf("n = %d: rank %d, want %d", n, got, want)
		}
	}
}

func TestMedianOf(t *testing.T) {
	ms := time.Millisecond
	got := MedianOf([]time.Duration{9 * ms, 1 * ms, 3 * ms, 7 * ms})
	if want := (Interval{5 * ms, 1 * ms, 9 * ms}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := MedianOf(nil); got != (Interval{}) {
		t.Errorf("without samples: %v", got)
	}
}

// The interval holds the true median as often as it promises, for skewed
// samples too.
func TestIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	const runs, n = 4000, 100
	median := 693147 * time.Nanosecond // of the exponential distribution with mean 1 ms
	covered := 0
	for range runs {
		samples := make([]time.Duration, n)
		for i := range samples {
			samples[i] = time.Duration(rng.ExpFloat64() * float64(time.Millisecond))
		}
		if i := MedianOf(samples); i.Low <= median && median <= i.High {
			covered++
		}
	}
	// Three standard errors below and, since ranks are whole, somewhat above.
	if share := float64(covered) / runs; share < Level-0.011 || share > Level+0.03 {
		t.Errorf("covered %.3f, want %.2f", share, Level)
	}
}

func TestPercentile(t *testing.T) {
	var samples []time.Duration
	for i := range 100 {
		samples = append(samples, time.Duration(100-i))
	}
	for p, want := range map[float64]time.Duration{0.5: 50, 0.9: 90, 0.99: 99, 1: 100, 0: 1} {
		if got := Percentile(samples, p); got != want {
			t.Errorf("percentile %v: %d, want %d", p, got, want)
		}
	}
}
