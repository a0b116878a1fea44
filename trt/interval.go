package trt

import (
	"math"
	"slices"
	"time"
)

// Level of the intervals of measured medians.
const Level = 0.95

// Interval is a median with an interval that holds the true one with
// probability Level.
type Interval struct {
	Value time.Duration `json:"value_ns"`
	Low   time.Duration `json:"low_ns"`
	High  time.Duration `json:"high_ns"`
}

// MedianOf is the samples' median with its distribution-free interval: the
// order statistics between which the median lies with probability Level,
// whatever the distribution, if the samples are independent (Conover,
// Practical Nonparametric Statistics, 1999, section 3.2). It says how well one
// run of one build is known; another build may have other kernels. Below six
// samples there is no such interval, and it spans all of them.
func MedianOf(samples []time.Duration) Interval {
	n := len(samples)
	if n == 0 {
		return Interval{}
	}
	sorted := slices.Sorted(slices.Values(samples))
	k := MedianRank(n)
	return Interval{Value: (sorted[(n-1)/2] + sorted[n/2]) / 2, Low: sorted[k], High: sorted[n-1-k]}
}

// MedianRank is the greatest k for which the k-th smallest and the k-th
// greatest of n samples, from 0, enclose the median with probability Level:
// P(Binomial(n, 1/2) <= k) <= (1-Level)/2.
func MedianRank(n int) int {
	tail, rank := 0.0, 0
	for k := range n / 2 {
		if tail += math.Exp(logChoose(n, k) - float64(n)*math.Ln2); tail > (1-Level)/2 {
			break
		}
		rank = k
	}
	return rank
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// HalfWidth is half the interval's width as a share of its value.
func (i Interval) HalfWidth() float64 {
	if i.Value <= 0 {
		return math.Inf(1)
	}
	return float64(i.High-i.Low) / 2 / float64(i.Value)
}

// scale divides the interval by a factor.
func (i Interval) scale(factor float64) Interval {
	by := func(d time.Duration) time.Duration { return time.Duration(math.Round(float64(d) / factor)) }
	return Interval{Value: by(i.Value), Low: by(i.Low), High: by(i.High)}
}

// Percentile is the smallest sample that a share of at least p of them does
// not exceed.
func Percentile(samples []time.Duration, p float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(p*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}
