package experiments

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Selected says which networks of a front are trained.
type Selected struct {
	Top   int           // the most accurate ones by the search's objective
	Under time.Duration // with at most this latency; 0 is no bound
	Eta   int           // of successive halving; below 2 trains all to the end
}

// TrainRun trains the best networks of a run's front. What is known of them by
// this training is not trained again, so the same call goes on where another
// was stopped.
func TrainRun(ctx context.Context, st *store.Store, t *train.Trainer, name string, s Selected) (report.Trained, error) {
	points, err := chosen(ctx, st, name, s)
	if err != nil {
		return report.Trained{}, err
	}
	archs := make([]space.Arch, len(points))
	for i, r := range points {
		archs[i] = r.Arch
	}
	rungs := train.Rungs(len(archs), t.Training().Epochs, s.Eta)
	labels, err := t.Halve(ctx, archs, rungs)
	if err != nil {
		return report.Trained{}, err
	}
	figures := make([]report.Point, len(points))
	for i, r := range points {
		figures[i] = report.NewPoint(r)
		figures[i].Labels = []report.Label{report.NewLabel(store.Labelled{Training: t.Training(), Label: labels[i]})}
	}
	compared, err := compare(ctx, st, t.Training(), rungs[0].Until, figures)
	if err != nil {
		return report.Trained{}, err
	}
	return report.NewTrained(name, t.Training(), figures, compared), nil
}

// chosen are the selected networks, the most accurate first.
func chosen(ctx context.Context, st *store.Store, name string, s Selected) ([]evaluator.Result, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return nil, err
	}
	settings, err := RunSettings(run)
	if err != nil {
		return nil, err
	}
	f, err := frontOf(ctx, st, run, settings)
	if err != nil {
		return nil, err
	}
	points := slices.DeleteFunc(f.points, func(r evaluator.Result) bool { return s.Under > 0 && r.Score.Latency.Value > s.Under })
	if len(points) == 0 {
		return nil, Unusable{errors.New("run " + name + " has no network to train within the latency; `trtnas front " + name + "` shows what it has")}
	}
	slices.SortStableFunc(points, func(a, b evaluator.Result) int {
		switch x, y := a.Score.Accuracy.Bound, b.Score.Accuracy.Bound; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return points[:min(max(s.Top, 1), len(points))], nil
}

// compare sets labels of the epoch that most networks reached beside their
// estimates.
func compare(ctx context.Context, st *store.Store, t evaluator.Training, epoch int, points []report.Point) (report.Comparison, error) {
	var known []report.Point
	var labels []report.Label
	for _, p := range points {
		l, err := st.Label(ctx, t, p.ID, epoch)
		if err != nil {
			return report.Comparison{}, err
		}
		if l != nil && l.Failure == nil && p.Top1 != nil {
			known = append(known, p)
			labels = append(labels, report.NewLabel(store.Labelled{Training: t, Label: *l}))
		}
	}
	return report.Compare(epoch, known, labels), nil
}

// label gives the points what is known of them by training.
func label(ctx context.Context, st *store.Store, points []report.Point) error {
	ids := make([]string, len(points))
	for i, p := range points {
		ids[i] = p.ID
	}
	all, err := st.Labels(ctx, ids)
	if err != nil {
		return err
	}
	of := map[string][]report.Label{}
	for _, l := range all {
		of[l.ID] = append(of[l.ID], report.NewLabel(l))
	}
	for i, p := range points {
		points[i].Labels = report.LastLabels(of[p.ID])
	}
	return nil
}

// Runs lists the runs of the database.
func Runs(ctx context.Context, st *store.Store) (report.RunList, error) {
	runs, err := st.Runs(ctx)
	if err != nil {
		return report.RunList{}, err
	}
	trained, err := st.TrainedNetworks(ctx)
	if err != nil {
		return report.RunList{}, err
	}
	list := report.NewRunList(runs)
	for i, r := range runs {
		list.Runs[i].Trained = trained[r.ID]
	}
	return list, nil
}
