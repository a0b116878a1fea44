package experiments

import (
	"context"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/correction"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// surrogate believes of networks what a latency model predicts, corrected by
// what was measured of others. The accuracy is that of the model, as in the
// measured results themselves.
type surrogate struct {
	settings   Settings
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

func newSurrogate(s Settings, models *evaluator.Predict, elsewhere *correction.Process) *surrogate {
	return &surrogate{settings: s, models: models, elsewhere: elsewhere, correction: correction.Fit(nil)}
}

// Learn implements search.Surrogate.
func (g *surrogate) Learn(ctx context.Context, evaluated []search.Individual[space.Genotype]) error {
	var known []search.Individual[space.Genotype]
	for _, i := range evaluated {
		if len(i.Objectives) > 0 {
			known = append(known, i)
		}
	}
	predicted, err := g.predict(ctx, genotypes(known))
	if err != nil {
		return err
	}
	for v := range views {
		xs, err := g.features(predicted, v)
		if err != nil {
			return err
		}
		var rows []correction.Row
		for i, r := range predicted {
			if r.Failure == nil {
				rows = append(rows, correction.Row{X: xs[i], Y: math.Log(known[i].Objectives[0] / milliseconds(r))})
			}
		}
		if p := g.learners[v].Fit(rows); v == 0 || p.Evidence() > g.correction.Evidence() {
			g.correction, g.view = p, v
		}
	}
	return nil
}

// Believe implements search.Surrogate.
func (g *surrogate) Believe(ctx context.Context, gs []space.Genotype, z float64) ([]search.Outcome, error) {
	predicted, err := g.predict(ctx, gs)
	if err != nil {
		return nil, err
	}
	xs, err := g.features(predicted, g.view)
	if err != nil {
		return nil, err
	}
	mean, sd := g.correction.Predict(xs)
	outcomes := make([]search.Outcome, len(predicted))
	for i, r := range predicted {
		l := &r.Score.Latency
		l.Value = time.Duration(float64(l.Value) * math.Exp(mean[i]+z*sd[i]))
		l.High = l.Value
		outcomes[i] = g.settings.outcome(r)
	}
	return outcomes, nil
}

func (g *surrogate) predict(ctx context.Context, gs []space.Genotype) ([]evaluator.Result, error) {
	archs := make([]space.Arch, len(gs))
	for i, genotype := range gs {
		archs[i] = g.settings.Space.Decode(genotype)
	}
	return g.models.Evaluate(ctx, archs)
}

// elsewhereScale: where another device's difference changes by a tenth, this
// one's may well have changed too.
const elsewhereScale = 10

// shareScale is a share of the time that matters.
const shareScale = 0.1

// features are the networks' own, and what another device made of them.
func (g *surrogate) features(predicted []evaluator.Result, v view) ([][]float64, error) {
	xs, own := make([][]float64, len(predicted)), make([][]float64, len(predicted))
	for i, r := range predicted {
		own[i] = features(r)
		xs[i] = own[i]
		if v == shares && r.Failure == nil {
			of, err := g.models.ArchShares(r.Arch)
			if err != nil {
				return nil, err
			}
			xs[i] = []float64{own[i][0]} // the latency
			for _, share := range of {
				xs[i] = append(xs[i], share/shareScale)
			}
		}
	}
	if g.elsewhere == nil {
		return xs, nil
	}
	mean, _ := g.elsewhere.Predict(own)
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
	return float64(r.Score.Latency.Value) / float64(time.Millisecond)
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
