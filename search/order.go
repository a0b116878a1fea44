package search

import (
	"cmp"
	"math/rand"
	"slices"
)

// selectBest ranks the individuals and returns the n best of them in NSGA-II's
// total order: by rank, then by crowding distance, then by their place in the
// argument. Their Rank and Crowding are set.
//
// Under constraint domination (Deb et al. 2002, section VI) every feasible
// individual comes before every infeasible one, and of two infeasible ones that
// with the smaller violation: each amount of violation is a front of its own.
func selectBest[G any](individuals []Individual[G], n int) []Individual[G] {
	feasible := make([]Individual[G], 0, len(individuals))
	var infeasible []Individual[G]
	for _, i := range individuals {
		if i.Violation == 0 {
			feasible = append(feasible, i)
		} else {
			infeasible = append(infeasible, i)
		}
	}
	best, fronts := selectFeasible(feasible, n)
	if len(best) == n {
		return best
	}
	rankInfeasible(infeasible, fronts)
	return append(best, infeasible[:min(n-len(best), len(infeasible))]...)
}

// selectFeasible is selectBest for feasible individuals. It returns the number
// of fronts beside them.
func selectFeasible[G any](individuals []Individual[G], n int) (best []Individual[G], fronts int) {
	points := make([][]float64, len(individuals))
	for i := range individuals {
		points[i] = individuals[i].Objectives
	}
	members := byRank(Ranks(points))
	best = make([]Individual[G], 0, n)
	for rank, front := range members {
		frontPoints := make([][]float64, len(front))
		for k, i := range front {
			frontPoints[k] = points[i]
		}
		crowding := Crowding(frontPoints)
		for _, k := range descending(crowding) {
			if len(best) == n {
				return best, len(members)
			}
			i := individuals[front[k]]
			i.Rank, i.Crowding = rank, crowding[k]
			best = append(best, i)
		}
	}
	return best, len(members)
}

// descending returns the indices of the values from the greatest down, equals
// in their order.
func descending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := cmp.Compare(values[b], values[a]); c != 0 {
			return c
		}
		return a - b
	})
	return order
}

// byRank lists the indices with each rank, in ascending order.
func byRank(ranks []int) [][]int {
	var members [][]int
	for i, rank := range ranks {
		for len(members) <= rank {
			members = append(members, nil)
		}
		members[rank] = append(members[rank], i)
	}
	return members
}

// rankInfeasible sorts by violation and numbers the amounts from rank on.
func rankInfeasible[G any](individuals []Individual[G], rank int) {
	slices.SortStableFunc(individuals, func(a, b Individual[G]) int { return cmp.Compare(a.Violation, b.Violation) })
	for i := range individuals {
		if i > 0 && individuals[i].Violation > individuals[i-1].Violation {
			rank++
		}
		individuals[i].Rank, individuals[i].Crowding = rank, 0
	}
}

// tournament selects parents by binary tournament. Contestants come from
// shuffled populations, so that over a generation all take part equally often,
// as in the authors' own program.
type tournament[G any] struct {
	population []Individual[G]
	rng        *rand.Rand
	queue      []int
	next       int
}

func newTournament[G any](population []Individual[G], rng *rand.Rand) *tournament[G] {
	t := &tournament[G]{population: population, rng: rng, queue: make([]int, len(population))}
	for i := range t.queue {
		t.queue[i] = i
	}
	t.next = len(t.queue)
	return t
}

// winner returns a parent's place in the population.
func (t *tournament[G]) winner() int {
	a, b := t.contestant(), t.contestant()
	if compare(&t.population[a], &t.population[b]) <= 0 { // of equals the first drawn, which is random
		return a
	}
	return b
}

func (t *tournament[G]) contestant() int {
	if t.next == len(t.queue) {
		t.rng.Shuffle(len(t.queue), func(i, j int) { t.queue[i], t.queue[j] = t.queue[j], t.queue[i] })
		t.next = 0
	}
	t.next++
	return t.queue[t.next-1]
}

// compare is the crowded comparison (Deb et al. 2002, section III-C): negative
// if a wins against b, 0 if neither does. The ranks see to the constraints.
func compare[G any](a, b *Individual[G]) int {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Crowding, a.Crowding))
}
