package experiments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Watch follows a run while it grows: results never change, so each look reads
// only those that are new. It is for one goroutine at a time.
type Watch struct {
	db       string // as in command lines; empty is the default
	run      store.Run
	settings Settings
	sessions int // under the run's conditions, when they were last looked at
	results  []evaluator.Result
	place    map[string]int // in the results, by ID
	refs     []report.Reference
	left     []report.LeftOut
	models   *evaluator.Predict // for where the time goes; nil if there are none
	front    runFront
	view     report.View
}

// NewWatch looks at a run for the first time. db is the database as command
// lines for the user name it, and empty where they need not.
func NewWatch(ctx context.Context, st *store.Store, name, db string) (*Watch, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := RunSettings(run)
	if err != nil {
		return nil, err
	}
	w := &Watch{db: db, run: run, settings: s, sessions: -1, place: map[string]int{}}
	w.models, err = w.sharesModel(ctx, st)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	_, err = w.Look(ctx, st)
	return w, err
}

// sharesModel is the run's own model, or the nearest one to a device that was
// measured on.
func (w *Watch) sharesModel(ctx context.Context, st *store.Store) (*evaluator.Predict, error) {
	if w.run.Conditions.Builder == (trt.Builder{}) {
		return modelsOf(ctx, st, w.run.Conditions, w.settings)
	}
	return device.Nearest(w.run.Conditions.Spec)
}

// Same tells whether it is still the run that the watch began with: a database
// may be replaced by another one.
func (w *Watch) Same(run store.Run) bool {
	return w.run.ID == run.ID && w.run.Name == run.Name && w.run.Created.Equal(run.Created)
}

// Look reads what is new, and tells whether anything is.
func (w *Watch) Look(ctx context.Context, st *store.Store) (bool, error) {
	run, err := st.Run(ctx, w.run.Name)
	if err != nil {
		return false, err
	}
	if !w.Same(run) {
		return false, fmt.Errorf("run %s is another one than before", run.Name)
	}
	sessions, err := st.Sessions(ctx, run)
	if err != nil {
		return false, err
	}
	if run.Evaluated == len(w.results) && run.Reason == w.run.Reason && sessions == w.sessions {
		return false, nil
	}
	if err := w.read(ctx, st, run); err != nil {
		return false, err
	}
	if w.view, err = w.draw(ctx, st); err != nil {
		return false, err
	}
	w.sessions = sessions
	return true, nil
}

// read adds the new results, up to the generation that run stands at.
func (w *Watch) read(ctx context.Context, st *store.Store, run store.Run) error {
	before := len(w.results)
	for r, err := range st.EvaluationsFrom(ctx, run, before) {
		if err != nil {
			return err
		}
		if len(w.results) == run.Evaluated {
			break // of a generation that came after run was read
		}
		w.place[r.ID] = len(w.results)
		w.results = append(w.results, r)
	}
	w.run = run
	w.front.evaluated = len(w.results)
	err := w.settings.recall(ctx, st, w.results[before:])
	if err != nil {
		return err
	}
	w.front.rejected += w.settings.rejected(w.results[before:])
	if w.measures() || w.refs == nil {
		if w.refs, w.left, err = references(ctx, st, run, w.settings); err != nil {
			return err
		}
	}
	if w.front.sessions, err = sessionsOf(ctx, st, run.Conditions, w.settings); err != nil {
		return err
	}
	w.front.points = front(w.results, w.front.sessions, w.settings)
	return nil
}

// measures tells whether the run's latencies are a device's.
func (w *Watch) measures() bool { return w.run.Conditions.Builder != (trt.Builder{}) }

// Run is the run as it was last looked at.
func (w *Watch) Run() store.Run { return w.run }

// Version changes with what a look finds.
func (w *Watch) Version() string {
	return fmt.Sprintf("%d-%d-%d-%d-%t", w.run.ID, w.run.Created.Unix(), len(w.results), w.sessions, w.run.Finished())
}

// View is the run as it was last looked at.
func (w *Watch) View() report.View { return w.view }

// Candidates are the run's networks but for the first ones.
func (w *Watch) Candidates(first int) report.Candidates {
	first = min(max(first, 0), len(w.results))
	return report.NewCandidates(w.run.Name, w.settings.Space, first, w.results[first:])
}

