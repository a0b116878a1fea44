package predictor

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Weights are a bootstrap sample: how often each network was drawn. Nil is each
// of them once.
type Weights []float64

// Of the network i.
func (w Weights) Of(i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// BootstrapSamples are enough for the second digit of a 90 % range.
const BootstrapSamples = 2000

// Bootstrap draws the groups that networks are of, one for each network, with
// replacement: networks of one group come together.
func Bootstrap[G comparable](groups []G, rng *rand.Rand) []Weights {
	var distinct []G
	for _, g := range groups {
		if !slices.Contains(distinct, g) {
			distinct = append(distinct, g)
		}
	}
	all := make([]Weights, BootstrapSamples)
	for s := range all {
		drawn := map[G]float64{}
		for range distinct {
			drawn[distinct[rng.IntN(len(distinct))]]++
		}
		all[s] = make(Weights, len(groups))
		for i, g := range groups {
			all[s][i] = drawn[g]
		}
	}
	return all
}

// Central90 is what holds the central 90 % of a statistic's samples, but for
// those in which it is not defined.
func Central90(samples []Weights, statistic func(Weights) float64) [2]float64 {
	var v []float64
	for _, w := range samples {
		if x := statistic(w); !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return [2]float64{Quantile(v, 0.05), Quantile(v, 0.95)}
}
