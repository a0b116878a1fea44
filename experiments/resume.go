package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Resume goes on with a run that was stopped or killed, on the device that open
// opens. There is nothing left to do for a finished one.
func (l Lab) Resume(ctx context.Context, name string, open OpenDevice) (search.End, error) {
	begin := context.WithoutCancel(ctx)
	run, err := l.Store.Run(begin, name)
	if err != nil {
		return 0, err
	}
	s, err := RunSettings(run)
	if err != nil {
		return 0, err
	}
	if run.Finished() {
		return search.ParseEnd(run.Reason)
	}
	d, err := open(ctx, s)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	if err := s.estimate(d); err != nil {
		return 0, err
	}
	for i, began := range append([]evaluator.Conditions{run.Conditions}, s.furtherConditions()...) {
		if err := sameConditions(run.Name, began, d.All()[i].Conditions()); err != nil {
			return 0, Unusable{err}
		}
	}
	from, err := l.state(begin, run, s)
	if err != nil {
		return 0, err
	}
	return l.follow(ctx, run, s, d, from)
}

// history are the individuals of the generations up to the last one, after which
// another process may have added some: a screened search saves those
// that a generation evaluated as its population.
func (l Lab) history(ctx context.Context, run store.Run, last int) ([]search.Individual[space.Genotype], error) {
	generations, err := l.Store.Generations(ctx, run)
	if err != nil {
		return nil, err
	}
	var all []search.Individual[space.Genotype]
	for _, g := range generations {
		if g.Number > last {
			break
		}
		var kept saved
		if err := json.Unmarshal(g.State, &kept); err != nil {
			return nil, fmt.Errorf("generation %d of run %s: %w", g.Number, run.Name, err)
		}
		all = append(all, kept.Population...)
	}
	return all, nil
}

// OpenDevice opens the device of a run's settings.
type OpenDevice func(ctx context.Context, s Settings) (*device.Device, error)

// sameConditions refuses to mix results.
func sameConditions(run string, began, now evaluator.Conditions) error {
	if began == now {
		return nil
	}
	if began.Spec != now.Spec {
		return fmt.Errorf("run %s was begun under other conditions (%s; builder %+v) than there are now (%s; builder %+v); results of both can't be mixed: start a new run, or go back to that device, driver and TensorRT",
			run, report.Conditions(began), began.Builder, report.Conditions(now), now.Builder)
	}
	return fmt.Errorf("run %s was made with other models (%s, %s) than this program has (%s, %s); results of both can't be mixed: start a new run, or resume with the version of trtnas that began it",
		run, began.Latency, began.Accuracy, now.Latency, now.Accuracy)
}

// RunSettings reads a run's settings.
func RunSettings(run store.Run) (Settings, error) {
	var s Settings
	if err := json.Unmarshal(run.Settings, &s); err != nil {
		return s, fmt.Errorf("settings of run %s: %w", run.Name, err)
	}
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("settings of run %s: %w", run.Name, err)
	}
	return s, nil
}

// state rebuilds the search's state: the population from the last generation,
// the front and what was seen from all evaluations in their order.
func (l Lab) state(ctx context.Context, run store.Run, s Settings) (from start, err error) {
	last, ok, err := l.Store.LastGeneration(ctx, run)
	if err != nil || !ok {
		return from, err
	}
	var kept saved
	if err := json.Unmarshal(last.State, &kept); err != nil {
		return from, fmt.Errorf("generation %d of run %s: %w", last.Number, run.Name, err)
	}
	state := &search.State[space.Genotype]{Generation: last.Number, Population: kept.Population, Memo: kept.Memo}
	from.state = state
	if s.Algorithm == Screened {
		if state.History, err = l.history(ctx, run, last.Number); err != nil {
			return from, err
		}
	}
	// Only what the generation knew: another process may follow the run as well.
	for len(state.Seen) < last.Evaluated {
		results, err := some(ctx, l.Store, run, len(state.Seen))
		if err != nil {
			return from, err
		}
		if len(results) == 0 {
			return from, fmt.Errorf("run %s has %d results of the %d that its generation %d knew: `trtnas db check` tells what is damaged", run.Name, len(state.Seen), last.Evaluated, last.Number)
		}
		results = results[:min(len(results), last.Evaluated-len(state.Seen))]
		if err := s.recall(ctx, l.Store, results); err != nil {
			return from, err
		}
		from.rejected += s.rejected(results)
		for _, r := range results {
			state.Seen = append(state.Seen, r.ID)
			state.Front = append(state.Front, search.Individual[space.Genotype]{Key: r.ID, Outcome: s.outcome(r)})
		}
		state.Front = frontAndFailed(state.Front)
	}
	return from, nil
}

// frontAndFailed leaves out, of individuals in the order in which they were
// evaluated, those that others dominate.
func frontAndFailed(all []search.Individual[space.Genotype]) []search.Individual[space.Genotype] {
	var feasible, at []int
	objectives := make([][]float64, 0, len(all))
	for i, in := range all {
		switch {
		case in.Violation == 0:
			feasible, objectives = append(feasible, i), append(objectives, in.Objectives)
		case math.IsInf(in.Violation, 1):
			at = append(at, i)
		}
	}
	for _, i := range search.Front(objectives) {
		at = append(at, feasible[i])
	}
	slices.Sort(at)
	kept := make([]search.Individual[space.Genotype], len(at))
	for k, i := range at {
		kept[k] = all[i]
	}
	return kept
}
