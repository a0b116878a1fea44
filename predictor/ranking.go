package predictor

import (
	"math"
	"math/rand/v2"
)

// Pairs of networks by their indices, the better one first.
type Pairs [][2]int

// alike is how far the sizes of a pair may be apart to compete, over the lesser.
const alike = 0.15

// Alike tells whether two sizes are within 15 %; nothing is of a size of 0.
func Alike(a, b float64) bool {
	less, more := min(a, b), max(a, b)
	return less != 0 && more <= (1+alike)*less
}

// Competing are the pairs of unequal truth whose sizes (MACs, say) are alike.
func Competing(truth, size []float64) Pairs {
	return pairs(truth, func(i, j int) bool { return Alike(size[i], size[j]) })
}

// EveryPair of unequal truth.
func EveryPair(truth []float64) Pairs {
	return pairs(truth, func(int, int) bool { return true })
}

func pairs(truth []float64, compete func(i, j int) bool) Pairs {
	var ps Pairs
	for i := range truth {
		for j := range i {
			switch {
			case truth[i] == truth[j] || !compete(i, j):
			case truth[i] > truth[j]:
				ps = append(ps, [2]int{i, j})
			default:
				ps = append(ps, [2]int{j, i})
			}
		}
	}
	return ps
}

// Tau is Kendall's tau over the pairs: those that the figure orders right, less
// those that it orders wrong, over all. A pair counts as often as both of its
// networks were drawn: one within a group that was drawn twice counts four times,
// as does one between two such groups. It is NaN without pairs.
func (ps Pairs) Tau(figure []float64, w Weights) float64 {
	var sum, total float64
	for _, p := range ps {
		weight := w.Of(p[0]) * w.Of(p[1])
		sum += weight * sign(figure[p[0]]-figure[p[1]])
		total += weight
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

// Ranking judges figures by how they order competing networks. Intervals hold
// 90 % of bootstrap samples over the lines of families that the networks are of.
type Ranking struct {
	pairs   Pairs
	samples []Weights
}

// NewRanking of networks, each with its line, its truth and its size; rng draws
// the bootstrap samples.
func NewRanking(lines []string, truth, size []float64, rng *rand.Rand) *Ranking {
	return &Ranking{Competing(truth, size), Bootstrap(lines, rng)}
}

// Pairs that compete.
func (r *Ranking) Pairs() int { return len(r.pairs) }

// Tau of a figure, which has a value for each network, greater for better ones.
func (r *Ranking) Tau(figure []float64) Estimate {
	return r.estimate(func(w Weights) float64 { return r.pairs.Tau(figure, w) })
}

// Gain is the tau of a figure less that of another, from the same samples.
func (r *Ranking) Gain(figure, over []float64) Estimate {
	return r.estimate(func(w Weights) float64 { return r.pairs.Tau(figure, w) - r.pairs.Tau(over, w) })
}

func (r *Ranking) estimate(statistic func(Weights) float64) Estimate {
	within := Central90(r.samples, statistic)
	return Estimate{Value: statistic(nil), Low: within[0], High: within[1], Level: 0.9}
}
