package search

import "slices"

// staircase is the lower-left boundary of points in the plane: steps with x
// ascending and y descending.
type staircase struct {
	x, y []float64
}

// covers reports whether a step is at or below (x, y) in both coordinates.
func (s *staircase) covers(x, y float64) bool {
	i, found := slices.BinarySearch(s.x, x)
	if found {
		i++
	}
	return i > 0 && s.y[i-1] <= y
}

// covered is the range of steps that (x, y), itself not covered, covers.
func (s *staircase) covered(x, y float64) (from, to int) {
	from, _ = slices.BinarySearch(s.x, x)
	for to = from; to < len(s.x) && s.y[to] >= y; to++ {
	}
	return from, to
}

// add puts a step at (x, y), which must not be covered, in the place of those
// that it covers.
func (s *staircase) add(x, y float64) {
	from, to := s.covered(x, y)
	s.x = slices.Replace(s.x, from, to, x)
	s.y = slices.Replace(s.y, from, to, y)
}

// gain is the area that add would gain above the staircase up to (right, top),
// a point beyond all steps.
func (s *staircase) gain(x, y, right, top float64) float64 {
	from, to := s.covered(x, y)
	edge, height := x, top
	if from > 0 {
		height = s.y[from-1]
	}
	area := 0.0
	for i := from; i < to; i++ {
		area += (s.x[i] - edge) * (height - y)
		edge, height = s.x[i], s.y[i]
	}
	if to < len(s.x) {
		right = s.x[to]
	}
	return area + (right-edge)*(height-y)
}
