package search

import (
	"cmp"
	"context"
	"fmt"
	"math/rand"
	"slices"
)

// Local is Pareto local search (Paquete, Chiarandini and Stützle 2004): an
// archive of candidates that do not dominate each other, of which one that was
// not expanded is chosen at random and expanded, that is, its neighbours are
// evaluated, and the archive takes in those that none of it dominates. When all
// are expanded, the archive is a local optimum, and another climb begins at new
// samples with an archive of its own; the session's front is that of all
// climbs. Under constraint domination a climb without a feasible candidate
// holds only the first with the least violation.
//
// With one objective it is the local search of White et al. (2021, "Exploring
// the Loss Landscape in Neural Architecture Search"), which was found to be as
// good as much more elaborate strategies.
//
// A Problem has no list of neighbours. They are distinct mutants, and for a
// large neighbourhood a random part of it.
//
// State.Population is the archive of the climb. All of it is one front, so that
// Rank has another use there: 0 is a member to be expanded, 1 an expanded one.
type Local[G any] struct {
	// Neighbours is how many are evaluated for a member, in one generation, and
	// the number of samples that a climb begins with. 0 is 32.
	Neighbours int
	Seed       int64
	// Seeds are the first of those that the first climb begins with.
	Seeds []G
}

const (
	defaultNeighbours = 32

	unexpanded = 0
	expanded   = 1
)

// Search implements Strategy.
func (l Local[G]) Search(ctx context.Context, s *Session[G]) error {
	if l.Neighbours < 0 {
		return fmt.Errorf("local search with %d neighbours: must be 0 for the default or more", l.Neighbours)
	}
	if l.Neighbours == 0 {
		l.Neighbours = defaultNeighbours
	}
	return evolve(ctx, s, l.Seed, "local search", l)
}

// propose implements evolution. A member of which all neighbours were evaluated
// counts as expanded.
func (l Local[G]) propose(s *Session[G], rng *rand.Rand) []Individual[G] {
	if s.Generation() == 0 {
		proposeFirst(s, l.Seeds, l.Neighbours, rng)
		return nil
	}
	members := slices.Clone(s.Population())
	for _, k := range rng.Perm(len(members)) {
		if m := &members[k]; m.Rank == unexpanded {
			m.Rank = expanded
			if l.expand(s, m.Genotype, rng) {
				return members
			}
		}
	}
	proposeFirst(s, nil, l.Neighbours, rng)
	return nil
}

// expand proposes the neighbours, and reports whether one is new.
func (l Local[G]) expand(s *Session[G], g G, rng *rand.Rand) bool {
	proposed := 0
	for tries := 0; proposed < l.Neighbours && tries < l.Neighbours*mutateTries; tries++ {
		if s.Propose(s.Problem.Mutate(g, rng)) {
			proposed++
		}
	}
	return proposed > 0
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
