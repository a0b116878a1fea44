package search

import (
	"context"
	"math/rand"
	"slices"
)

// vector is a genotype of few integers, so that a space of them can be
// exhausted. Being a slice, it shows operators that change their arguments.
type vector []int

// lattice is the space of vectors with a number of genes from 0 to levels-1.
type lattice struct{ genes, levels int }

func (l lattice) Sample(rng *rand.Rand) vector {
	v := make(vector, l.genes)
	for i := range v {
		v[i] = rng.Intn(l.levels)
	}
	return v
}

func (l lattice) Mutate(v vector, rng *rand.Rand) vector {
	v = slices.Clone(v)
	v[rng.Intn(l.genes)] = rng.Intn(l.levels)
	return v
}

func (l lattice) Cross(a, b vector, rng *rand.Rand) (vector, vector) {
	at := rng.Intn(l.genes)
	return slices.Concat(a[:at], b[at:]), slices.Concat(b[:at], a[at:])
}

// Key has a digit for each gene.
func (l lattice) Key(v vector) string {
	key := make([]byte, len(v))
	for i, g := range v {
		key[i] = '0' + byte(g)
	}
	return string(key)
}

// score trades the sum of squares against that of the distances to the top;
// a sum that is a multiple of 7 fails, and a first gene above half the levels
// violates the constraint by the excess. Many vectors have equal outcomes.
func (l lattice) score(v vector) Outcome {
	var low, high, sum int
	for _, g := range v {
		low += g * g
		high += (l.levels - 1 - g) * (l.levels - 1 - g)
		sum += g
	}
	if sum%7 == 6 {
		return Failed()
	}
	return Outcome{[]float64{float64(low), float64(high)}, float64(max(0, v[0]-l.levels/2))}
}

func (l lattice) evaluate(ctx context.Context, vs []vector) ([]Outcome, error) {
	outcomes := make([]Outcome, len(vs))
	for i, v := range vs {
		outcomes[i] = l.score(v)
	}
	return outcomes, ctx.Err()
}

// config searches the lattice.
func (l lattice) config(strategy Strategy[vector], budget int) Config[vector] {
	return Config[vector]{
		Problem: l, Strategy: strategy, Evaluate: l.evaluate, Budget: budget,
		Reference: []float64{
			float64(l.genes * l.levels * l.levels), float64(l.genes * l.levels * l.levels),
		},
	}
}
