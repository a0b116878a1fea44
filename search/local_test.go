package search

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestClimbIsOneFront checks the archive of the climb against its definition.
func TestClimbIsOneFront(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Local[vector]{Batch: rapid.IntRange(1, 20).Draw(t, "batch"), Seed: rapid.Int64().Draw(t, "seed")}
		c := space.config(l, 150)
		var last []Individual[vector]
		c.Save = func(p Progress[vector]) error {
			for _, a := range p.Population {
				if a.Violation > 0 && len(p.Population) > 1 {
					t.Fatalf("%s is not feasible, and one of %d", a.Key, len(p.Population))
				}
				for _, b := range p.Evaluated {
					if b.Violation < a.Violation || b.Violation == 0 && Dominates(b.Objectives, a.Objectives) {
						t.Fatalf("generation %d holds %v, but evaluated %v", p.Generation, a, b)
					}
				}
			}
			checkTurns(t, last, p)
			last = slices.Clone(p.Population)
			return nil
		}
		if _, err := Run(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	})
}

// checkTurns checks that nobody had a turn while a member that survived had
// fewer, and that turns are not forgotten.
func checkTurns(t *rapid.T, before []Individual[vector], p Progress[vector]) {
	most, fewest := 0, len(p.Seen) // among those who had a turn before it, all who survived after
	for _, m := range p.Population {
		k := slices.IndexFunc(before, func(b Individual[vector]) bool { return b.Key == m.Key })
		switch {
		case k < 0 && m.Rank > 0:
			t.Fatalf("%s is new and had %d turns", m.Key, m.Rank)
		case k < 0:
			continue
		case m.Rank < before[k].Rank:
			t.Fatalf("turns of %s fell from %d to %d", m.Key, before[k].Rank, m.Rank)
		case m.Rank > before[k].Rank:
			most = max(most, m.Rank-1)
		}
		fewest = min(fewest, m.Rank)
	}
	if most > fewest {
		t.Fatalf("generation %d: a member had its turn after %d, another has had %d", p.Generation, most, fewest)
	}
}

func TestMembersTakeTurns(t *testing.T) {
	s, err := newSession(space.config(strategies["local"], 100))
	if err != nil {
		t.Fatal(err)
	}
	s.generation = 1
	s.population = []Individual[vector]{
		{Genotype: vector{0, 0, 0, 0, 0}, Rank: 4}, {Genotype: vector{1, 1, 1, 1, 1}, Rank: 1}, {Genotype: vector{2, 2, 2, 2, 2}, Rank: 2},
	}
	members := Local[vector]{Batch: 4}.propose(s, generationRNG(1, 1))
	if got := []int{members[0].Rank, members[1].Rank + members[2].Rank}; !slices.Equal(got, []int{4, 7}) {
		t.Errorf("turns of the first, and of the others together: %v, want [4 7]", got)
	}
	if s.population[1].Rank != 1 {
		t.Error("the session's own population changed")
	}
}

// one is the lattice with one objective, its distance from the nearer of two
// peaks, of which one is lower.
func (l lattice) one(_ context.Context, vs []vector) ([]Outcome, error) {
	outcomes := make([]Outcome, len(vs))
	for i, v := range vs {
		low, high := 0, 1
		for _, g := range v {
			low += g
			high += l.levels - 1 - g
		}
		outcomes[i].Objectives = []float64{float64(min(low, high))}
	}
	return outcomes, nil
}

func TestLocalSearchClimbsAndBeginsAnew(t *testing.T) {
	c := lattice{genes: 6, levels: 4}.config(Local[vector]{Seed: 1}, 1000)
	c.Evaluate, c.Reference = lattice{genes: 6, levels: 4}.one, []float64{100}
	var at []float64
	c.Save = func(p Progress[vector]) error {
		if len(p.Population) != 1 {
			t.Fatalf("a climb of %d members with one objective", len(p.Population))
		}
		at = append(at, p.Population[0].Objectives[0])
		return nil
	}
	result := run(t, c)
	if got := result.Front[0].Objectives[0]; got != 0 {
		t.Errorf("the best is %v from the peak", got)
	}
	anew := 1
	for anew < len(at) && at[anew] <= at[anew-1] {
		anew++
	}
	if anew == len(at) {
		t.Fatalf("never began anew: %v", at)
	}
	// Later climbs also end where they meet an earlier one.
	if at[anew-1] > 1 {
		t.Errorf("the first climb ended at %v, which is no local optimum", at[anew-1])
	}
}

// TestClimbWithoutFeasible checks that the violation leads to where candidates
// are feasible.
func TestClimbWithoutFeasible(t *testing.T) {
	large := lattice{genes: 20, levels: 9}
	c := large.config(Local[vector]{Seed: 1}, 600)
	c.Evaluate = func(_ context.Context, vs []vector) ([]Outcome, error) {
		outcomes := make([]Outcome, len(vs))
		for i, v := range vs {
			sum := 0.0
			for _, g := range v {
				sum += float64(g)
			}
			outcomes[i] = Outcome{[]float64{sum, 160 - sum}, max(0, sum-20)} // samples have 80
		}
		return outcomes, nil
	}
	least := 160.0
	c.Save = func(p Progress[vector]) error {
		if p.Population[0].Violation > least {
			t.Fatalf("violation rose from %v to %v", least, p.Population[0].Violation)
		}
		least = p.Population[0].Violation
		return nil
	}
	if r := run(t, c); least > 0 || len(r.Front) == 0 {
		t.Errorf("least violation is %v, %d candidates in the front", least, len(r.Front))
	}
}
