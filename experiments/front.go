package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Front reads a run's front from the store and sets the published networks
// beside it.
func Front(ctx context.Context, st *store.Store, name string) (report.Front, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return report.Front{}, err
	}
	s, err := RunSettings(run)
	if err != nil {
		return report.Front{}, err
	}
	f, err := frontOf(ctx, st, run, s)
	if err != nil {
		return report.Front{}, err
	}
	figures := f.figures()
	if err := label(ctx, st, figures); err != nil {
		return report.Front{}, err
	}
	front := s.newFront(run, f, figures)
	if s.Algorithm == Screened {
		if front.Screening, err = screening(ctx, st, run); err != nil {
			return report.Front{}, err
		}
	}
	refs, left, err := references(ctx, st, run, s)
	if err != nil {
		return report.Front{}, err
	}
	front.Compare(refs, left)
	return front, nil
}

func (s Settings) newFront(run store.Run, of runFront, figures []report.Point) report.Front {
	f := report.NewFront(run.Name, time.Duration(s.Budget), run.Conditions, of.evaluated, figures)
	f.Rejected, f.Guarded = of.rejected, s.guards()
	for _, t := range s.Targets {
		f.Targets = append(f.Targets, report.Target{BudgetMS: report.Milliseconds(time.Duration(t.Budget)), Conditions: t.Conditions})
	}
	f.LatencyOf = string(s.Together)
	if s.Labels != nil {
		f.Labels = len(s.Labels.Networks)
	}
	for _, o := range s.Objectives {
		f.Objectives = append(f.Objectives, string(o))
	}
	for _, o := range s.measured() {
		f.Engine = append(f.Engine, string(o))
	}
	return f
}

// figures are those of the front's networks.
func (f runFront) figures() []report.Point {
	var points []report.Point
	for _, r := range f.points {
		p := report.NewPoint(r)
		p.Rebuilt = rebuilt(f.sessions.of(0, r.ID))
		points = append(points, p)
	}
	return points
}

// screening is how well the model ranked what it had not seen, round by round.
func screening(ctx context.Context, st *store.Store, run store.Run) ([]report.Screening, error) {
	generations, err := st.Generations(ctx, run)
	if err != nil {
		return nil, err
	}
	var rounds []report.Screening
	for _, g := range generations {
		var kept saved
		if err := json.Unmarshal(g.State, &kept); err != nil {
			return nil, fmt.Errorf("generation %d of run %s: %w", g.Number, run.Name, err)
		}
		s, err := search.ScreeningOf(kept.Memo)
		if err != nil {
			return nil, fmt.Errorf("generation %d of run %s: %w", g.Number, run.Name, err)
		}
		rounds = append(rounds, report.Screening{Evaluated: g.Evaluated, Screening: s})
	}
	return rounds, nil
}

// rebuilt is how far a network's builds differ; nil for one build.
func rebuilt(sessions []store.Timing) *report.Rebuilt {
	if len(sessions) < 2 {
		return nil
	}
	var ms []float64
	for _, t := range sessions {
		if t.Measurement != nil {
			ms = append(ms, report.Milliseconds(t.Measurement.Median.Value))
		}
	}
	return report.NewRebuilt(ms)
}

// references are the published networks beside a run: predicted like it, or
// measured like it.
func references(ctx context.Context, st *store.Store, run store.Run, s Settings) ([]report.Reference, []report.LeftOut, error) {
	if run.Conditions.AccuracyData != "" {
		return nil, nil, nil // nothing published is on the scale of these images
	}
	if run.Conditions.Builder == (trt.Builder{}) {
		models, err := modelsOf(ctx, st, run.Conditions, s)
		if err != nil {
			return nil, []report.LeftOut{{Name: s.Device.Name, Reason: err.Error()}}, ctx.Err()
		}
		return References(ctx, models)
	}
	all := reference.All()
	ids := make([]string, len(all))
	for i, n := range all {
		ids[i] = n.ID()
	}
	known, err := st.Lookup(ctx, run.Conditions, ids)
	if err != nil {
		return nil, nil, err
	}
	var refs []report.Reference
	var left []report.LeftOut
	for i, n := range all {
		switch r := known[i]; {
		case r == nil:
			left = append(left, report.LeftOut{Name: n.Name, Reason: n.Name + ": not measured here; `trtnas measure " + n.Name + "` does it"})
		case r.Failure != nil:
			left = append(left, report.LeftOut{Name: n.Name, Reason: fmt.Sprintf("%s: %s: %s", n.Name, r.Failure.Class, r.Failure.Message)})
		default:
			refs = append(refs, newReference(n, r.Score, nil))
		}
	}
	return refs, left, nil
}

