package accuracy

import (
	"math/rand/v2"

	"github.com/trtnas/trtnas/predictor"
)

// Ranking judges figures by how they order published networks of equal MACs:
// by Kendall's tau over the pairs within 15 %. Intervals hold 90 % of bootstrap
// samples over lines of families.
type Ranking struct {
	pairs   []pair
	samples []weights
}

// NewRanking of the rows; rng draws the bootstrap samples.
func NewRanking(rows []Row, rng *rand.Rand) *Ranking {
	return &Ranking{
		pairs:   competing(rows, func(r Row) float64 { return r.MACs }),
		samples: bootstrap(rows, bootstrapSamples, rng),
	}
}

// Pairs of equal MACs.
func (r *Ranking) Pairs() int { return len(r.pairs) }

// Tau of a figure, which has a value for each row, greater for better networks.
func (r *Ranking) Tau(figure []float64) predictor.Estimate {
	return r.estimate(func(weight func(int) float64) float64 { return pairTau(r.pairs, figure, weight) })
}

// Gain is the tau of a figure less that of another, from the same samples.
func (r *Ranking) Gain(figure, over []float64) predictor.Estimate {
	return r.estimate(func(weight func(int) float64) float64 {
		return pairTau(r.pairs, figure, weight) - pairTau(r.pairs, over, weight)
	})
}

func (r *Ranking) estimate(statistic func(weight func(int) float64) float64) predictor.Estimate {
	within := interval90(r.samples, func(w weights) float64 { return statistic(w.of) })
	return predictor.Estimate{Value: statistic(once), Low: within[0], High: within[1], Level: 0.9}
}

// SizeRanks are the sums of the ranks of parameters and activations, the best
// of the simple figures.
func SizeRanks(rows []Row) []float64 {
	params, activations := make([]float64, len(rows)), make([]float64, len(rows))
	for i, r := range rows {
		params[i], activations[i] = r.Params, r.Activations
	}
	sum := ranks(params)
	for i, rank := range ranks(activations) {
		sum[i] += rank
	}
	return sum
}

// Unseen is the top-1 in per cent that the model predicts of each network of the
// recipe r300, by name, when its line of families was left out and the scales
// were tuned without it.
func Unseen() (map[string]float64, error) {
	l, err := leaveOut(Rows(), superOut)
	if err != nil {
		return nil, err
	}
	predicted := make(map[string]float64, len(l.tested))
	for i, r := range l.tested {
		predicted[r.Name] = l.model[i].Top1
	}
	return predicted, nil
}
