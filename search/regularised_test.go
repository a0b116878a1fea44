package search

import (
	"context"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPopulationIsTheYoungest checks what makes regularised evolution: the
// population is what was evaluated last, whatever it is worth.
func TestPopulationIsTheYoungest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Regularised[vector]{
			Population: rapid.IntRange(1, 30).Draw(t, "population"), Batch: rapid.IntRange(1, 40).Draw(t, "batch"),
			Sample: rapid.IntRange(1, 10).Draw(t, "sample"), Seed: rapid.Int64().Draw(t, "seed"),
		}
		c := space.config(r, 150)
		c.Save = func(p Progress[vector]) error {
			keys := make([]string, len(p.Population))
			for i, m := range p.Population {
				keys[i] = m.Key
			}
			if want := p.Seen[max(0, len(p.Seen)-r.Population):]; !slices.Equal(keys, want) {
				t.Fatalf("generation %d: queue %v, last evaluations %v", p.Generation, keys, want)
			}
			checkRanks(t, p.Population)
			return nil
		}
		if _, err := Run(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	})
}

// checkRanks checks that the ranks are those of constraint domination among the
// members.
func checkRanks(t *rapid.T, members []Individual[vector]) {
	before := func(a, b Individual[vector]) bool {
		if a.Violation > 0 || b.Violation > 0 {
			return a.Violation < b.Violation
		}
		return Dominates(a.Objectives, b.Objectives)
	}
	for _, m := range members {
		want := 0
		for _, other := range members {
			if before(other, m) {
				want = max(want, other.Rank+1)
			}
		}
		if m.Rank != want {
			t.Fatalf("rank of %s is %d, want %d", m.Key, m.Rank, want)
		}
	}
}

func TestParentIsTheBestDrawn(t *testing.T) {
	members := []Individual[int]{{Rank: 1}, {Rank: 0, Crowding: 1}, {Rank: 0, Crowding: 2}, {Rank: 2}}
	rng := rand.New(rand.NewSource(1))
	for _, test := range []struct {
		sample int
		shares [4]float64 // of the tournaments that each wins
	}{
		{1, [4]float64{0.25, 0.25, 0.25, 0.25}},
		{2, [4]float64{3. / 16, 5. / 16, 7. / 16, 1. / 16}},
		{30, [4]float64{0, 0, 1, 0}},
	} {
		var won [4]int
		for range 10_000 {
			parent := Regularised[int]{Sample: test.sample}.parent(members, rng)
			won[slices.IndexFunc(members, func(m Individual[int]) bool { return compare(&m, parent) == 0 })]++
		}
		for i, share := range test.shares { // 200 are over four standard deviations
			if want := share * 10_000; float64(won[i]) < want-200 || float64(won[i]) > want+200 {
				t.Errorf("of %d drawn, member %d wins %d of 10,000, want about %.0f", test.sample, i, won[i], want)
			}
		}
	}
}
