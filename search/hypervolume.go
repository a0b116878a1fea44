package search

import (
	"cmp"
	"slices"
)

// Hypervolume is the volume that the points dominate up to the reference
// point, for minimised objectives (Zitzler and Thiele 1998). It is exact. The
// points need not be non-dominated; one that is not below the reference in
// every objective contributes nothing.
//
// Two and three objectives take O(n log n) comparisons, by sweeping along the
// last objective and keeping the staircase of the others (Beume et al. 2009);
// each further objective costs a factor n (hypervolume by slicing objectives,
// While et al. 2006).
func Hypervolume(points [][]float64, reference []float64) float64 {
	inside := make([][]float64, 0, len(points))
	for _, p := range points {
		if below(p, reference) {
			inside = append(inside, p)
		}
	}
	if len(inside) == 0 {
		return 0
	}
	return volume(inside, reference)
}

func below(p, reference []float64) bool {
	for i, v := range p {
		if !(v < reference[i]) {
			return false
		}
	}
	return true
}

// volume is the hypervolume in the first len(reference) objectives of points
// that all are below the reference. It reorders the points.
func volume(points [][]float64, reference []float64) float64 {
	last := len(reference) - 1
	slices.SortFunc(points, func(a, b []float64) int { return cmp.Compare(a[last], b[last]) })
	var section func(i int) float64 // of the first i+1 points, in all objectives but the last
	switch last {
	case 0:
		return reference[0] - points[0][0]
	case 1:
		section = lengths(points, reference[0])
	case 2:
		section = areas(points, reference[0], reference[1])
	default:
		section = func(i int) float64 { return volume(slices.Clone(points[:i+1]), reference[:last]) }
	}
	total := 0.0
	for i, p := range points {
		next := reference[last]
		if i+1 < len(points) {
			next = points[i+1][last]
		}
		total += section(i) * (next - p[last])
	}
	return total
}

// lengths returns the sections of a sweep over two objectives.
func lengths(points [][]float64, right float64) func(i int) float64 {
	least := right
	return func(i int) float64 {
		least = min(least, points[i][0])
		return right - least
	}
}

// areas returns the sections of a sweep over three objectives.
func areas(points [][]float64, right, top float64) func(i int) float64 {
	var stairs staircase
	area := 0.0
	return func(i int) float64 {
		x, y := points[i][0], points[i][1]
		area += stairs.gain(x, y, right, top)
		stairs.add(x, y)
		return area
	}
}
