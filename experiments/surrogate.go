package experiments

import (
	"context"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/correction"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// surrogate believes of networks what latency models predict, corrected by
// what was measured of others. The accuracy is that of the model, as in the
// measured results themselves.
type surrogate struct {
	settings Settings
	targets  []*targetModel
	taken    []*taken            // under the conditions of the first target
	scores   evaluator.Evaluator // of networks that were evaluated, under the conditions of all targets
}

// targetModel is a device's model with its correction.
type targetModel struct {
	models     *evaluator.Predict
	elsewhere  *correction.Process // how another device differs from the models; nil without one
	learners   [views]correction.Learner
	correction *correction.Process
	view       view // of networks, that the correction was learnt on
}

// view is a way to describe networks.
type view int

// The views. A device may err by what its kernels are, or by how networks are
// built; what was measured tells which explains it better.
const (
	genes  view = iota // the choices of each stage
	shares             // of the predicted time in each class of kernels
	views
)

// newSurrogate: another run's latencies tell of the first target alone.
func newSurrogate(s Settings, d *device.Device, scores evaluator.Evaluator, elsewhere *correction.Process) *surrogate {
	g := &surrogate{settings: s, scores: scores, taken: newTaken(s)}
	for _, target := range d.All() {
		g.targets = append(g.targets, &targetModel{models: target.Models(), elsewhere: elsewhere, correction: correction.Fit(nil)})
		elsewhere = nil
	}
	return g
}

// Learn implements search.Surrogate.
func (g *surrogate) Learn(ctx context.Context, evaluated []search.Individual[space.Genotype]) error {
	var known []search.Individual[space.Genotype]
	for _, i := range evaluated {
		if len(i.Objectives) > 0 {
			known = append(known, i)
		}
	}
	archs := g.archs(genotypes(known))
	// All of them are kept, so this measures nothing.
	results, err := g.scores.Evaluate(ctx, archs)
	if err != nil {
		return err
	}
	for t, target := range g.targets {
		measured := make([]time.Duration, len(results))
		for i, r := range results {
			measured[i] = latencies(r)[t].Value
		}
		predicted, err := target.models.Evaluate(ctx, archs)
		if err != nil {
			return err
		}
		if err := target.learn(predicted, measured); err != nil {
			return err
		}
		if t > 0 {
			continue
		}
		for _, quantity := range g.taken {
			quantity.learn(predicted, results)
		}
	}
	return nil
}

func (t *targetModel) learn(predicted []evaluator.Result, measured []time.Duration) error {
	for v := range views {
		xs, err := t.features(predicted, v)
		if err != nil {
			return err
		}
		var rows []correction.Row
		for i, r := range predicted {
			if r.Failure == nil {
				rows = append(rows, correction.Row{X: xs[i], Y: math.Log(inMilliseconds(measured[i]) / milliseconds(r))})
			}
		}
		if p := t.learners[v].Fit(rows); v == 0 || p.Evidence() > t.correction.Evidence() {
			t.correction, t.view = p, v
		}
	}
	return nil
}

// Believe implements search.Surrogate.
func (g *surrogate) Believe(ctx context.Context, gs []space.Genotype, z float64) ([]search.Outcome, error) {
	archs := g.archs(gs)
	var believed []evaluator.Result
	for t, target := range g.targets {
		predicted, err := target.models.Evaluate(ctx, archs)
		if err != nil {
			return nil, err
		}
		if t == 0 {
			for _, quantity := range g.taken {
				quantity.believe(predicted, z)
			}
		}
		if err := target.correct(predicted, z); err != nil {
			return nil, err
		}
		if t == 0 {
			believed = predicted
			continue
		}
		for i := range believed {
			g.settings.join(&believed[i], t-1, &predicted[i])
		}
	}
	outcomes := make([]search.Outcome, len(believed))
	for i, r := range believed {
		outcomes[i] = g.settings.outcome(r)
	}
	return outcomes, nil
}

// correct corrects predicted latencies by the mean and z of its standard
// deviations.
func (t *targetModel) correct(predicted []evaluator.Result, z float64) error {
	xs, err := t.features(predicted, t.view)
	if err != nil {
		return err
	}
	mean, sd := t.correction.Predict(xs)
	for i := range predicted {
		l := &predicted[i].Score.Latency
		l.Value = time.Duration(float64(l.Value) * math.Exp(mean[i]+z*sd[i]))
		l.High = l.Value
	}
	return nil
}

func (g *surrogate) archs(gs []space.Genotype) []space.Arch {
	archs := make([]space.Arch, len(gs))
	for i, genotype := range gs {
		archs[i] = g.settings.Space.Decode(genotype)
	}
	return archs
}

// elsewhereScale: where another device's difference changes by a tenth, this
// one's may well have changed too.
const elsewhereScale = 10

// shareScale is a share of the time that matters.
const shareScale = 0.1

// features are the networks' own, and what another device made of them.
func (t *targetModel) features(predicted []evaluator.Result, v view) ([][]float64, error) {
	xs, own := make([][]float64, len(predicted)), make([][]float64, len(predicted))
	for i, r := range predicted {
		own[i] = features(r)
		xs[i] = own[i]
		if v == shares && r.Failure == nil {
			of, err := t.models.ArchShares(r.Arch)
			if err != nil {
				return nil, err
			}
			xs[i] = []float64{own[i][0]} // the latency
			for _, share := range of {
				xs[i] = append(xs[i], share/shareScale)
			}
		}
	}
	if t.elsewhere == nil {
		return xs, nil
	}
	mean, _ := t.elsewhere.Predict(own)
	for i := range xs {
		xs[i] = append(xs[i], elsewhereScale*mean[i])
	}
	return xs, nil
}

func genotypes(individuals []search.Individual[space.Genotype]) []space.Genotype {
	gs := make([]space.Genotype, len(individuals))
	for i, in := range individuals {
		gs[i] = in.Genotype
	}
	return gs
}

func milliseconds(r evaluator.Result) float64 {
	return inMilliseconds(r.Score.Latency.Value)
}

// features describe a network to the correction: its stages, and its predicted
// latency. Each is scaled so that a difference of about 1 is one that matters.
func features(r evaluator.Result) []float64 {
	x := []float64{math.Log2(max(milliseconds(r), 1e-3))}
	for _, s := range r.Arch.Stages {
		mixed := 0.0
		if s.Depth > 0 {
			mixed = float64(s.Mixed) / float64(s.Depth)
		}
		x = append(x,
			math.Log2(float64(max(s.Depth, 1))),
			math.Log2(float64(max(s.Width, 1))),
			mixed,
			mixed*s.R,
			math.Log2(float64(max(s.S, 1))),
			float64(s.K)/4,
		)
		for _, b := range space.Blocks() {
			of := 0.0
			if s.Block == b && b != space.BottleNeck {
				of = mixed
			}
			x = append(x, of)
		}
	}
	return x
}

var _ search.Surrogate[space.Genotype] = (*surrogate)(nil)
