package search

import (
	"context"
	"errors"
	"fmt"
)

// Config says what Run searches.
type Config[G any] struct {
	Problem  Problem[G]
	Strategy Strategy[G]
	Evaluate Evaluate[G]
	// Admit tells of a candidate, at no cost, whether it may be evaluated; those
	// that it refuses count as met. Nil admits all.
	Admit func(G) bool
	// Budget is the number of distinct candidates to evaluate, those of From
	// included. The last generation is cut to meet it exactly.
	Budget int
	// Reference is the point up to which the hypervolume is computed, one value
	// for each objective. It must stay the same over a run and its resumptions.
	// Without it no hypervolume is computed.
	Reference []float64
	// Stop is asked between generations whether to stop there; nil is never. A
	// cancelled context stops sooner, and loses the generation under way.
	Stop func() bool
	// Save is told of every finished generation. Its error ends the run. Nil
	// saves nothing.
	Save func(Progress[G]) error
	// From is the state to go on from; nil starts afresh. Given a state that was
	// saved, the search takes the same way as if it had never stopped.
	From *State[G]
}

// Result is where a search ended, and why.
type Result[G any] struct {
	State[G]
	Hypervolume float64
	End         End
}

// Run searches until the budget is spent, it is stopped, or there is no new
// candidate. Errors are those of Evaluate and Save, settings that can't be
// right, and outcomes that are no outcomes.
func Run[G any](ctx context.Context, c Config[G]) (Result[G], error) {
	s, err := newSession(c)
	if err != nil {
		return Result[G]{}, err
	}
	err = s.over(ctx)
	if err == nil {
		err = c.Strategy.Search(ctx, s)
	}
	var end End
	switch {
	case errors.As(err, &end):
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		end = Stopped
	case err == nil:
		return Result[G]{}, fmt.Errorf("search: strategy %T returned without saying why", c.Strategy)
	default:
		return Result[G]{}, fmt.Errorf("search: generation %d: %w", s.Generation(), err)
	}
	return Result[G]{State: s.state(), Hypervolume: s.archive.hypervolume(c.Reference), End: end}, nil
}
