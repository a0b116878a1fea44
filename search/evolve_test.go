package search

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestStrategySettings(t *testing.T) {
	two := DasDennis(2, 3)
	for _, test := range []struct {
		strategy Strategy[vector]
		want     string
	}{
		{Regularised[vector]{}, "must be at least 1"},
		{Regularised[vector]{Population: 5, Batch: -1}, "batches of -1"},
		{Regularised[vector]{Population: 5, Sample: -1}, "draws of -1"},
		{Local[vector]{Batch: -1}, "batches of -1"},
		{NSGA3[vector]{}, "without reference directions"},
		{NSGA3[vector]{Directions: two, Population: 1}, "must be at least 2"},
		{NSGA3[vector]{Directions: [][]float64{{1, 0}, {1}}}, "direction 1 is [1]"},
		{NSGA3[vector]{Directions: [][]float64{{0, 0}}}, "direction 0 is [0 0]"},
		{NSGA3[vector]{Directions: [][]float64{{1, -1}}}, "direction 0 is [1 -1]"},
		{NSGA3[vector]{Directions: [][]float64{{1, math.NaN()}}}, "direction 0 is [1 NaN]"},
		{NSGA3[vector]{Directions: [][]float64{{math.Inf(1)}}}, "direction 0 is [+Inf]"},
		{NSGA3[vector]{Directions: DasDennis(3, 3)}, "has 2 objectives, the reference directions have 3"},
	} {
		if _, err := Run(context.Background(), space.config(test.strategy, 100)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%#v: error %v, want one with %q", test.strategy, err, test.want)
		}
	}
	for _, strategy := range []Strategy[vector]{Regularised[vector]{Population: 5}, Local[vector]{}, NSGA3[vector]{Directions: two}} {
		c := space.config(strategy, 100)
		c.From = &State[vector]{Generation: 2}
		if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "no population") {
			t.Errorf("%T resumed from a state of another strategy: error %v", strategy, err)
		}
	}
}

// TestStrategiesBeatSampling runs strategies where a space of 10^26 leaves
// nothing to luck.
func TestStrategiesBeatSampling(t *testing.T) {
	large := lattice{genes: 29, levels: 8}
	median := func(strategy func(seed int64) Strategy[vector]) float64 {
		volumes := make([]float64, 5)
		for seed := range volumes {
			volumes[seed] = run(t, large.config(strategy(int64(seed)), 1000)).Hypervolume
		}
		slices.Sort(volumes)
		return volumes[2]
	}
	sampled := median(func(seed int64) Strategy[vector] { return Random[vector]{Batch: 100, Seed: seed} })
	for name, strategy := range map[string]func(seed int64) Strategy[vector]{
		"regularised": func(seed int64) Strategy[vector] { return Regularised[vector]{Population: 50, Seed: seed} },
		"local":       func(seed int64) Strategy[vector] { return Local[vector]{Seed: seed} },
		"NSGA-III":    func(seed int64) Strategy[vector] { return NSGA3[vector]{Directions: DasDennis(2, 49), Seed: seed} },
	} {
		if got := median(strategy); got < 1.05*sampled {
			t.Errorf("%s: hypervolume %.4g, samples have %.4g", name, got, sampled)
		}
	}
}
