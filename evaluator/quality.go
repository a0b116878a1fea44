package evaluator

import (
	"context"
	"slices"
	"time"

	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/trt"
)

// quality estimates accuracies. What a part of a network adds to the model's
// features is computed once and kept.
type quality struct {
	model *accuracy.Model
	sums  partMemo[accuracy.Sums]
}

// accuracyInput is what the accuracy model is defined on: one image at 224x224
// with the classifier, whatever the engine computes.
var accuracyInput = space.Input{Batch: 1, Height: 224, Width: 224}

// estimate by another model from now on. What was kept of networks' parts stays.
func (q *quality) estimate(m *accuracy.Model, c *Conditions) {
	q.model, c.Accuracy = m, m.Title()
}

// Estimate has accuracies come from another fitted model, before any is asked for.
func (p *Predict) Estimate(m *accuracy.Model) { p.quality.estimate(m, &p.conditions) }

// Estimate has accuracies come from another fitted model, before any is asked for.
func (m *Measure) Estimate(by *accuracy.Model) { m.quality.estimate(by, &m.conditions) }

// Fitted is the tier of the fitted model.
func Fitted(m *accuracy.Model) Tier { return &quality{model: m} }

// Scale implements Tier.
func (q *quality) Scale() Scale {
	return Scale{Source: AccuracyPredicted, Model: q.model.Title()}
}

// fittedCost is what BenchmarkFitted takes for a network (130 µs on one core of
// a busy machine), rounded up.
const fittedCost = 200 * time.Microsecond

// Cost implements Tier.
func (q *quality) Cost() time.Duration { return fittedCost }

// Judge implements Tier.
func (q *quality) Judge(ctx context.Context, archs []space.Arch) ([]Judgement, error) {
	out := make([]Judgement, len(archs))
	features := make([]accuracy.Features, len(archs))
	for i, a := range archs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := a.Validate()
		if err == nil {
			features[i], err = q.features(a)
		}
		if err != nil {
			out[i].Failure = &Failure{Class: trt.InvalidNetwork, Message: err.Error()}
		}
	}
	for i, a := range q.predict(features) {
		if out[i].Failure == nil {
			out[i].Accuracy = a
		}
	}
	return out, nil
}

// features adds up the parts'.
func (q *quality) features(a space.Arch) (accuracy.Features, error) {
	var sums accuracy.Sums
	err := q.sums.walk(a, accuracyInput, accuracy.Measure, func(_ space.Part, s partValue[accuracy.Sums]) { sums = sums.Add(s.value) })
	return sums.Features(), err
}

// Outside tells at little cost whether an architecture's accuracy would be
// extrapolated.
func (p *Predict) Outside(a space.Arch) (bool, error) {
	if err := a.Validate(); err != nil {
		return false, err
	}
	f, err := p.quality.features(a)
	return err == nil && p.quality.model.Outside(f), err
}

// predict estimates all in one go, which is faster than one by one.
func (q *quality) predict(features []accuracy.Features) []Accuracy {
	predictions := make([]accuracy.Prediction, len(features))
	q.model.PredictBatch(features, predictions)
	out := make([]Accuracy, len(features))
	for i, p := range predictions {
		out[i] = newAccuracy(p)
	}
	return out
}

// network estimates for any network.
func (q *quality) network(n Lowerer) (Accuracy, error) {
	g, err := n.Lower(accuracyInput)
	if err != nil {
		return Accuracy{}, err
	}
	return q.graph(g), nil
}

// graph estimates from nothing but a graph. It is unknown unless it classifies
// images of 224x224, as the networks that the model was fitted on.
func (q *quality) graph(g *graph.Graph) Accuracy {
	image, want := g.Nodes[0].Shape, accuracyInput.Shape()
	classifies := len(g.Outputs) == 1 && len(g.Outputs[0].Shape) == 2
	if !classifies || !slices.Equal(image[1:], want[1:]) {
		return Accuracy{}
	}
	return q.predict([]accuracy.Features{accuracy.Measure(g).Features()})[0]
}

func newAccuracy(p accuracy.Prediction) Accuracy {
	var e predictor.Estimate = p.Interval()
	return Accuracy{
		Value: e.Value, Low: e.Low, High: e.High, Level: e.Level,
		Bound: p.LowerBound(), Source: AccuracyPredicted, Extrapolated: e.Extrapolated,
	}
}

var _ Tier = (*quality)(nil)
