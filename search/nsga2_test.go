package search

import (
	"reflect"
	"testing"

	"github.com/MaxHalford/eaopt"
)

func TestBreedingLeavesTheParents(t *testing.T) {
	s, err := newSession(space.config(strategies["NSGA-II"], 100))
	if err != nil {
		t.Fatal(err)
	}
	rng := generationRNG(1, 0)
	for range 10 {
		s.population = append(s.population, Individual[vector]{Genotype: space.Sample(rng)})
	}
	m := &model[vector]{NSGA2: NSGA2[vector]{Population: 10}, session: s}
	pop := &eaopt.Population{Individuals: m.members(s.population), RNG: rng}
	m.breed(pop)
	if want := m.members(s.population); !reflect.DeepEqual(pop.Individuals, want) {
		t.Errorf("parents after breeding: %v, before: %v", pop.Individuals, want)
	}
	if len(s.proposed) != 10 {
		t.Errorf("%d children, want 10", len(s.proposed))
	}
}

func TestGenerationRNG(t *testing.T) {
	// What a run draws must not change between releases, or it can't be resumed.
	for _, test := range []struct {
		seed       int64
		generation int
		want       uint64
	}{
		{0, 0, 0xac8a366dce7e87d9},
		{1, 0, 0x1be9bd4f3f78e66a},
		{0, 1, 0x6e6fb6b0f166ed00},
		{-1, 7, 0x7c1496eb781cfeec},
	} {
		if got := generationRNG(test.seed, test.generation).Uint64(); got != test.want {
			t.Errorf("seed %d, generation %d draws %#x first, want %#x", test.seed, test.generation, got, test.want)
		}
	}
}
