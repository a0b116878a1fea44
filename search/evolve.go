package search

import (
	"context"
	"fmt"
	"math/rand"
)

// evolution is what strategies in a plain loop differ in.
type evolution[G any] interface {
	// propose proposes the next generation's candidates, and returns the members
	// of the population that meet them in the selection.
	propose(s *Session[G], rng *rand.Rand) []Individual[G]
	// survivors selects the population from those members, which come first, and
	// the evaluated candidates. It may change its argument.
	survivors(s *Session[G], all []Individual[G], rng *rand.Rand) ([]Individual[G], error)
}

// evolve is the loop around an evolution. The name is that of the strategy.
func evolve[G any](ctx context.Context, s *Session[G], seed int64, name string, e evolution[G]) error {
	if s.Generation() > 0 && len(s.Population()) == 0 {
		return fmt.Errorf("state of generation %d has no population: it is not one of %s", s.Generation(), name)
	}
	for {
		rng := generationRNG(seed, s.Generation())
		members := e.propose(s, rng)
		children, err := s.Evaluate(ctx)
		if err != nil {
			return err
		}
		all := append(append(make([]Individual[G], 0, len(members)+len(children)), members...), children...)
		population, err := e.survivors(s, all, rng)
		if err != nil {
			return err
		}
		if err := s.EndGeneration(ctx, population); err != nil {
			return err
		}
	}
}

// proposeFirst proposes n candidates to begin with: the seeds, then samples.
func proposeFirst[G any](s *Session[G], seeds []G, n int, rng *rand.Rand) {
	proposed := 0
	for _, g := range seeds {
		if proposed < n && s.Propose(g) {
			proposed++
		}
	}
	for proposed < n && proposeSample(s, rng) {
		proposed++
	}
}

// proposeMutant mutates a genotype until it is new, each try from the last, so
// that it gets away from where all is known. It reports whether it did.
func proposeMutant[G any](s *Session[G], g G, rng *rand.Rand) bool {
	for range mutateTries {
		g = s.Problem.Mutate(g, rng)
		if s.Propose(g) {
			return true
		}
	}
	return false
}
