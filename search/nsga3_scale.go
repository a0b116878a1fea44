package search

import (
	"math"
	"slices"
)

// scale maps objectives to where NSGA-III compares them with its directions:
// the ideal point to 0 and the estimated nadir point to 1 in every objective.
type scale struct {
	ideal, width []float64
}

// offAxis is how much more the distance from an axis counts than that along it,
// when the point nearest to the axis is sought.
const offAxis = 1e3

// newScale is the normalisation of Deb and Jain (2014, section IV-C). The ideal
// point has the least value of each objective. The nadir point is where the
// plane through the extreme points cuts the axes; an extreme point is the one of
// the front that lies nearest to an axis. Where the plane does not cut an axis,
// the worst values of the front stand in, and nowhere does the nadir point lie
// beyond all points.
//
// In two ways this is not the paper's. The paper takes the ideal point from all
// generations and the extreme points from one. Here both are those of archive,
// the front of all evaluated candidates, so that neither is lost and neither has
// to be stored; no candidate off that front has a smaller value or lies nearer
// to an axis. And distances are shares of that front's range, so that units do
// not matter, with offAxis where the paper has 10⁶, for which a point can be
// extreme because it is next to nothing off the axis, however far along it.
func newScale(archive, points [][]float64) scale {
	ideal := lowest(archive)
	most := minus(highest(points), ideal)
	width := minus(highest(archive), ideal)
	if cuts := intercepts(archive, ideal, width); cuts != nil {
		width = cuts
	}
	for m := range width {
		if width[m] = min(width[m], most[m]); width[m] <= 0 {
			width[m] = most[m]
		}
		if width[m] <= 0 {
			width[m] = 1 // all are equal in it
		}
	}
	return scale{ideal, width}
}

func (s scale) apply(p []float64) []float64 {
	scaled := make([]float64, len(p))
	for m, v := range p {
		scaled[m] = (v - s.ideal[m]) / s.width[m]
	}
	return scaled
}

// intercepts are the distances from the ideal point at which the plane through
// the extreme points cuts the axes, or nil if it does not cut each of them.
func intercepts(front [][]float64, ideal, ranges []float64) []float64 {
	plane := make([][]float64, len(ideal))
	for axis := range ideal {
		plane[axis] = append(minus(extreme(front, ideal, ranges, axis), ideal), 1)
	}
	cuts := solve(plane)
	for m, inverse := range cuts {
		if cuts[m] = 1 / inverse; !(cuts[m] > 0) || math.IsInf(cuts[m], 1) {
			return nil
		}
	}
	return cuts
}

// extreme is the point of the front that lies nearest to an axis, by Deb and
// Jain's achievement scalarising function (equation 4).
func extreme(front [][]float64, ideal, ranges []float64, axis int) []float64 {
	var best []float64
	least := math.Inf(1)
	for _, p := range front {
		distance := 0.0
		for m, v := range p {
			share := 0.0 // of a range of nothing
			if ranges[m] > 0 {
				share = (v - ideal[m]) / ranges[m]
			}
			if m != axis {
				share *= offAxis
			}
			distance = max(distance, share)
		}
		if distance < least {
			best, least = p, distance
		}
	}
	return best
}

// solve solves a system of n linear equations, each a row of n coefficients and
// the right-hand side, by Gaussian elimination with partial pivoting. It returns
// nil if they have no single solution. It changes the rows.
func solve(rows [][]float64) []float64 {
	n := len(rows)
	for k := range rows {
		for i := k + 1; i < n; i++ {
			if math.Abs(rows[i][k]) > math.Abs(rows[k][k]) {
				rows[i], rows[k] = rows[k], rows[i]
			}
		}
		if rows[k][k] == 0 {
			return nil
		}
		for i := k + 1; i < n; i++ {
			factor := rows[i][k] / rows[k][k]
			for j := k; j <= n; j++ {
				rows[i][j] -= factor * rows[k][j]
			}
		}
	}
	x := make([]float64, n)
	for k, row := range slices.Backward(rows) {
		x[k] = row[n]
		for j := k + 1; j < n; j++ {
			x[k] -= row[j] * x[j]
		}
		x[k] /= row[k]
	}
	return x
}

func lowest(points [][]float64) []float64 {
	low := slices.Clone(points[0])
	for _, p := range points {
		for m, v := range p {
			low[m] = min(low[m], v)
		}
	}
	return low
}

func highest(points [][]float64) []float64 {
	high := slices.Clone(points[0])
	for _, p := range points {
		for m, v := range p {
			high[m] = max(high[m], v)
		}
	}
	return high
}

func minus(a, b []float64) []float64 {
	difference := make([]float64, len(a))
	for m, v := range a {
		difference[m] = v - b[m]
	}
	return difference
}
