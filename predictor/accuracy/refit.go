package accuracy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/trtnas/trtnas/predictor"
)

// Refit is what a user's own results changed.
type Refit struct {
	Rows int `json:"rows"`
	// Offset is how the user's training differs from 300 epochs of the
	// reference recipe, on average over the rows, in points.
	Offset float64 `json:"offset"`
	// Errors of the user's results: by the published model as it is, by that and
	// the mean offset of the other rows, and by the model refitted with the other
	// rows. Empty for fewer than FewestJudged rows.
	Errors []RefitError `json:"errors,omitempty"`
	Labels []Relabelled `json:"labels"`
}

// Ways to predict a user's result without knowing it.
const (
	Published = "published"
	Shifted   = "published + mean offset"
	Refitted  = "refitted"
)

// RefitError is how one way predicts results that it has not seen. Ranges hold
// 90 % of bootstrap samples over the results.
type RefitError struct {
	By         string     `json:"by"`
	MAE        float64    `json:"mae"` // points
	MAERange   [2]float64 `json:"mae_90"`
	Bias       float64    `json:"bias"` // predicted minus reached, points
	BiasRange  [2]float64 `json:"bias_90"`
	Order      *Order     `json:"order,omitempty"` // nil where no two results differ
	Coverage90 float64    `json:"coverage90"`
}

// Order is how well results are ordered.
type Order struct {
	Tau      float64    `json:"tau"`
	TauRange [2]float64 `json:"tau_90"`
}

// Relabelled is one of the user's networks.
type Relabelled struct {
	Name string  `json:"name"`
	Top1 float64 `json:"top1"` // the user's result
	// Before and After are the estimates for the reference recipe by the
	// published model and by the refitted one.
	Before Belief `json:"before"`
	After  Belief `json:"after"`
	// Without is what the model refitted without this result expects of the user's
	// recipe; nil for a single row.
	Without *Belief `json:"without,omitempty"`
}

// Belief is an estimate with its intervals.
type Belief struct {
	Top1    float64    `json:"top1"`
	SD      float64    `json:"sd"`
	Range80 [2]float64 `json:"interval80"`
	Range90 [2]float64 `json:"interval90"`
}

func (p Prediction) belief() Belief {
	a, b := p.Interval(), p.Interval90()
	return Belief{p.Top1, p.SD, [2]float64{a.Low, a.High}, [2]float64{b.Low, b.High}}
}

// FewestJudged results are needed to judge a refit by their order. Of four, a
// perfect order or its reverse comes by chance once in twelve times (2/4!), of
// five once in sixty.
const FewestJudged = 5

// RefitWith fits the model on the published results and the user's own rows
// (NewRow), and says what that changed; rng draws the bootstrap samples.
func RefitWith(own []Row, rng *rand.Rand) (*Model, *Refit, error) {
	if len(own) == 0 {
		return nil, nil, fmt.Errorf("accuracy model: no results of the user's own to refit with")
	}
	published := TrainedAlike(Rows())
	after, err := Fit(slices.Concat(published, own))
	if err != nil {
		return nil, nil, err
	}
	r := &Refit{Rows: len(own)}
	for _, row := range own {
		var b, a [1]Prediction
		Default().PredictBatch([]Features{row.features}, b[:])
		after.PredictBatch([]Features{row.features}, a[:])
		r.Labels = append(r.Labels, Relabelled{Name: row.Name, Top1: row.Top1, Before: b[0].belief(), After: a[0].belief()})
		r.Offset += (row.Top1 - a[0].Top1) / float64(len(own))
	}
	if len(own) == 1 {
		return after, r, nil // without it nothing is known of the recipe
	}
	return after, r, r.leaveOwnOut(published, own, rng)
}

// leaveOwnOut predicts each of the user's results without it.
func (r *Refit) leaveOwnOut(published, own []Row, rng *rand.Rand) error {
	n := len(own)
	ways := []struct {
		name      string
		predicted []Prediction
	}{{Published, make([]Prediction, n)}, {Shifted, make([]Prediction, n)}, {Refitted, make([]Prediction, n)}}
	for i, row := range own {
		rest := slices.Delete(slices.Clone(own), i, i+1)
		m, err := Fit(slices.Concat(published, rest))
		if err != nil {
			return err
		}
		ways[0].predicted[i] = shifted(Default(), nil, row)
		ways[1].predicted[i] = shifted(Default(), rest, row)
		ways[2].predicted[i] = m.again(row)
		without := ways[2].predicted[i].belief()
		r.Labels[i].Without = &without
	}
	if n < FewestJudged {
		return nil
	}
	alone := make([]int, n) // each result is a group
	for i := range alone {
		alone[i] = i
	}
	samples := predictor.Bootstrap(alone, rng)
	for _, w := range ways {
		r.Errors = append(r.Errors, newRefitError(w.name, w.predicted, truth(own), samples))
	}
	return nil
}

func newRefitError(by string, predicted []Prediction, y []float64, samples []predictor.Weights) RefitError {
	var es []predictor.Estimate
	for _, p := range predicted {
		es = append(es, p.Interval90())
	}
	values := top1(predicted)
	errors := predictor.Errors(values, y)
	mean := func(of func(float64) float64) func(predictor.Weights) float64 {
		return func(w predictor.Weights) float64 {
			sum := 0.0
			for i, e := range errors {
				sum += w.Of(i) * of(e)
			}
			return sum / float64(len(errors))
		}
	}
	same := func(e float64) float64 { return e }
	all := predictor.EveryPair(y)
	e := RefitError{By: by, MAE: predictor.MeanAbs(errors), Coverage90: predictor.Coverage(es, y)}
	e.Bias = mean(same)(nil)
	e.MAERange, e.BiasRange = predictor.Central90(samples, mean(math.Abs)), predictor.Central90(samples, mean(same))
	if len(all) > 0 {
		e.Order = &Order{all.Tau(values, nil), predictor.Central90(samples, func(w predictor.Weights) float64 { return all.Tau(values, w) })}
	}
	return e
}

// again predicts what a row's network would reach by the row's own recipe.
func (m *Model) again(r Row) Prediction {
	p, _ := m.scaling.row(r)
	mean, variance := m.posterior(&p)
	return m.prediction(mean, variance+m.scales.noiseVariance(&p))
}

// posterior mean and variance of any point's standardised target.
func (m *Model) posterior(p *point) (mean, variance float64) {
	k := make([]float64, len(m.points))
	for i := range k {
		k[i] = m.scales.covariance(p, &m.points[i])
		mean += m.alpha[i] * k[i]
	}
	m.whiten(k)
	return mean, max(0, m.scales.covariance(p, p)-dot(k, k))
}

// shifted predicts by a model that knows nothing of the recipe, and the mean
// offset of the rest.
func shifted(m *Model, rest []Row, r Row) Prediction {
	offset := 0.0
	for _, o := range rest {
		p, y := m.scaling.row(o)
		p.recipe = r300
		mean, _ := m.posterior(&p)
		offset += (y - mean) / float64(len(rest))
	}
	p, _ := m.scaling.row(r)
	p.recipe = r300
	mean, variance := m.posterior(&p)
	return m.prediction(mean+offset, variance+m.scales.noiseVariance(&p))
}
