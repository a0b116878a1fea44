package search

import (
	"math/rand"

	"github.com/MaxHalford/eaopt"
)

// genome is a ranked individual as eaopt's Genome. Its fitness is its place in
// the population's total order, so that eaopt's sorting keeps that order and
// its hall of fame the first.
type genome[G any] struct {
	problem  Problem[G]
	genotype G
	place    int
}

// members wraps a population that is in order.
func (m *model[G]) members(population []Individual[G]) eaopt.Individuals {
	members := make(eaopt.Individuals, len(population))
	genomes := make([]genome[G], len(population))
	for i := range population {
		genomes[i] = genome[G]{m.session.Problem, population[i].Genotype, i}
		members[i] = eaopt.Individual{Genome: &genomes[i], Fitness: float64(i), Evaluated: true}
	}
	return members
}

// Evaluate implements eaopt.Genome. The evaluation itself was made for the
// whole generation at once, in Apply.
func (g *genome[G]) Evaluate() (float64, error) { return float64(g.place), nil }

// Mutate implements eaopt.Genome.
func (g *genome[G]) Mutate(rng *rand.Rand) { g.genotype = g.problem.Mutate(g.genotype, rng) }

// Crossover implements eaopt.Genome.
func (g *genome[G]) Crossover(mate eaopt.Genome, rng *rand.Rand) {
	other := mate.(*genome[G])
	g.genotype, other.genotype = g.problem.Cross(g.genotype, other.genotype, rng)
}

// Clone implements eaopt.Genome.
func (g *genome[G]) Clone() eaopt.Genome {
	clone := *g
	return &clone
}
