package accuracy

import (
	"encoding/json"
	"math"
	"math/rand/v2"

	"github.com/trtnas/trtnas/predictor"
)

// Names of models in reports.
const (
	Ensemble   = "ensemble"    // what the product uses
	Former     = "avg3"        // the product's model before: the mean of three Gaussian processes
	ParamsActs = "params_acts" // the sum of the ranks of parameters and activations
)

// Scores of one model. Errors are in points of top-1; each range holds 90 % of
// bootstrap samples over super-families.
type Scores struct {
	Model      string     `json:"-"`
	MAE        float64    `json:"mae"`
	MedianAE   float64    `json:"median_ae"`
	Tau        float64    `json:"tau"`
	FLOPsTau   float64    `json:"flops_matched_tau"` // over pairs within 15 % MACs
	FLOPsRange [2]float64 `json:"flops_matched_tau_90"`
	// Over pairs within 15 % of images a second on an RTX 4090, of the
	// networks for which it is published.
	LatencyTau float64 `json:"latency_matched_tau"`
	// Coverage of the intervals that are meant to hold 80 and 90 %; only the
	// product's model has them.
	Coverage80 float64 `json:"coverage80,omitempty"`
	Coverage90 float64 `json:"coverage90,omitempty"`
}

// Table of scores, an object by model in JSON.
type Table []Scores

// MarshalJSON implements json.Marshaler.
func (t Table) MarshalJSON() ([]byte, error) { return json.Marshal(t.JSONForm()) }

// JSONForm is what is marshalled; its schema is made of it.
func (t Table) JSONForm() any {
	m := map[string]Scores{}
	for _, s := range t {
		m[s.Model] = s
	}
	return m
}

// Find the scores of a model.
func (t Table) Find(model string) (Scores, bool) {
	for _, s := range t {
		if s.Model == model {
			return s, true
		}
	}
	return Scores{}, false
}

// pair of networks that compete, the first the better.
type pair struct{ better, worse int }

// matched is how close a pair is in MACs or throughput to compete.
const matched = 0.15

// competing are the pairs of unequal accuracy that are alike in a figure; a
// network whose figure is 0 has none.
func competing(rows []Row, figure func(Row) float64) []pair {
	var ps []pair
	for i, a := range rows {
		for j, b := range rows[:i] {
			x, y := figure(a), figure(b)
			switch {
			case min(x, y) == 0 || max(x, y) > (1+matched)*min(x, y):
			case a.Top1 > b.Top1:
				ps = append(ps, pair{i, j})
			case a.Top1 < b.Top1:
				ps = append(ps, pair{j, i})
			}
		}
	}
	return ps
}

// order is +1, 0 or -1 as the values order the pair rightly, not, or wrongly.
func (p pair) order(values []float64) float64 {
	switch d := values[p.better] - values[p.worse]; {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// pairTau is Kendall's tau over the pairs, each weighted.
func pairTau(pairs []pair, values []float64, weight func(i int) float64) float64 {
	var sum, total float64
	for _, p := range pairs {
		w := weight(p.better) * weight(p.worse)
		sum += w * p.order(values)
		total += w
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

func once(int) float64 { return 1 }

func truth(rows []Row) []float64 {
	t := make([]float64, len(rows))
	for i, r := range rows {
		t[i] = r.Top1
	}
	return t
}

// table scores all columns.
func (l *leftOut) table(samples []weights) Table {
	flops := competing(l.tested, func(r Row) float64 { return r.MACs })
	speed := competing(l.tested, func(r Row) float64 { return r.Throughput })
	y := truth(l.tested)
	var t Table
	for _, c := range l.columns {
		e := predictor.Errors(c.values, y)
		s := Scores{
			Model: c.name, MAE: predictor.MeanAbs(e), MedianAE: predictor.QuantileAbs(e, 0.5), Tau: predictor.KendallTau(c.ordering(), y),
			FLOPsTau: pairTau(flops, c.ordering(), once), LatencyTau: pairTau(speed, c.ordering(), once),
		}
		s.FLOPsRange = interval90(samples, func(w weights) float64 { return pairTau(flops, c.ordering(), w.of) })
		t = append(t, s)
	}
	t[0].Coverage80 = l.coverage(Prediction.Interval)
	t[0].Coverage90 = l.coverage(Prediction.Interval90)
	return t
}

func (l *leftOut) coverage(interval func(Prediction) predictor.Estimate) float64 {
	es := make([]predictor.Estimate, len(l.model))
	for i, p := range l.model {
		es[i] = interval(p)
	}
	return predictor.Coverage(es, truth(l.tested))
}

// weights are a bootstrap sample: how often each row was drawn.
type weights []float64

func (w weights) of(i int) float64 { return w[i] }

// bootstrap draws super-families with replacement.
func bootstrap(rows []Row, samples int, rng *rand.Rand) []weights {
	families := keys(rows, superOut.key)
	all := make([]weights, samples)
	for s := range all {
		drawn := map[string]float64{}
		for range families {
			drawn[families[rng.IntN(len(families))]]++
		}
		w := make(weights, len(rows))
		for i, r := range rows {
			w[i] = drawn[r.Super]
		}
		all[s] = w
	}
	return all
}

// interval90 is what holds the central 90 % of a statistic's samples.
func interval90(samples []weights, statistic func(weights) float64) [2]float64 {
	var v []float64
	for _, w := range samples {
		if x := statistic(w); !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	return [2]float64{predictor.Quantile(v, 0.05), predictor.Quantile(v, 0.95)}
}

// Advantage of the product's model over another, from the same networks left
// out: paired differences with the range that holds 90 % of bootstrap samples
// over super-families.
type Advantage struct {
	Over          string     `json:"over"`
	MAE           float64    `json:"mae"` // negative: smaller errors
	MAERange      [2]float64 `json:"mae_90"`
	FLOPsTau      float64    `json:"flops_matched_tau"`
	FLOPsTauRange [2]float64 `json:"flops_matched_tau_90"`
}

func (l *leftOut) advantages(samples []weights, over ...string) []Advantage {
	flops := competing(l.tested, func(r Row) float64 { return r.MACs })
	y := truth(l.tested)
	mae := func(values []float64, weight func(int) float64) float64 {
		var sum, total float64
		for i, v := range values {
			sum += weight(i) * math.Abs(v-y[i])
			total += weight(i)
		}
		return sum / total
	}
	var all []Advantage
	own := l.columns[0].values
	for _, c := range l.columns[1:] {
		for _, name := range over {
			if c.name != name {
				continue
			}
			tauGain := func(w func(int) float64) float64 { return pairTau(flops, own, w) - pairTau(flops, c.ordering(), w) }
			maeGain := func(w func(int) float64) float64 { return mae(own, w) - mae(c.values, w) }
			all = append(all, Advantage{
				Over: name, MAE: maeGain(once), FLOPsTau: tauGain(once),
				MAERange:      interval90(samples, func(w weights) float64 { return maeGain(w.of) }),
				FLOPsTauRange: interval90(samples, func(w weights) float64 { return tauGain(w.of) }),
			})
		}
	}
	return all
}
