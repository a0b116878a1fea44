package search

import (
	"context"
	"math"
	"math/rand"
	"testing"
)

// oracle is a surrogate that knows the outcomes of the lattice but for a flaw:
// it needs no learning.
type oracle struct {
	flaw func(v vector, objectives []float64) []float64
	sd   float64
}

func (o oracle) Learn(context.Context, []Individual[vector]) error { return nil }

func (o oracle) Believe(_ context.Context, vs []vector, z float64) ([]Outcome, error) {
	outcomes := make([]Outcome, len(vs))
	for i, v := range vs {
		outcomes[i] = space.score(v)
		if outcomes[i].Objectives == nil {
			outcomes[i] = Outcome{Objectives: []float64{50, 50}} // failures come as a surprise
		}
		if o.flaw != nil {
			outcomes[i].Objectives = o.flaw(v, outcomes[i].Objectives)
		}
		for j := range outcomes[i].Objectives {
			outcomes[i].Objectives[j] += z * o.sd
		}
	}
	return outcomes, nil
}

// The flaws of surrogates: none, noise, and the wrong way round.
func noisy(v vector, f []float64) []float64 {
	rng := rand.New(rand.NewSource(int64(v[0]) + 7*int64(v[1]) + 49*int64(v[2]) + 343*int64(v[3]) + 2401*int64(v[4])))
	return []float64{125 * rng.Float64(), 125 * rng.Float64()}
}

func inverted(_ vector, f []float64) []float64 { return []float64{125 - f[0], 125 - f[1]} }

func screened(flaw func(vector, []float64) []float64, seed int64) Screened[vector] {
	return Screened[vector]{Surrogate: oracle{flaw, 2}, Batch: 8, Inner: 200, Population: 20, Seed: seed}
}

// evaluationsTo is how many evaluations a strategy needs to a share of the
// hypervolume; +Inf if the budget is not enough.
func evaluationsTo(t *testing.T, s Strategy[vector], budget int, volume float64) float64 {
	t.Helper()
	c := space.config(s, budget)
	needed := math.Inf(1)
	c.Save = func(p Progress[vector]) error {
		if p.Hypervolume >= volume && math.IsInf(needed, 1) {
			needed = float64(len(p.Seen))
		}
		return nil
	}
	run(t, c)
	return needed
}

// A good surrogate saves most evaluations, a useless or contrary one costs
// little.
func TestScreenedSpendsLess(t *testing.T) {
	whole := run(t, space.config(Random[vector]{Batch: 500}, 7776))
	target := 0.97 * whole.Hypervolume
	median := func(of func(seed int64) Strategy[vector]) float64 {
		var all []float64
		for seed := range int64(5) {
			all = append(all, evaluationsTo(t, of(seed), 600, target))
		}
		return all[descending(all)[2]]
	}
	plain := median(func(seed int64) Strategy[vector] { return NSGA2[vector]{Population: 20, Seed: seed} })
	good := median(func(seed int64) Strategy[vector] { return screened(nil, seed) })
	useless := median(func(seed int64) Strategy[vector] { return screened(noisy, seed) })
	contrary := median(func(seed int64) Strategy[vector] { return screened(inverted, seed) })
	t.Logf("evaluations to 97 %%: plain %v, good %v, useless %v, contrary %v", plain, good, useless, contrary)
	if good > plain/3 || useless > 1.3*plain || contrary > 1.3*plain {
		t.Errorf("evaluations to 97 %%: plain %v, good %v, useless %v, contrary %v", plain, good, useless, contrary)
	}
}

func TestQuality(t *testing.T) {
	found := [][]float64{{1, 5}, {2, 5}, {3, 6}, {4, 7}}
	for name, test := range map[string]struct {
		believed [][]float64
		want     float64
	}{
		"as found, second known": {[][]float64{{2, 5}, {3, 5}, {4, 6}, {5, 7}}, 1},
		"wrong way round":        {[][]float64{{4, 5}, {3, 5}, {2, 6}, {1, 7}}, -1},
		"all known":              {found, math.NaN()},
		"the least":              {[][]float64{{2, 7}, {3, 6}, {4, 5}, {5, 4}}, -5. / 6},
	} {
		if got := quality(test.believed, found); got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Groundless beliefs, of which those that promise a good front were chosen, rank
// what they chose in the right order, by what is known of it.
func TestGroundless(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	var drawn, learnt, found [][]float64
	for len(found) < judged {
		accuracy := rng.Float64()
		belief, truth := rng.Float64(), accuracy+0.05*rng.Float64()
		if math.Abs(belief-accuracy) < 0.4 {
			drawn = append(drawn, []float64{belief, -accuracy})
			learnt = append(learnt, []float64{truth * (1 + 0.02*rng.NormFloat64()), -accuracy})
			found = append(found, []float64{truth, -accuracy})
		}
	}
	if q := quality(drawn, found); q < poorTau || !groundless(drawn, found) {
		t.Errorf("drawn beliefs: tau %.2f, groundless %v", q, groundless(drawn, found))
	}
	if q := quality(learnt, found); q < poorTau || groundless(learnt, found) {
		t.Errorf("learnt beliefs: tau %.2f, groundless %v", q, groundless(learnt, found))
	}
}
