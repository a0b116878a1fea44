package search

import (
	"context"
	"math/rand"
)

// optimism are the numbers of standard deviations by which candidates are
// hoped to be better than expected, one after the other until the batch is
// full: when nothing promises to improve the front, more must be hoped for.
var optimism = []float64{1, 2, 4}

// screen proposes up to n candidates that the surrogate deems best, and
// returns their number.
func (c Screened[G]) screen(ctx context.Context, s *Session[G], n int) (int, error) {
	if len(s.config.Reference) == 0 {
		return 0, nil // nothing to measure an improvement by
	}
	proposed := 0
	for _, z := range optimism {
		pool, err := c.pool(ctx, s, z)
		if err != nil {
			return proposed, err
		}
		proposed += proposeBest(s, pool, n-proposed)
		if proposed == n {
			break
		}
	}
	return proposed, nil
}

// pool breeds candidates on what the surrogate believes of them, from the
// front of what was evaluated, and returns those that are new and hoped to be
// feasible.
func (c Screened[G]) pool(ctx context.Context, s *Session[G], z float64) ([]Individual[G], error) {
	known := make(map[string]Outcome, len(s.history))
	for _, i := range s.history {
		known[i.Key] = i.Outcome
	}
	var pool []Individual[G]
	believe := func(ctx context.Context, gs []G) ([]Outcome, error) {
		outcomes, err := c.Surrogate.Believe(ctx, gs, -z)
		if err != nil {
			return nil, err
		}
		for i, g := range gs {
			key := s.Problem.Key(g)
			if found, ok := known[key]; ok {
				outcomes[i] = found
			} else if outcomes[i].Violation == 0 {
				pool = append(pool, Individual[G]{Genotype: g, Key: key, Outcome: outcomes[i]})
			}
		}
		return outcomes, nil
	}
	_, err := Run(ctx, Config[G]{
		Problem: s.Problem, Evaluate: believe, Budget: c.Inner, Reference: s.config.Reference,
		Strategy: NSGA2[G]{Population: c.Population, Seed: c.Seed ^ int64(s.Generation()+1)<<20 ^ int64(z)<<50, Seeds: c.start(s)},
	})
	return pool, err
}

// start is the best of what was evaluated, half a population of it; samples
// fill it up.
func (c Screened[G]) start(s *Session[G]) []G {
	var seeds []G
	for _, i := range selectBest(s.history, c.Population/2) {
		seeds = append(seeds, i.Genotype)
	}
	return seeds
}

// proposeBest proposes up to n candidates, each the one that adds most to the
// hypervolume of the front and of those before it, and returns their number.
func proposeBest[G any](s *Session[G], pool []Individual[G], n int) int {
	front := s.archive.points()
	for _, i := range s.proposed {
		if o, ok := find(pool, i.Key); ok {
			front = append(front, o.Objectives)
		}
	}
	proposed := 0
	for proposed < n {
		best, gain := -1, 0.0
		volume := gains(front, s.config.Reference)
		for i, p := range pool {
			if g := volume(p.Objectives); g > gain {
				best, gain = i, g
			}
		}
		if best < 0 {
			return proposed
		}
		if s.Propose(pool[best].Genotype) {
			proposed++
			front = append(front, pool[best].Objectives)
		}
		pool[best] = pool[len(pool)-1]
		pool = pool[:len(pool)-1]
	}
	return proposed
}

func find[G any](pool []Individual[G], key string) (Individual[G], bool) {
	for _, i := range pool {
		if i.Key == key {
			return i, true
		}
	}
	return Individual[G]{}, false
}

// gains returns how much hypervolume a point would add to the front.
func gains(front [][]float64, reference []float64) func([]float64) float64 {
	if len(reference) == 2 {
		var stairs staircase
		for _, i := range Front(front) {
			if below(front[i], reference) {
				stairs.add(front[i][0], front[i][1])
			}
		}
		return func(p []float64) float64 {
			if !below(p, reference) {
				return 0
			}
			return stairs.gain(p[0], p[1], reference[0], reference[1])
		}
	}
	volume := Hypervolume(front, reference)
	return func(p []float64) float64 {
		if !below(p, reference) || dominated(p, front) {
			return 0
		}
		return Hypervolume(append(front[:len(front):len(front)], p), reference) - volume
	}
}

func dominated(p []float64, front [][]float64) bool {
	for _, f := range front {
		if Dominates(f, p) {
			return true
		}
	}
	return false
}

// breed proposes up to n children of the population, as NSGA-II does, and
// returns their number.
func breed[G any](s *Session[G], population []Individual[G], n int, rng *rand.Rand) int {
	mating := newTournament(population, rng)
	proposed := 0
	for tries := 0; proposed < n && tries < n*mutateTries; tries++ {
		a, b := population[mating.winner()].Genotype, population[mating.winner()].Genotype
		a, b = s.Problem.Cross(a, b, rng)
		for _, child := range []G{a, b} {
			if proposed < n && s.Propose(s.Problem.Mutate(child, rng)) {
				proposed++
			}
		}
	}
	return proposed
}