func newReference(n reference.Network, s evaluator.Score, p *report.Published) report.Reference {
	return report.Reference{
		Name: n.Name, Family: n.Family, Definition: n.Definition, Note: n.Note,
		Point: report.ScorePoint(n.ID(), s, n.Rows), Published: p,
	}
}

// modelsOf are the models that a run predicted by, if they are still there.
func modelsOf(ctx context.Context, st *store.Store, c evaluator.Conditions, s Settings) (*evaluator.Predict, error) {
	spec := c.Spec
	spec.Device = s.Device.Name
	models, err := device.Profiles(func(name string) (*latency.Profile, error) {
		f, err := storedProfile(ctx, st, name)
		return &f.Profile, err
	}).Models(spec)
	if err != nil {
		return nil, err
	}
	estimator, err := s.Estimator()
	if err != nil {
		return nil, err
	}
	models.Estimate(estimator)
	now := models.Conditions()
	if c.AccuracyData != "" { // latencies are the model's, accuracies are not
		now.Accuracy, now.AccuracyData = c.Accuracy, c.AccuracyData
	}
	if now != c && now.Device != device.DefaultProfile {
		return nil, fmt.Errorf("the profile %s is not the one any more that the run predicted by", s.Device.Name)
	}
	return models, nil
}

// References scores the published networks by the models. It also tells which
// do not fit the conditions, and why.
func References(ctx context.Context, models *evaluator.Predict) ([]report.Reference, []report.LeftOut, error) {
	var refs []report.Reference
	var left []report.LeftOut
	for _, n := range reference.All() {
		r, err := Reference(ctx, models, n)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			left = append(left, report.LeftOut{Name: n.Name, Reason: err.Error()})
			continue
		}
		refs = append(refs, r)
	}
	return refs, left, nil
}

// Reference scores one published network.
func Reference(ctx context.Context, models *evaluator.Predict, n reference.Network) (report.Reference, error) {
	score, err := score(ctx, models, n)
	if err != nil {
		return report.Reference{}, err
	}
	return newReference(n, score, published(models.Conditions(), n.Name)), nil
}

// score goes the way of a search's candidates where it can, so that the same
// network has the same figures to the last digit.
func score(ctx context.Context, models *evaluator.Predict, n reference.Network) (evaluator.Score, error) {
	if n.Arch == nil {
		return models.Network(n)
	}
	results, err := models.Evaluate(ctx, []space.Arch{*n.Arch})
	if err != nil {
		return evaluator.Score{}, err
	}
	if f := results[0].Failure; f != nil {
		return evaluator.Score{}, fmt.Errorf("%s: %s", n.Name, f.Message)
	}
	return results[0].Score, nil
}

// published finds a latency that others measured under these conditions. Only
// the profile's own rows are comparable.
func published(c evaluator.Conditions, name string) *report.Published {
	if c.Device != device.DefaultProfile || c.Batch != 8 || c.Output != trt.Classifier || c.Resolution[0] != c.Resolution[1] {
		return nil
	}
	for _, r := range latency.Published() {
		if r.Network == name && r.Resolution == c.Resolution[0] && !r.Backbone {
			return &report.Published{LatencyMS: r.MS, Source: r.Source}
		}
	}
	return nil
}

// Predict scores one network, published or exported.
func Predict(ctx context.Context, models *evaluator.Predict, n reference.Network) (report.Prediction, error) {
	r, err := Reference(ctx, models, n)
	if err != nil {
		return report.Prediction{}, err
	}
	if a := n.Arch; a != nil {
		r.Stem, r.Reduction = a.Stem.String(), a.Reduction.String()
	}
	return report.Prediction{
		Schema: report.PredictionSchema, Name: n.Name, Conditions: models.Conditions(), Point: r.Point, Published: r.Published,
	}, nil
}
