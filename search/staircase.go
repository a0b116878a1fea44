package search

import (
	"slices"
	"sort"
)

// staircase is the lower-left boundary of points in the plane: steps with x
// ascending and y descending.
type staircase struct {
	steps []step
}

type step struct{ x, y float64 }

// covers reports whether a step is at or below (x, y) in both coordinates.
func (s *staircase) covers(x, y float64) bool {
	i := s.beyond(x)
	return i > 0 && s.steps[i-1].y <= y
}

// beyond is the place of the first step right of x.
func (s *staircase) beyond(x float64) int {
	return sort.Search(len(s.steps), func(i int) bool { return s.steps[i].x > x })
}

// add puts a step at (x, y) in the place of those that it covers, or reports
// false if a step covers it.
func (s *staircase) add(x, y float64) bool {
	from, to, ok := s.covered(x, y)
	if ok {
		s.steps = slices.Replace(s.steps, from, to, step{x, y})
	}
	return ok
}

// covered is the range of steps that (x, y) covers; one with an equal x may
// stay before it, where it does no harm. It is false if a step covers (x, y).
func (s *staircase) covered(x, y float64) (from, to int, ok bool) {
	from = s.beyond(x)
	if from > 0 && s.steps[from-1].y <= y {
		return 0, 0, false
	}
	for to = from; to < len(s.steps) && s.steps[to].y >= y; to++ {
	}
	return from, to, true
}

// gain is the area above the staircase that add gains up to (right, top), a
// point beyond all steps.
func (s *staircase) gain(x, y, right, top float64) float64 {
	from, to, ok := s.covered(x, y)
	if !ok {
		return 0
	}
	edge, height := x, top
	if from > 0 {
		height = s.steps[from-1].y
	}
	area := 0.0
	for _, next := range s.steps[from:to] {
		area += (next.x - edge) * (height - y)
		edge, height = next.x, next.y
	}
	if to < len(s.steps) {
		right = s.steps[to].x
	}
	return area + (right-edge)*(height-y)
}
