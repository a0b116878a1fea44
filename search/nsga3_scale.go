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
// when the point nearest to the axis is sought. It is the inverse of the weight
// in Deb and Jain (2014, equation 4).
const offAxis = 1e6

// newScale is the normalisation of Deb and Jain (2014, section IV-C). The ideal
// point has the least value of each objective. The nadir point is where the
// plane through the extreme points cuts the axes; an extreme point is one of the
// front that lies nearest to an axis. Where that is no point, or lies beyond all
// points, the worst values stand in: those of the front, then of all points.
//
// The paper looks for ideal and extreme points among all that was ever
// considered, and among the current generation. Here the front is the session's
// own, of all evaluated candidates, so that neither is ever lost and nothing of
// them needs to be stored: no candidate off that front has a smaller value of
// an objective, or lies nearer to an axis.
func newScale(front, all [][]float64) scale {
	ideal, worst, worstOfAll := lowest(front), highest(front), highest(all)
	width := intercepts(front, ideal)
	for m := range ideal {
		if width == nil {
			break
		}
		width[m] = min(width[m], worstOfAll[m]-ideal[m])
	}
	if width == nil {
		width = minus(worst, ideal)
	}
	for m, w := range width {
		if !(w > 0) {
			width[m] = worstOfAll[m] - ideal[m]
		}
		if !(width[m] > 0) {
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
func intercepts(front [][]float64, ideal []float64) []float64 {
	plane := make([][]float64, len(ideal))
	for axis := range ideal {
		plane[axis] = append(minus(extreme(front, ideal, axis), ideal), 1)
	}
	inverse := solve(plane)
	if inverse == nil {
		return nil
	}
	for m, v := range inverse {
		inverse[m] = 1 / v
		if !(inverse[m] > 0) || math.IsInf(inverse[m], 1) {
			return nil
		}
	}
	return inverse
}

// extreme is the point of the front that lies nearest to an axis, by the
// achievement scalarising function of Deb and Jain.
func extreme(front [][]float64, ideal []float64, axis int) []float64 {
	var best []float64
	least := math.Inf(1)
	for _, p := range front {
		worst := 0.0
		for m, v := range p {
			v -= ideal[m]
			if m != axis {
				v *= offAxis
			}
			worst = max(worst, v)
		}
		if worst < least {
			best, least = p, worst
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