func (w *Watch) draw(ctx context.Context, st *store.Store) (report.View, error) {
	f := w.settings.newFront(w.run, w.front, w.front.figures())
	f.Compare(w.refs, w.left)
	v := report.View{
		Schema: report.ViewSchema, Run: report.NewRunList([]store.Run{w.run}).Runs[0], Planned: w.settings.Evaluations,
		Settings: w.settingsText(), Commands: w.commands(),
		Front: report.NewFrontColumns(f.Points, w.place), References: f.References, LeftOut: f.LeftOut,
		Failures: w.failures(), Rejected: w.front.rejected,
	}
	var err error
	if v.Hypervolume, err = w.curve(ctx, st); err != nil {
		return v, err
	}
	if w.settings.Algorithm == Screened {
		if v.Screening, err = screening(ctx, st, w.run); err != nil {
			return v, err
		}
	}
	if !w.measures() {
		return v, nil
	}
	err = w.drawDevice(ctx, st, &v)
	return v, err
}

func (w *Watch) curve(ctx context.Context, st *store.Store) (report.Curve, error) {
	milestones, err := st.Milestones(ctx, w.run)
	if err != nil {
		return report.Curve{}, err
	}
	c := report.Curve{Evaluated: []int{}, Value: []float64{}}
	var s stall
	for _, g := range milestones {
		if g.Evaluated > len(w.results) {
			break
		}
		c.Evaluated, c.Value = append(c.Evaluated, g.Evaluated), append(c.Value, report.Round(g.Hypervolume, 6))
		s.since(g.Evaluated, g.Hypervolume)
	}
	c.Grew = s.evaluated
	return c, nil
}

// drawDevice adds the device's time and health.
func (w *Watch) drawDevice(ctx context.Context, st *store.Store, v *report.View) error {
	sittings, err := st.Sittings(ctx, w.run)
	if err != nil {
		return err
	}
	elapsed := make([]time.Duration, len(w.results)+1)
	for _, t := range sittings {
		if t.Seq >= len(w.results) {
			continue
		}
		if v.Health == nil {
			v.Health = &report.Health{GreatestDrift: trt.GreatestDrift}
		}
		v.Health.Add(t.Created, t.Seq, t.Drift, t.Health)
		if t.Session == 1 {
			elapsed[t.Seq+1] = t.Elapsed
		}
	}
	for i := range w.results {
		elapsed[i+1] += elapsed[i]
	}
	for _, n := range v.Hypervolume.Evaluated {
		v.Hypervolume.DeviceS = append(v.Hypervolume.DeviceS, report.Round(elapsed[n].Seconds(), 6))
	}
	if w.run.Finished() {
		return nil
	}
	n, last, err := st.Pending(ctx, w.run)
	if n > 0 {
		v.Pending = &report.Pending{Networks: n, Last: last}
	}
	return err
}

// failures are the classes, the most frequent first.
func (w *Watch) failures() []report.FailureKind {
	kinds := []report.FailureKind{}
	at := map[trt.Class]int{}
	for _, r := range w.results {
		if r.Failure == nil {
			continue
		}
		class := r.Failure.Class
		i, known := at[class]
		if !known {
			i = len(kinds)
			at[class] = i
			kinds = append(kinds, report.FailureKind{
				Class: string(class), Example: r.ID, Message: r.Failure.Message, Advice: trt.RemedyOf(class).Advice,
			})
		}
		kinds[i].Networks++
	}
	for i := range kinds {
		kinds[i].Share = report.Round(float64(kinds[i].Networks)/float64(len(w.results)), 4)
	}
	slices.SortStableFunc(kinds, func(a, b report.FailureKind) int { return cmp.Compare(b.Networks, a.Networks) })
	return kinds
}

// Network is all that is known of one of the run's networks; its ID may be
// shortened to a beginning that is unique.
func (w *Watch) Network(ctx context.Context, st *store.Store, id string) (report.NetworkView, error) {
	i, ok := w.place[id]
	if !ok {
		return report.NetworkView{}, fmt.Errorf("%w: run %s has no network %q", ErrNoNetwork, w.run.Name, id)
	}
	r := combine(w.results[i], w.front.sessions)
	v := report.NewNetworkView(w.run.Name, r)
	v.Commands = w.networkCommands(id)
	if w.models != nil {
		// What can't be lowered has no parts, and its failure says why.
		if parts, err := w.models.ArchParts(r.Arch); err == nil {
			v.SetParts(w.modelName(), parts)
		}
	}
	if !w.measures() {
		return v, nil
	}
	timings, err := st.Timings(ctx, w.run.Conditions, []string{id})
	v.SetTimings(timings[id])
	return v, err
}

func (w *Watch) modelName() string {
	c := w.models.Conditions()
	return fmt.Sprintf("%s of %s", c.Latency, c.Device)
}
