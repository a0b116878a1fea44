package search

import (
	"context"
	"fmt"
	"math/rand"
)

// Regularised is regularised evolution, also called aging evolution (Real et
// al. 2019, "Regularized Evolution for Image Classifier Architecture Search",
// section 3). The population is a queue. Members are drawn from it at random,
// the best of them is mutated, the mutant joins the queue, and the oldest
// member leaves it, however good it is: what lasts has been found again and
// again. The best of all that was evaluated is in the session's front.
//
// The paper has one objective. Here the best of a draw is the first by NSGA-II's
// order (constraint domination, rank, crowding distance) in the whole
// population: ranked among the few that were drawn, the ends of the front would
// win nearly always, since two members of any draw are its ends.
//
// State.Population is the queue, the oldest first.
type Regularised[G any] struct {
	// Population is the number of members, at least 1; 100 in the paper.
	Population int
	// Sample is how many members are drawn, with replacement, for each mutant. 0
	// is a quarter of the population, as in the paper.
	Sample int
	// Batch is the number of mutants in a generation: they are evaluated together
	// and know nothing of each other. 1 is the paper's algorithm on a single
	// worker. 0 is a tenth of the population, a delay that is short beside a
	// member's life.
	Batch int
	Seed  int64
	// Seeds are the first members of the first population; samples fill it up.
	Seeds []G
}

// Search implements Strategy.
func (r Regularised[G]) Search(ctx context.Context, s *Session[G]) error {
	if r.Population < 1 || r.Sample < 0 || r.Batch < 0 {
		return fmt.Errorf("regularised evolution with a population of %d, draws of %d and batches of %d: the first must be at least 1, the others 0 for the default or more",
			r.Population, r.Sample, r.Batch)
	}
	if r.Sample == 0 {
		r.Sample = max(r.Population/4, 1)
	}
	if r.Batch == 0 {
		r.Batch = max(r.Population/10, 1)
	}
	return evolve(ctx, s, r.Seed, "regularised evolution", r)
}

// propose implements evolution.
func (r Regularised[G]) propose(s *Session[G], rng *rand.Rand) []Individual[G] {
	members := s.Population()
	if s.Generation() == 0 {
		proposeFirst(s, r.Seeds, r.Population, rng)
		return nil
	}
	for range r.Batch {
		if !proposeMutant(s, r.parent(members, rng).Genotype, rng) && !proposeSample(s, rng) {
			break
		}
	}
	return members
}

// parent is the best of a draw; of equals the first drawn, which is random.
func (r Regularised[G]) parent(members []Individual[G], rng *rand.Rand) *Individual[G] {
	best := &members[rng.Intn(len(members))]
	for range r.Sample - 1 {
		if drawn := &members[rng.Intn(len(members))]; compare(drawn, best) < 0 {
			best = drawn
		}
	}
	return best
}

// survivors implements evolution: the youngest, ranked.
func (r Regularised[G]) survivors(_ *Session[G], all []Individual[G], _ *rand.Rand) ([]Individual[G], error) {
	queue := all[max(len(all)-r.Population, 0):]
	ranked := make(map[string]Individual[G], len(queue))
	for _, i := range selectBest(queue, len(queue)) {
		ranked[i.Key] = i
	}
	for i := range queue {
		queue[i] = ranked[queue[i].Key]
	}
	return queue, nil
}
