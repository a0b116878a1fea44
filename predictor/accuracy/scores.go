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
	Coverage80 *float64 `json:"coverage80,omitempty"`
	Coverage90 *float64 `json:"coverage90,omitempty"`
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

// each row's value.
func each[T any](rows []Row, of func(Row) T) []T {
	all := make([]T, len(rows))
	for i, r := range rows {
		all[i] = of(r)
	}
	return all
}

func truth(rows []Row) []float64 { return each(rows, func(r Row) float64 { return r.Top1 }) }

func macs(rows []Row) []float64 { return each(rows, func(r Row) float64 { return r.MACs }) }

// table scores all columns.
func (l *leftOut) table(samples []predictor.Weights) Table {
	y := truth(l.tested)
	flops := predictor.Competing(y, macs(l.tested))
	speed := predictor.Competing(y, each(l.tested, func(r Row) float64 { return r.Throughput }))
	var t Table
	for _, c := range l.columns {
		e := predictor.Errors(c.values, y)
		s := Scores{
			Model: c.name, MAE: predictor.MeanAbs(e), MedianAE: predictor.QuantileAbs(e, 0.5), Tau: predictor.KendallTau(c.ordering(), y),
			FLOPsTau: flops.Tau(c.ordering(), nil), LatencyTau: speed.Tau(c.ordering(), nil),
		}
		s.FLOPsRange = predictor.Central90(samples, func(w predictor.Weights) float64 { return flops.Tau(c.ordering(), w) })
		t = append(t, s)
	}
	narrow, wide := coverage(l.model, l.tested, Prediction.Interval), coverage(l.model, l.tested, Prediction.Interval90)
	t[0].Coverage80, t[0].Coverage90 = &narrow, &wide
	return t
}

// coverage of the rows' results by the predictions' intervals.
func coverage(ps []Prediction, rows []Row, interval func(Prediction) predictor.Estimate) float64 {
	es := make([]predictor.Estimate, len(ps))
	for i, p := range ps {
		es[i] = interval(p)
	}
	return predictor.Coverage(es, truth(rows))
}

// bootstrap draws lines of families.
func bootstrap(rows []Row, rng *rand.Rand) []predictor.Weights {
	return predictor.Bootstrap(each(rows, superOut.key), rng)
}

// Advantage of a model over another, from the same networks left
// out: paired differences with the range that holds 90 % of bootstrap samples
// over super-families.
type Advantage struct {
	Of            string     `json:"of"`
	Over          string     `json:"over"`
	MAE           float64    `json:"mae"` // negative: smaller errors
	MAERange      [2]float64 `json:"mae_90"`
	FLOPsTau      float64    `json:"flops_matched_tau"`
	FLOPsTauRange [2]float64 `json:"flops_matched_tau_90"`
}

func (l *leftOut) advantages(samples []predictor.Weights, over ...string) []Advantage {
	y := truth(l.tested)
	flops := predictor.Competing(y, macs(l.tested))
	mae := func(values []float64, w predictor.Weights) float64 {
		var sum, total float64
		for i, v := range values {
			sum += w.Of(i) * math.Abs(v-y[i])
			total += w.Of(i)
		}
		return sum / total
	}
	var all []Advantage
	of, own := l.columns[0].name, l.columns[0].values
	for _, c := range l.columns[1:] {
		for _, name := range over {
			if c.name != name {
				continue
			}
			tauGain := func(w predictor.Weights) float64 { return flops.Tau(own, w) - flops.Tau(c.ordering(), w) }
			maeGain := func(w predictor.Weights) float64 { return mae(own, w) - mae(c.values, w) }
			all = append(all, Advantage{
				Of: of, Over: name, MAE: maeGain(nil), FLOPsTau: tauGain(nil),
				MAERange:      predictor.Central90(samples, maeGain),
				FLOPsTauRange: predictor.Central90(samples, tauGain),
			})
		}
	}
	return all
}
