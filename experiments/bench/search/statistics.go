package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// spread is a median with an interval, either of which may be infinite: more
// than was tried.
type spread struct{ median, low, high float64 }

// confidence is how surely the interval holds the median, where there are
// enough runs.
const confidence = 0.95

// spreadOf takes the interval between order statistics, which supposes nothing
// of the distribution: the narrowest that holds the median surely enough, or
// all where there are too few values.
func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	k := rank(n)
	low, high := sorted[(n-1)/2], sorted[n/2]
	return spread{low/2 + high/2, sorted[k], sorted[n-1-k]}
}

// rank is the greatest k such that the median is below the k-th of n sorted
// values, counted from 0, with at most half of the rest of the confidence.
func rank(n int) int {
	below, term := 0.0, math.Pow(0.5, float64(n)) // of the binomial distribution
	k := 0
	for ; k < n/2; k++ {
		below += term
		term *= float64(n-k) / float64(k+1)
		if 2*below > 1-confidence {
			break
		}
	}
	return max(k-1, 0)
}

// evaluationsText tells of evaluations to a hypervolume, of runs with so many
// evaluations at most.
func evaluationsText(values []float64, most int) string {
	if len(values) == 0 {
		return "–"
	}
	s := spreadOf(values)
	text := fmt.Sprintf("%s (%s–%s)", count(s.median, most), count(s.low, most), count(s.high, most))
	if math.IsInf(s.low, 1) {
		text = count(s.low, most)
	}
	if n := reached(values); n < len(values) {
		text += fmt.Sprintf(" [%d of %d]", n, len(values))
	}
	return text
}

func reached(values []float64) (n int) {
	for _, v := range values {
		if !math.IsInf(v, 1) {
			n++
		}
	}
	return n
}

func count(v float64, most int) string {
	if math.IsInf(v, 1) {
		return fmt.Sprintf(">%d", most)
	}
	return strconv.Itoa(int(math.Round(v)))
}

// percentText is a share's median with its interval.
func percentText(values []float64) string {
	if len(values) == 0 {
		return "–"
	}
	s := spreadOf(values)
	return fmt.Sprintf("%.1f (%.1f–%.1f)", 100*s.median, 100*s.low, 100*s.high)
}
