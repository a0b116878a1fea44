package search

import (
	"context"
	"fmt"
	"math/rand"
)

// NSGA3 is NSGA-III (Deb and Jain 2014; with constraints Jain and Deb 2014):
// NSGA-II for three or more objectives, where nearly all candidates belong to
// one front and crowding distances say little. In their place it keeps as many
// members near each of a number of reference directions.
//
// Parents are chosen at random, but a feasible candidate wins against an
// infeasible one, and of two infeasible ones that with the smaller violation.
// Members have a Rank and no Crowding.
type NSGA3[G any] struct {
	// Directions are the reference directions, with a value of 0 or more for each
	// objective. See DasDennis.
	Directions [][]float64
	// Population is the number of members. 0 is one for each direction; with fewer
	// some directions stay without.
	Population int
	Seed       int64
	// Seeds are the first members of the first population; samples fill it up.
	Seeds []G
}

// Search implements Strategy.
func (n NSGA3[G]) Search(ctx context.Context, s *Session[G]) error {
	units, err := unitDirections(n.Directions)
	if err != nil {
		return err
	}
	if n.Population == 0 {
		n.Population = len(units)
	}
	if n.Population < 2 {
		return fmt.Errorf("NSGA-III with a population of %d: must be at least 2", n.Population)
	}
	n.Directions = units
	return evolve(ctx, s, n.Seed, "NSGA-III", n)
}

// propose implements evolution.
func (n NSGA3[G]) propose(s *Session[G], rng *rand.Rand) []Individual[G] {
	if s.Generation() == 0 {
		proposeFirst(s, n.Seeds, n.Population, rng)
		return nil
	}
	members := s.Population()
	room := n.Population - breed(s, byViolation(members), n.Population, rng)
	for room > 0 && proposeSample(s, rng) {
		room--
	}
	return members
}

// byViolation are the members with ranks and crowding distances that let the
// smaller violation win a tournament.
func byViolation[G any](members []Individual[G]) []Individual[G] {
	contestants := make([]Individual[G], len(members))
	for i, m := range members {
		m.Rank, m.Crowding = 0, -m.Violation
		contestants[i] = m
	}
	return contestants
}

// survivors implements evolution: the feasible by fronts and niches, then the
// infeasible by violation.
func (n NSGA3[G]) survivors(s *Session[G], all []Individual[G], rng *rand.Rand) ([]Individual[G], error) {
	feasible := make([]Individual[G], 0, len(all))
	var infeasible []Individual[G]
	for _, i := range all {
		if i.Violation > 0 {
			infeasible = append(infeasible, i)
			continue
		}
		if len(i.Objectives) != len(n.Directions[0]) {
			return nil, fmt.Errorf("candidate %s has %d objectives, the reference directions have %d", i.Key, len(i.Objectives), len(n.Directions[0]))
		}
		feasible = append(feasible, i)
	}
	best, fronts := n.selectFeasible(s.archive.points(), feasible, rng)
	if rest := n.Population - len(best); rest > 0 {
		rankInfeasible(infeasible, fronts)
		best = append(best, infeasible[:min(rest, len(infeasible))]...)
	}
	return best, nil
}

// selectFeasible selects by fronts, and by niches from the front that is the
// first not to fit in whole. It returns the number of fronts beside them.
func (n NSGA3[G]) selectFeasible(archive [][]float64, individuals []Individual[G], rng *rand.Rand) (best []Individual[G], fronts int) {
	points := make([][]float64, len(individuals))
	for i := range individuals {
		points[i] = individuals[i].Objectives
	}
	members := byRank(Ranks(points))
	var chosen [][]float64
	for rank, front := range members {
		if room := n.Population - len(best); len(front) > room {
			front = n.pick(archive, chosen, points, front, room, rng)
		}
		for _, i := range front {
			survivor := individuals[i]
			survivor.Rank, survivor.Crowding = rank, 0
			best, chosen = append(best, survivor), append(chosen, points[i])
		}
		if len(best) == n.Population {
			break
		}
	}
	return best, len(members)
}
