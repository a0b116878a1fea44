package main

import (
	"encoding/binary"
	"math"
	"math/rand"
	"slices"
)

// The operators are pymoo's defaults for NSGA-II: simulated binary crossover
// with eta 15 of 90 % of the pairs and half of the variables, polynomial
// mutation with eta 20 of 90 % of the candidates and one variable on average.
const (
	crossShare  = 0.9
	etaMutate   = 20
	mutateShare = 0.9
	sameValue   = 1e-14 // parents this close in a variable aren't crossed in it
)

// Sample, Mutate, Cross and Key make problem a search.Problem.
func (p problem) Sample(rng *rand.Rand) []float64 {
	x := make([]float64, p.variables)
	for i := range x {
		x[i] = rng.Float64()
	}
	return x
}

// Mutate is polynomial mutation within bounds (Deb and Goyal 1996).
func (p problem) Mutate(x []float64, rng *rand.Rand) []float64 {
	x = slices.Clone(x)
	if rng.Float64() >= mutateShare {
		return x
	}
	share := min(0.5, 1/float64(p.variables))
	for i, v := range x {
		if rng.Float64() >= share {
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
func (p problem) Cross(a, b []float64, rng *rand.Rand) ([]float64, []float64) {
	a, b = slices.Clone(a), slices.Clone(b)
	if rng.Float64() >= crossShare {
		return a, b
	}
	coins := rng.Uint64() // two for each variable, of which there are at most 32
	for i := range a {
		crossed, swapped := coins&1 == 1, coins&2 == 2
		coins >>= 2
		low, high := min(a[i], b[i]), max(a[i], b[i])
		delta := high - low
		if !crossed || delta <= sameValue {
			continue
		}
		u := rng.Float64()
		c := 0.5 * (low + high - spread(1+2*low/delta, u)*delta)
		d := 0.5 * (low + high + spread(1+2*(1-high)/delta, u)*delta)
		if swapped {
			c, d = d, c
		}
		a[i], b[i] = min(max(c, 0), 1), min(max(d, 0), 1)
	}
	return a, b
}

// spread is the factor on the parents' distance for a uniform u, where beta
// puts the child on the bound. With eta 15 its powers are those of 16, four
// squarings or square roots.
func spread(beta, u float64) float64 {
	power := square(square(square(square(beta))))
	alpha := 2 - 1/power
	v := u * alpha
	if v > 1 {
		v = 1 / (2 - v)
	}
	return math.Sqrt(math.Sqrt(math.Sqrt(math.Sqrt(v))))
}

func (p problem) Key(x []float64) string {
	key := make([]byte, 0, 8*32)
	for _, v := range x {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v))
	}
	return string(key)
}
