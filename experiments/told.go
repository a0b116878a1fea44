package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// ToldApart says how many networks of a run's front the accuracy model can
// order.
func ToldApart(ctx context.Context, st *store.Store, name string) (report.ToldApart, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return report.ToldApart{}, err
	}
	if run.Conditions.AccuracyData != "" {
		return report.ToldApart{}, Unusable{fmt.Errorf("the accuracies of run %s were counted on %s, of which the fitted model knows nothing; `trtnas front %s` shows their intervals", name, run.Conditions.AccuracyData, name)}
	}
	s, err := RunSettings(run)
	if err != nil {
		return report.ToldApart{}, err
	}
	f, err := frontOf(ctx, st, run, s)
	if err != nil {
		return report.ToldApart{}, err
	}
	if len(f.points) == 0 {
		return report.ToldApart{}, Unusable{errors.New("run " + name + " has no front yet; `trtnas resume " + name + "` goes on with it")}
	}
	within, err := accuracy.WithinFamilies()
	if err != nil {
		return report.ToldApart{}, err
	}
	model, err := s.Estimator()
	if err != nil {
		return report.ToldApart{}, err
	}
	fs, err := featuresOf(f.points)
	if err != nil {
		return report.ToldApart{}, err
	}
	return report.NewToldApart(name, model.Title(), fs, model, within), nil
}

// featuresOf networks, the least accurate first as the search has it.
func featuresOf(results []evaluator.Result) ([]accuracy.Features, error) {
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(a, b evaluator.Result) int {
		switch x, y := a.Score.Accuracy.Value, b.Score.Accuracy.Value; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	fs := make([]accuracy.Features, len(results))
	for i, r := range results {
		g, err := r.Arch.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			return nil, fmt.Errorf("network %s: %w", r.ID, err)
		}
		fs[i] = accuracy.Measure(g).Features()
	}
	return fs, nil
}
