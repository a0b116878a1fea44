package search

import (
	"cmp"
	"context"
	"math/rand"
	"slices"
	"sort"
)

// optimism are the numbers of standard deviations by which candidates are
// hoped to be better than expected, one after the other until the batch is
// full: when nothing promises to improve the front, more must be hoped for.
var optimism = []float64{1, 2, 4}

// Explorers are one in explorers of a batch. A surrogate knows least, and errs
// most confidently, far from what was evaluated, so that a search which only
// goes on from its front stays in the first basin that it met. They begin when
// a good front is at hand, which two rounds are enough for.
const (
	explorers       = 4
	exploreFrom     = 2
	exploreOptimism = 3
)

// screen proposes up to n candidates that the surrogate deems best, and
// returns their number.
func (c Screened[G]) screen(ctx context.Context, s *Session[G], n int) (int, error) {
	if len(s.config.Reference) == 0 {
		return 0, nil // nothing to measure an improvement by
	}
	proposed := 0
	if s.Generation() >= exploreFrom {
		pool, err := c.pool(ctx, s, exploreOptimism, nil)
		if err != nil {
			return 0, err
		}
		proposed = proposeBest(s, pool, n/explorers)
	}
	for _, z := range optimism {
		pool, err := c.pool(ctx, s, z, c.start(s))
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

// pool breeds candidates on what the surrogate believes of them, from seeds and
// samples, and returns those that are new and hoped to be feasible.
func (c Screened[G]) pool(ctx context.Context, s *Session[G], z float64, seeds []G) ([]Individual[G], error) {
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
		Problem: s.Problem, Evaluate: believe, Budget: c.Inner, Reference: s.config.Reference, Admit: s.config.Admit,
		Strategy: NSGA2[G]{Population: c.Population, Seed: c.Seed ^ int64(s.Generation()+1)<<20 ^ int64(z)<<50, Seeds: seeds},
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
// hypervolume of the front and of those before it, and returns their number. A
// candidate's gain can only shrink as others join the front, so that only the
// foremost have to be looked at again.
func proposeBest[G any](s *Session[G], pool []Individual[G], n int) int {
	front := s.archive.points()
	volume := gains(front, s.config.Reference)
	var queue []hopeful
	for i, p := range pool {
		if g := volume(p.Objectives); g > 0 {
			queue = append(queue, hopeful{i, g, 0})
		}
	}
	slices.SortStableFunc(queue, func(a, b hopeful) int { return cmp.Compare(b.gain, a.gain) })
	proposed := 0
	for len(queue) > 0 && proposed < n {
		first := queue[0]
		queue = queue[1:]
		candidate := pool[first.index]
		if first.round < proposed {
			first.gain, first.round = volume(candidate.Objectives), proposed
			if first.gain > 0 {
				queue = insert(queue, first)
			}
			continue
		}
		if s.Propose(candidate.Genotype) {
			proposed++
			front = append(front, candidate.Objectives)
			volume = gains(front, s.config.Reference)
		}
	}
	return proposed
}

// hopeful is a candidate of a pool with the gain that it had when so many
// others were proposed.
type hopeful struct {
	index int
	gain  float64
	round int
}

// insert keeps the queue in descending order of the gains.
func insert(queue []hopeful, h hopeful) []hopeful {
	at := sort.Search(len(queue), func(i int) bool { return queue[i].gain <= h.gain })
	return slices.Insert(queue, at, h)
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
