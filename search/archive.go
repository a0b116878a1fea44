package search

import "slices"

// archive holds the feasible individuals that no other dominates, in
// lexicographic order of their objectives; of equals the first that came.
type archive[G any] struct {
	members []*Individual[G]
}

// add takes in what a generation evaluated: one sweep over the members and the
// feasible newcomers in their common order. It keeps the individuals where they
// are, and so they must not change any more.
func (a *archive[G]) add(individuals []Individual[G]) {
	var fresh []*Individual[G]
	for i := range individuals {
		if individuals[i].Violation == 0 {
			fresh = append(fresh, &individuals[i])
		}
	}
	if len(fresh) == 0 {
		return
	}
	slices.SortStableFunc(fresh, func(x, y *Individual[G]) int { return slices.Compare(x.Objectives, y.Objectives) })
	front, seen := make([]*Individual[G], 0, len(a.members)+len(fresh)), newCover(len(fresh[0].Objectives))
	for old := a.members; len(old)+len(fresh) > 0; {
		from := &old
		if len(old) == 0 || len(fresh) > 0 && slices.Compare(fresh[0].Objectives, old[0].Objectives) < 0 {
			from = &fresh
		}
		next := (*from)[0]
		*from = (*from)[1:]
		if seen.add(next.Objectives) {
			front = append(front, next)
		}
	}
	a.members = front
}

// front returns the members as they were evaluated, without a rank.
func (a *archive[G]) front() []Individual[G] {
	front := make([]Individual[G], len(a.members))
	for i, m := range a.members {
		front[i] = *m
		front[i].Rank, front[i].Crowding = 0, 0
	}
	return front
}

func (a *archive[G]) hypervolume(reference []float64) float64 {
	if len(reference) == 0 {
		return 0
	}
	return Hypervolume(a.points(), reference)
}

func (a *archive[G]) points() [][]float64 {
	points := make([][]float64, len(a.members))
	for i, m := range a.members {
		points[i] = m.Objectives
	}
	return points
}
