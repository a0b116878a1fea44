package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Resume goes on with a run that was stopped or killed. There is nothing left to
// do for a finished one.
func (l Lab) Resume(ctx context.Context, name string) (search.End, error) {
	run, err := l.Store.Run(ctx, name)
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
	models, err := Models(s.Spec)
	if err != nil {
		return 0, err
	}
	if run.Conditions != models.Conditions() {
		return 0, Unusable{fmt.Errorf("run %s was made with other models (%s, %s) than this program has (%s, %s); results of both can't be mixed: start a new run, or resume with the version of trtnas that began it",
			name, run.Conditions.Latency, run.Conditions.Accuracy, models.Conditions().Latency, models.Conditions().Accuracy)}
	}
	from, err := l.state(ctx, run, s)
	if err != nil {
		return 0, err
	}
	return l.follow(ctx, run, s, models, from)
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
func (l Lab) state(ctx context.Context, run store.Run, s Settings) (*search.State[space.Genotype], error) {
	last, ok, err := l.Store.LastGeneration(ctx, run)
	if err != nil || !ok {
		return nil, err
	}
	var kept saved
	if err := json.Unmarshal(last.State, &kept); err != nil {
		return nil, fmt.Errorf("generation %d of run %s: %w", last.Number, run.Name, err)
	}
	state := &search.State[space.Genotype]{Generation: last.Number, Population: kept.Population}
	for r, err := range l.Store.Evaluations(ctx, run) {
		if err != nil {
			return nil, err
		}
		state.Seen = append(state.Seen, r.ID)
		state.Front = append(state.Front, search.Individual[space.Genotype]{Key: r.ID, Outcome: outcome(r, time.Duration(s.Budget))})
	}
	return state, nil
}
