// Package search finds the Pareto front of candidates whose objectives are
// minimised under a constraint. It knows nothing of what a candidate is: a
// Problem breeds genotypes, an Evaluate function scores them, a Strategy
// chooses which, and Run holds the loop around them: the budget, the front,
// the hypervolume, saving and going on after a stop.
package search

import (
	"context"
	"fmt"
	"math"
	"math/rand"
)

// Problem is all that a strategy may know of the genotypes it breeds. The
// operators return new genotypes and leave their arguments as they are. The
// random source is that of math/rand, as eaopt's is.
type Problem[G any] interface {
	Sample(rng *rand.Rand) G
	Mutate(g G, rng *rand.Rand) G
	Cross(a, b G, rng *rand.Rand) (G, G)
	// Key names the candidate: equal candidates have equal keys.
	Key(g G) string
}

// Outcome is what evaluating one candidate gave.
type Outcome struct {
	// Objectives are minimised, and finite. A candidate that failed has none.
	Objectives []float64
	// Violation is the amount by which the constraints are missed: 0 for a
	// feasible candidate, +Inf for one that failed.
	Violation float64
}

// Failed is the outcome of a candidate that could not be evaluated. Any other
// comes before it.
func Failed() Outcome { return Outcome{Violation: math.Inf(1)} }

// Evaluate scores one generation: one outcome for each genotype, in their
// order. It may keep what it likes, but not change the outcomes later. An
// error ends the run; a candidate's own failure is an Outcome (see Failed).
type Evaluate[G any] func(ctx context.Context, gs []G) ([]Outcome, error)

// Individual is an evaluated candidate.
type Individual[G any] struct {
	Genotype G
	Key      string
	Outcome
	// Rank is the number of the individual's front and Crowding its crowding
	// distance, both among the individuals that it was selected from (or what the
	// strategy says that they are). They are part of the state, because they can't
	// be had again from the survivors. Outside a population both are 0.
	Rank     int
	Crowding float64
}

// Strategy chooses the candidates. For each generation it proposes candidates
// to the session, has them evaluated, and ends the generation, until the
// session or its own lack of new candidates returns an End, which it passes on.
// All that it needs to go on after a stop has to be in the session's State, so
// that a resumed search takes the same way as one that was never stopped.
type Strategy[G any] interface {
	Search(ctx context.Context, s *Session[G]) error
}

// End is why a search is over. Between a strategy and Run it travels as an
// error, as io.EOF does; Run returns it as part of its result.
type End int

const (
	// BudgetSpent is the end of a search that made all its evaluations.
	BudgetSpent End = iota + 1
	// Stopped is the end of a search that Config.Stop or the context stopped;
	// it can be resumed.
	Stopped
	// Exhausted is the end of a search that finds no candidate it has not
	// evaluated.
	Exhausted
)

func (e End) String() string {
	switch e {
	case BudgetSpent:
		return "budget spent"
	case Stopped:
		return "stopped"
	case Exhausted:
		return "space exhausted"
	}
	return "running"
}

// ParseEnd reads what String writes.
func ParseEnd(s string) (End, error) {
	for e := BudgetSpent; e <= Exhausted; e++ {
		if e.String() == s {
			return e, nil
		}
	}
	return 0, fmt.Errorf("%q is no end of a search", s)
}

func (e End) Error() string { return "search over: " + e.String() }
