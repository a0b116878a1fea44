package study

import (
	"cmp"
	"math"
	"slices"
)

// signedRank is Wilcoxon's signed rank test of paired differences.
type signedRank struct {
	n int     // differences that are not 0
	p float64 // two-sided and exact
	// effect is the matched-pairs rank biserial correlation (Kerby 2014, "The
	// simple difference formula"): the share of ranks in favour of positive
	// differences less that of the others, from -1 to 1.
	effect float64
}

// wilcoxon tests whether the differences are symmetric about 0 (Wilcoxon 1945).
// Differences of 0 are left out, equal ones share their mean rank, and p is
// exact over all assignments of signs to the ranks that there are.
func wilcoxon(differences []float64) signedRank {
	var d []float64
	for _, v := range differences {
		if v != 0 {
			d = append(d, v)
		}
	}
	slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	ranks := doubledRanks(d)
	positive, total := 0, 0
	for i, v := range d {
		total += ranks[i]
		if v > 0 {
			positive += ranks[i]
		}
	}
	t := signedRank{n: len(d), p: 1}
	if total == 0 {
		return t
	}
	t.effect = float64(2*positive-total) / float64(total)
	t.p = tail(ranks, total, min(positive, total-positive))
	return t
}

// doubledRanks are twice the ranks of values in order of their amount, so that
// mean ranks are whole.
func doubledRanks(d []float64) []int {
	ranks := make([]int, len(d))
	for i := 0; i < len(d); {
		j := i
		for j < len(d) && math.Abs(d[j]) == math.Abs(d[i]) {
			j++
		}
		for k := i; k < j; k++ {
			ranks[k] = i + 1 + j
		}
		i = j
	}
	return ranks
}

// tail is the probability that the sum of a random half of the ranks is as far
// from the middle as least is.
func tail(ranks []int, total, least int) float64 {
	ways := make([]float64, total+1) // probability of each sum
	ways[0] = 1
	for _, r := range ranks {
		for sum := total; sum >= 0; sum-- {
			ways[sum] /= 2
			if sum >= r {
				ways[sum] += ways[sum-r] / 2
			}
		}
	}
	p := 0.0
	for sum := range least + 1 {
		p += ways[sum]
	}
	return min(1, 2*p)
}

// holm corrects p-values for being several (Holm 1979).
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	corrected := make([]float64, len(p))
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = least
	}
	return corrected
}

// mean is NaN for no values.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
