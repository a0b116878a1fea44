package search

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Dominates reports whether a is nowhere worse than b and somewhere better.
func Dominates(a, b []float64) bool {
	better := false
	for i, v := range a {
		if v > b[i] {
			return false
		}
		better = better || v < b[i]
	}
	return better
}

// Front returns the indices of the points that no other dominates, in
// lexicographic order of the points. Of equal points it returns the first.
// It takes O(n log n) for two and three objectives, else O(n²) at worst.
func Front(points [][]float64) []int {
	var front []int
	var seen cover
	for _, i := range lexicographic(points) {
		p := points[i]
		if seen == nil {
			seen = newCover(len(p))
		}
		if seen.add(p) {
			front = append(front, i)
		}
	}
	return front
}

// Ranks returns the number of each point's front, from 0: front 0 are the
// points that no other dominates, front k those that only points of fronts
// below k dominate (Deb et al. 2002, section III-A). The fronts are found one
// point at a time in lexicographic order (Zhang et al. 2015, ENS-BS); for two
// and three objectives a front is the staircase of its points, so that all of
// it takes O(n log² n).
func Ranks(points [][]float64) []int {
	ranks := make([]int, len(points))
	var fronts []cover
	var before []float64 // in lexicographic order
	rank := 0
	for _, i := range lexicographic(points) {
		p := points[i]
		if before == nil || !slices.Equal(p, before) { // equal points share a front
			rank = sort.Search(len(fronts), func(k int) bool { return !fronts[k].covers(p) })
			if rank == len(fronts) {
				fronts = append(fronts, newCover(len(p)))
			}
			fronts[rank].add(p)
		}
		ranks[i], before = rank, p
	}
	return ranks
}

func lexicographic(points [][]float64) []int {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := slices.Compare(points[a], points[b]); c != 0 {
			return c
		}
		return a - b
	})
	return order
}

// Crowding returns the crowding distance of each point of one front, infinite
// for the ends: the sum over the objectives of the gap between a point's
// neighbours as a share of the front's range (Deb et al. 2002, section III-B).
// An objective in which all points are equal says nothing, and has no ends.
func Crowding(points [][]float64) []float64 {
	distance := make([]float64, len(points))
	if len(points) == 0 {
		return distance
	}
	type entry struct {
		value float64
		index int
	}
	order := make([]entry, len(points))
	last := len(points) - 1
	for m := range points[0] {
		for i, p := range points {
			order[i] = entry{p[m], i}
		}
		slices.SortFunc(order, func(a, b entry) int {
			if c := cmp.Compare(a.value, b.value); c != 0 {
				return c
			}
			return a.index - b.index
		})
		width := order[last].value - order[0].value
		if width == 0 && last > 1 {
			continue
		}
		distance[order[0].index], distance[order[last].index] = math.Inf(1), math.Inf(1)
		for k := 1; k < last; k++ {
			distance[order[k].index] += (order[k+1].value - order[k-1].value) / width
		}
	}
	return distance
}

// cover holds points that came in lexicographic order, which leaves the first
// objective out of the question whether one of them is nowhere worse than p.
type cover interface {
	covers(p []float64) bool
	add(p []float64) bool // false if p is covered
}

func newCover(objectives int) cover {
	switch objectives {
	case 2:
		return &leastCover{math.Inf(1)}
	case 3:
		return &stairCover{}
	}
	return &listCover{}
}

// leastCover covers two objectives by the least second one.
type leastCover struct{ least float64 }

func (c *leastCover) covers(p []float64) bool { return c.least <= p[1] }

func (c *leastCover) add(p []float64) bool {
	if c.covers(p) {
		return false
	}
	c.least = p[1]
	return true
}

// stairCover covers three objectives by the staircase of the last two.
type stairCover struct{ staircase }

func (c *stairCover) covers(p []float64) bool { return c.staircase.covers(p[1], p[2]) }
func (c *stairCover) add(p []float64) bool    { return c.staircase.add(p[1], p[2]) }

// listCover covers any number of objectives.
type listCover struct{ points [][]float64 }

func (c *listCover) covers(p []float64) bool {
	for i := len(c.points) - 1; i >= 0; i-- { // the nearest in order is the likeliest
		if nowhereWorse(c.points[i], p) {
			return true
		}
	}
	return false
}

func (c *listCover) add(p []float64) bool {
	if c.covers(p) {
		return false
	}
	c.points = append(c.points, p)
	return true
}

func nowhereWorse(a, b []float64) bool {
	for i, v := range a {
		if v > b[i] {
			return false
		}
	}
	return true
}
