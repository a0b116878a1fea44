package search

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand"
	"slices"
)

// cube is a published test problem over the unit cube, with the operators that
// pymoo has by default for NSGA-III: simulated binary crossover with eta 30 of
// all pairs and half of the variables, polynomial mutation with eta 20 of 90 % of
// the candidates and one variable on average.
type cube struct {
	variables int
	score     func(x []float64) Outcome
}

const (
	etaCross  = 30
	etaMutate = 20
)

func (c cube) Sample(rng *rand.Rand) []float64 {
	x := make([]float64, c.variables)
	for i := range x {
		x[i] = rng.Float64()
	}
	return x
}

// Mutate is polynomial mutation within bounds (Deb and Goyal 1996).
func (c cube) Mutate(x []float64, rng *rand.Rand) []float64 {
	x = slices.Clone(x)
	if rng.Float64() >= 0.9 {
		return x
	}
	for i, v := range x {
		if rng.Float64() >= 1/float64(c.variables) {
			continue
		}
		if u := rng.Float64(); u <= 0.5 {
			v += math.Pow(2*u+(1-2*u)*math.Pow(1-v, etaMutate+1), 1.0/(etaMutate+1)) - 1
		} else {
			v += 1 - math.Pow(2*(1-u)+(2*u-1)*math.Pow(v, etaMutate+1), 1.0/(etaMutate+1))
		}
		x[i] = min(max(v, 0), 1)
	}
	return x
}

// Cross is simulated binary crossover within bounds (Deb and Agrawal 1995).
func (c cube) Cross(a, b []float64, rng *rand.Rand) ([]float64, []float64) {
	a, b = slices.Clone(a), slices.Clone(b)
	for i := range a {
		low, high := min(a[i], b[i]), max(a[i], b[i])
		crossed, swapped, u := rng.Intn(2) == 1, rng.Intn(2) == 1, rng.Float64()
		if !crossed || high-low <= 1e-14 {
			continue
		}
		a[i] = max(0, 0.5*(low+high-spread(1+2*low/(high-low), u)*(high-low)))
		b[i] = min(1, 0.5*(low+high+spread(1+2*(1-high)/(high-low), u)*(high-low)))
		if swapped {
			a[i], b[i] = b[i], a[i]
		}
	}
	return a, b
}

// spread is the factor on the parents' distance for a uniform u, where beta puts
// the child on the bound.
func spread(beta, u float64) float64 {
	v := u * (2 - math.Pow(beta, -etaCross-1))
	if v > 1 {
		v = 1 / (2 - v)
	}
	return math.Pow(v, 1.0/(etaCross+1))
}

func (c cube) Key(x []float64) string {
	key := make([]byte, 0, 8*len(x))
	for _, v := range x {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v))
	}
	return string(key)
}

func (c cube) evaluate(_ context.Context, xs [][]float64) ([]Outcome, error) {
	outcomes := make([]Outcome, len(xs))
	for i, x := range xs {
		outcomes[i] = c.score(x)
	}
	return outcomes, nil
}

// dtlz2 is DTLZ2 (Deb et al. 2005) with three objectives.
func dtlz2(x []float64) Outcome {
	r := 1.0
	for _, v := range x[2:] {
		r += (v - 0.5) * (v - 0.5)
	}
	sin0, cos0 := math.Sincos(x[0] * math.Pi / 2)
	sin1, cos1 := math.Sincos(x[1] * math.Pi / 2)
	return Outcome{Objectives: []float64{r * cos0 * cos1, r * cos0 * sin1, r * sin0}}
}

// c1dtlz1 is C1-DTLZ1 (Jain and Deb 2014, equation 6) with three objectives.
func c1dtlz1(x []float64) Outcome {
	g := float64(len(x) - 2)
	for _, v := range x[2:] {
		g += (v-0.5)*(v-0.5) - math.Cos(20*math.Pi*(v-0.5))
	}
	r := 0.5 * (1 + 100*g)
	f := []float64{r * x[0] * x[1], r * x[0] * (1 - x[1]), r * (1 - x[0])}
	return Outcome{f, max(0, f[2]/0.6+f[0]/0.5+f[1]/0.5-1)}
}
