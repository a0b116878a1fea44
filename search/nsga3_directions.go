package search

import (
	"fmt"
	"math"
	"slices"
)

// DasDennis returns the points of the unit simplex whose coordinates are
// multiples of 1/partitions, in ascending order: evenly spread reference
// directions for NSGA3 (Das and Dennis 1998). There are as many as ways to
// choose objectives-1 out of objectives+partitions-1; see Partitions. With fewer
// partitions than objectives all of them lie on the simplex's edge. Both numbers
// must be at least 1.
func DasDennis(objectives, partitions int) [][]float64 {
	var all [][]float64
	direction := make([]float64, objectives)
	var fill func(k, left int)
	fill = func(k, left int) {
		if k == objectives-1 {
			direction[k] = float64(left) / float64(partitions)
			all = append(all, slices.Clone(direction))
			return
		}
		for share := range left + 1 {
			direction[k] = float64(share) / float64(partitions)
			fill(k+1, left-share)
		}
	}
	fill(0, partitions)
	return all
}

// Partitions is the greatest number of partitions, and at least 1, with which
// DasDennis returns no more directions than most. For one objective, which has
// a single direction, it is 1.
func Partitions(objectives, most int) int {
	partitions, directions := 1, objectives
	for objectives > 1 {
		// C(m+p, p+1) is C(m+p-1, p) · (m+p)/(p+1).
		directions = directions * (objectives + partitions) / (partitions + 1)
		if directions > most {
			break
		}
		partitions++
	}
	return partitions
}

// unitDirections are the directions at length 1, and an error if one is none.
func unitDirections(directions [][]float64) ([][]float64, error) {
	if len(directions) == 0 {
		return nil, fmt.Errorf("NSGA-III without reference directions: see DasDennis")
	}
	units := make([][]float64, len(directions))
	for i, d := range directions {
		length := 0.0
		for _, v := range d {
			length = math.Hypot(length, v)
		}
		if !(length > 0) || math.IsInf(length, 0) || slices.Min(d) < 0 || len(d) != len(directions[0]) {
			return nil, fmt.Errorf("reference direction %d is %v: must have %d values of 0 or more, and not all 0", i, d, len(directions[0]))
		}
		units[i] = make([]float64, len(d))
		for m, v := range d {
			units[i][m] = v / length
		}
	}
	return units, nil
}

// nearest is the direction with the least perpendicular distance to p, and that
// distance.
func nearest(units [][]float64, p []float64) (direction int, distance float64) {
	least := math.Inf(1)
	for i, u := range units {
		along, square := 0.0, 0.0
		for m, v := range p {
			along += v * u[m]
		}
		for m, v := range p {
			off := v - along*u[m]
			square += off * off
		}
		if square < least {
			direction, least = i, square
		}
	}
	return direction, math.Sqrt(least)
}
