package search

import (
	"cmp"
	"context"
	"fmt"
	"math/rand"
	"slices"
)

// Local is Pareto local search (Paquete, Chiarandini and Stützle 2004): an
// archive of candidates that do not dominate each other takes in those of their
// neighbours that none of it dominates. When all neighbours are known, it is a
// local optimum, and another climb begins at new samples with an archive of its
// own; the session's front is that of all climbs. Under constraint domination a
// climb without a feasible candidate holds only the first with the least
// violation. With one objective this is the local search of White et al. (2021,
// "Exploring the Loss Landscape in Neural Architecture Search").
//
// A Problem has no list of neighbours: a neighbour is a mutant. Of a large
// neighbourhood a budget reaches a part, and so the members take turns: the next
// neighbour is one of the member that had the fewest, as in the fair
// evolutionary optimiser (Laumanns et al. 2004, FEMO). Tried on four problems of
// one and two objectives, that was better than many neighbours of one member at
// once, and much better than to call a member done after a part of them.
//
// State.Population is the archive of the climb. All of it is one front, so that
// Rank has another use there: the number of times that the member had its turn.
type Local[G any] struct {
	// Batch is the number of neighbours in a generation, and of the samples that a
	// climb begins with. 0 is 16; it matters little.
	Batch int
	Seed  int64
	// Seeds are the first of those that the first climb begins with.
	Seeds []G
}

const (
	defaultLocalBatch = 16
	// How many mutants are drawn until the neighbours count as known. While a
	// share p is not, they miss it with probability (1-p)^100.
	neighbourTries = 100
)

// Search implements Strategy.
func (l Local[G]) Search(ctx context.Context, s *Session[G]) error {
	if l.Batch < 0 {
		return fmt.Errorf("local search with batches of %d: must be 0 for the default or more", l.Batch)
	}
	if l.Batch == 0 {
		l.Batch = defaultLocalBatch
	}
	return evolve(ctx, s, l.Seed, "local search", l)
}

// propose implements evolution.
func (l Local[G]) propose(s *Session[G], rng *rand.Rand) []Individual[G] {
	members := slices.Clone(s.Population())
	turns := rng.Perm(len(members))
	proposed := 0
	for proposed < l.Batch && s.Room() > 0 && len(turns) > 0 {
		slices.SortStableFunc(turns, func(a, b int) int { return cmp.Compare(members[a].Rank, members[b].Rank) })
		next := &members[turns[0]]
		next.Rank++
		if proposeNeighbour(s, next.Genotype, rng) {
			proposed++
		} else {
			turns = turns[1:]
		}
	}
	if proposed > 0 {
		return members
	}
	var seeds []G
	if s.Generation() == 0 {
		seeds = l.Seeds
	}
	proposeFirst(s, seeds, l.Batch, rng)
	return nil
}

// proposeNeighbour proposes a mutant, and reports whether it found a new one.
func proposeNeighbour[G any](s *Session[G], g G, rng *rand.Rand) bool {
	for range neighbourTries {
		if s.Propose(s.Problem.Mutate(g, rng)) {
			return true
		}
	}
	return false
}

// survivors implements evolution: the archive, in ascending order of the
// objectives.
func (l Local[G]) survivors(_ *Session[G], all []Individual[G], _ *rand.Rand) ([]Individual[G], error) {
	var climb archive[G]
	climb.add(all)
	if len(climb.members) == 0 {
		least := slices.MinFunc(all, func(a, b Individual[G]) int { return cmp.Compare(a.Violation, b.Violation) })
		return []Individual[G]{least}, nil
	}
	population := make([]Individual[G], len(climb.members))
	for i, m := range climb.members {
		population[i] = *m
	}
	return population, nil
}
