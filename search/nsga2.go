package search

import (
	"context"
	"fmt"
	"math/rand"

	"github.com/MaxHalford/eaopt"
)

// NSGA2 is the elitist non-dominated sorting genetic algorithm (Deb et al.
// 2002) with constraint domination, as a model of eaopt. Each generation
// breeds as many new candidates as the population has members, evaluates them
// in one batch, and keeps the best of both. No candidate is evaluated twice.
type NSGA2[G any] struct {
	// Population is the number of members, at least 2.
	Population int
	Seed       int64
	// Seeds are the first members of the first population; samples fill it up.
	Seeds []G
}

// How often a candidate that was evaluated before is bred anew before it is
// replaced by a sample, and a sample drawn anew before the space counts as
// exhausted. In a space of which the share p is left, 1000 samples miss it with
// probability (1-p)^1000: half the time when 0.07 % is left.
const (
	mutateTries = 10
	sampleTries = 1000
)

// Search implements Strategy.
func (n NSGA2[G]) Search(ctx context.Context, s *Session[G]) error {
	m := &model[G]{NSGA2: n, ctx: ctx, session: s}
	if err := m.Validate(); err != nil {
		return err
	}
	if s.Generation() == 0 {
		if err := m.first(); err != nil {
			return err
		}
	}
	members := m.members(s.Population())
	if len(members) == 0 {
		return fmt.Errorf("state of generation %d has no population: it is not one of NSGA-II", s.Generation())
	}
	// eaopt starts every run with new genomes: hand it the population that
	// there is, as resuming does. The budget ends the run, so that the number of
	// generations is only a bound.
	next := 0
	ga, err := eaopt.GAConfig{
		NPops:        1,
		PopSize:      uint(len(members)),
		NGenerations: uint(max(s.Room(), 1)),
		HofSize:      1,
		Model:        m,
		RNG:          generationRNG(n.Seed, s.Generation()),
	}.NewGA()
	if err != nil {
		return err
	}
	return ga.Minimize(func(*rand.Rand) eaopt.Genome {
		next++
		return members[next-1].Genome
	})
}

// model is NSGA2 as eaopt's Model. It holds the context because eaopt hands
// none on.
type model[G any] struct {
	NSGA2[G]
	ctx     context.Context
	session *Session[G]
}

// Validate implements eaopt.Model.
func (m *model[G]) Validate() error {
	if m.Population < 2 {
		return fmt.Errorf("NSGA-II with a population of %d: must be at least 2", m.Population)
	}
	return nil
}

// first evaluates the first population.
func (m *model[G]) first() error {
	rng := generationRNG(m.Seed, 0)
	proposed := 0
	for _, g := range m.Seeds {
		if proposed < m.Population && m.session.Propose(g) {
			proposed++
		}
	}
	for proposed < m.Population && proposeSample(m.session, rng) {
		proposed++
	}
	population, err := m.session.Evaluate(m.ctx)
	if err != nil {
		return err
	}
	return m.session.EndGeneration(m.ctx, selectBest(population, m.Population))
}

// Apply implements eaopt.Model: one generation.
func (m *model[G]) Apply(pop *eaopt.Population) error {
	pop.RNG = generationRNG(m.Seed, m.session.Generation())
	parents := m.session.Population()
	m.breed(pop)
	children, err := m.session.Evaluate(m.ctx)
	if err != nil {
		return err
	}
	merged := append(append(make([]Individual[G], 0, len(parents)+len(children)), parents...), children...)
	best := selectBest(merged, m.Population)
	pop.Individuals = m.members(best)
	return m.session.EndGeneration(m.ctx, best)
}

// breed proposes the generation's candidates. It ends early when there is no
// room or nothing new to be found. Parents are cloned before they cross, since
// eaopt's genomes change in place.
func (m *model[G]) breed(pop *eaopt.Population) {
	mating := newTournament(m.session.Population(), pop.RNG)
	for proposed := 0; proposed < m.Population; {
		a := pop.Individuals[mating.winner()].Genome.Clone()
		b := pop.Individuals[mating.winner()].Genome.Clone()
		a.Crossover(b, pop.RNG)
		for _, child := range [...]eaopt.Genome{a, b} {
			if proposed == m.Population {
				return
			}
			if !m.proposeMutant(child.(*genome[G]), pop.RNG) && !proposeSample(m.session, pop.RNG) {
				return
			}
			proposed++
		}
	}
}

// proposeMutant mutates a child until it is new.
func (m *model[G]) proposeMutant(child *genome[G], rng *rand.Rand) bool {
	for range mutateTries {
		child.Mutate(rng)
		if m.session.Propose(child.genotype) {
			return true
		}
	}
	return false
}

// proposeSample draws samples until one is new. It reports false when there is
// no room, or nothing new to be found.
func proposeSample[G any](s *Session[G], rng *rand.Rand) bool {
	for range sampleTries {
		if s.Room() <= 0 {
			return false
		}
		if s.Propose(s.Problem.Sample(rng)) {
			return true
		}
	}
	return false
}
