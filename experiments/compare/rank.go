package compare

import (
	"cmp"
	"math"
	"slices"
)

// Significance is the probability of a difference by chance alone from which on
// a difference counts as none.
const Significance = 0.05

// exactUpTo is the number of values up to which the tests count all orders
// where there are no ties; beyond it the normal distribution is as good.
const exactUpTo = 40

// MannWhitney is the two-sided p value of the rank-sum test (Mann and Whitney
// 1947): how likely samples of one distribution are to be at least as far apart
// in rank as x and y. It is exact for small samples without ties, else by the
// normal distribution with corrections for ties and continuity. It is NaN for
// an empty sample.
func MannWhitney(x, y []float64) float64 {
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return math.NaN()
	}
	ranks, ties := rank(slices.Concat(x, y))
	sum := 0.0
	for _, r := range ranks[:n] {
		sum += r
	}
	u := sum - float64(n*(n+1))/2
	u = min(u, float64(n*m)-u)
	if ties == 0 && n+m <= exactUpTo {
		return min(1, 2*below(rankSums(n, m), u))
	}
	total := float64(n + m)
	variance := float64(n*m) / 12 * (total + 1 - ties/(total*(total-1)))
	return twoSided(float64(n*m)/2-u, variance)
}

// Wilcoxon is the two-sided p value of the signed-rank test (Wilcoxon 1945):
// how likely differences that are symmetric about 0 are to lean to one side at
// least as much. Differences of 0 are left out, as Wilcoxon did. It is exact
// for few differences without ties, else as MannWhitney. It is 1 where all
// differences are 0, and NaN for none.
func Wilcoxon(differences []float64) float64 {
	if len(differences) == 0 {
		return math.NaN()
	}
	var sizes []float64
	var positive []bool
	for _, d := range differences {
		if d != 0 {
			sizes, positive = append(sizes, math.Abs(d)), append(positive, d > 0)
		}
	}
	n := len(sizes)
	if n == 0 {
		return 1
	}
	ranks, ties := rank(sizes)
	w := 0.0
	for i, r := range ranks {
		if positive[i] {
			w += r
		}
	}
	total := float64(n*(n+1)) / 2
	w = min(w, total-w)
	if ties == 0 && n <= exactUpTo {
		return min(1, 2*below(signedSums(n), w))
	}
	return twoSided(total/2-w, total*float64(2*n+1)/12-ties/48)
}

// rank gives each value its place in ascending order, from 1, and equal ones
// the mean of theirs; ties is the sum of t³-t over groups of t equal values.
func rank(values []float64) (ranks []float64, ties float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks = make([]float64, len(values))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && values[order[j]] == values[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			ranks[k] = float64(i+1+j) / 2
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return ranks, ties
}

// twoSided is the normal distribution's tail beyond a deviation, which is 0 or
// more, to both sides, with the correction for continuity.
func twoSided(deviation, variance float64) float64 {
	if variance == 0 {
		return 1
	}
	return math.Erfc(max(0, deviation-0.5) / math.Sqrt(2*variance))
}

// below is the probability of at most k.
func below(distribution []float64, k float64) float64 {
	p := 0.0
	for i := 0; i < len(distribution) && float64(i) <= k; i++ {
		p += distribution[i]
	}
	return p
}

// rankSums is the distribution of Mann and Whitney's U for samples of n and m
// values without ties, by their recurrence: the greatest value is one of the
// first sample, above all m of the second, or one of the second.
func rankSums(n, m int) []float64 {
	rows := make([][]float64, m+1) // for the samples of i values of the first so far
	for j := range rows {
		rows[j] = []float64{1}
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			next := make([]float64, i*j+1)
			first := float64(i) / float64(i+j)
			for u, p := range rows[j] { // of i-1 and j
				next[u+j] += first * p
			}
			for u, p := range rows[j-1] { // of i and j-1
				next[u] += (1 - first) * p
			}
			rows[j] = next
		}
	}
	return rows[m]
}

// signedSums is the distribution of the sum of the positive ones among the
// ranks 1 to n with random signs.
func signedSums(n int) []float64 {
	p := make([]float64, n*(n+1)/2+1)
	p[0] = 1
	for r := 1; r <= n; r++ {
		for s := len(p) - 1; s >= 0; s-- {
			p[s] /= 2
			if s >= r {
				p[s] += p[s-r] / 2
			}
		}
	}
	return p
}

// shift is by how much x is above y: the median of all pairs' differences
// (Hodges and Lehmann 1963), with the interval of those that the rank-sum test
// does not tell from the truth. There is none, and ok is false, where the
// samples are so small that the test never does.
func shift(x, y []float64) (value, low, high float64, ok bool) {
	var all []float64
	for _, a := range x {
		for _, b := range y {
			all = append(all, a-b)
		}
	}
	slices.Sort(all)
	n := len(all)
	value = (all[(n-1)/2] + all[n/2]) / 2
	k := 0 // the greatest for which U < k is improbable
	p := rankSums(len(x), len(y))
	for tail := p[0]; tail <= Significance/2; tail += p[k] {
		k++
	}
	if k == 0 {
		return value, 0, 0, false
	}
	return value, all[k-1], all[n-k], true
}
