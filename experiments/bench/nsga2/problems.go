package main

import (
	"context"
	"math"

	"github.com/trtnas/trtnas/search"
)

// problem is a published test problem over the unit cube, with the sizes that
// pymoo gives it.
type problem struct {
	name        string // its class in pymoo
	variables   int
	objectives  int
	reference   float64 // in every objective, for the hypervolume
	evaluations int
	// score writes the objectives of x to f and returns the violation.
	score func(x, f []float64) float64
}

var problems = []problem{
	{"ZDT1", 30, 2, 1.1, 25_000, func(x, f []float64) float64 { return zdt(x, f, math.Sqrt) }},
	{"ZDT2", 30, 2, 1.1, 25_000, func(x, f []float64) float64 { return zdt(x, f, square) }},
	{"DTLZ2", 10, 3, 1.1, 25_000, func(x, f []float64) float64 { dtlz2(x, f); return 0 }},
	{"C1DTLZ1", 12, 3, 0.6, 50_000, c1dtlz1},
	{"C2DTLZ2", 12, 3, 1.1, 25_000, c2dtlz2},
}

func square(v float64) float64 { return v * v }

// evaluate is a search.Evaluate.
func (p problem) evaluate(_ context.Context, xs [][]float64) ([]search.Outcome, error) {
	outcomes := make([]search.Outcome, len(xs))
	objectives := make([]float64, len(xs)*p.objectives)
	for i, x := range xs {
		f := objectives[i*p.objectives : (i+1)*p.objectives]
		outcomes[i] = search.Outcome{Objectives: f, Violation: p.score(x, f)}
	}
	return outcomes, nil
}

// zdt is ZDT1 and ZDT2 (Zitzler, Deb and Thiele 2000), whose fronts have the
// given shape.
func zdt(x, f []float64, shape func(float64) float64) float64 {
	sum := 0.0
	for _, v := range x[1:] {
		sum += v
	}
	g := 1 + 9*sum/float64(len(x)-1)
	f[0], f[1] = x[0], g*(1-shape(x[0]/g))
	return 0
}

// dtlz1 is DTLZ1 (Deb et al. 2005).
func dtlz1(x, f []float64) {
	m := len(f)
	g := float64(len(x) - m + 1)
	for _, v := range x[m-1:] {
		g += square(v-0.5) - math.Cos(20*math.Pi*(v-0.5))
	}
	rest := 0.5 * (1 + 100*g)
	for i := m - 1; i > 0; i-- {
		f[i] = rest * (1 - x[m-1-i])
		rest *= x[m-1-i]
	}
	f[0] = rest
}

// dtlz2 is DTLZ2 (Deb et al. 2005).
func dtlz2(x, f []float64) {
	m := len(f)
	rest := 1.0
	for _, v := range x[m-1:] {
		rest += square(v - 0.5)
	}
	for i := m - 1; i > 0; i-- {
		sin, cos := math.Sincos(x[m-1-i] * math.Pi / 2)
		f[i] = rest * sin
		rest *= cos
	}
	f[0] = rest
}

// c1dtlz1 is C1-DTLZ1 (Jain and Deb 2014, equation 6).
func c1dtlz1(x, f []float64) float64 {
	dtlz1(x, f)
	last := len(f) - 1
	c := 1 - f[last]/0.6
	for _, v := range f[:last] {
		c -= v / 0.5
	}
	return max(0, -c)
}

// c2dtlz2 is C2-DTLZ2 (Jain and Deb 2014, equation 8) with radius 0.4, as for
// three objectives.
func c2dtlz2(x, f []float64) float64 {
	const r = 0.4
	dtlz2(x, f)
	norm, centre := 0.0, 0.0
	for _, v := range f {
		norm += square(v)
		centre += square(v - 1/math.Sqrt(float64(len(f))))
	}
	least := centre
	for _, v := range f {
		least = min(least, square(v-1)+norm-square(v))
	}
	return max(0, least-square(r))
}
