package search

import "slices"

// archive holds the feasible individuals that no other dominates, in
// lexicographic order of their objectives, so that only those before a point
// can dominate it and only those after it can be dominated.
type archive[G any] struct {
	members []Individual[G]
}

// add takes in an individual unless it is infeasible, or a member dominates it
// or has the same objectives.
func (a *archive[G]) add(in Individual[G]) {
	if in.Violation > 0 {
		return
	}
	in.Rank, in.Crowding = 0, 0
	at, found := slices.BinarySearchFunc(a.members, in.Objectives, func(m Individual[G], p []float64) int {
		return slices.Compare(m.Objectives, p)
	})
	if found || a.dominatedBefore(at, in.Objectives) {
		return
	}
	from := at
	if len(in.Objectives) == 2 {
		// Along a front of two objectives, what the new point dominates is the
		// stretch right behind it.
		for from < len(a.members) && Dominates(in.Objectives, a.members[from].Objectives) {
			from++
		}
		a.members = slices.Replace(a.members, at, from, in)
		return
	}
	kept := slices.DeleteFunc(a.members[at:], func(m Individual[G]) bool {
		return Dominates(in.Objectives, m.Objectives)
	})
	a.members = slices.Insert(a.members[:at+len(kept)], at, in)
}

// dominatedBefore reports whether one of the first n members dominates p. With
// two objectives the last of them has the least second objective, so that it
// does if any does.
func (a *archive[G]) dominatedBefore(n int, p []float64) bool {
	first := 0
	if len(p) == 2 {
		first = max(n-1, 0)
	}
	for i := n - 1; i >= first; i-- {
		if Dominates(a.members[i].Objectives, p) {
			return true
		}
	}
	return false
}

// objectives is the number of objectives, 0 as long as it is not known.
func (a *archive[G]) objectives() int {
	if len(a.members) == 0 {
		return 0
	}
	return len(a.members[0].Objectives)
}

func (a *archive[G]) front() []Individual[G] { return a.members }

func (a *archive[G]) hypervolume(reference []float64) float64 {
	if len(reference) == 0 {
		return 0
	}
	points := make([][]float64, len(a.members))
	for i, m := range a.members {
		points[i] = m.Objectives
	}
	return Hypervolume(points, reference)
}
