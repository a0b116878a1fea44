package search

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var space = lattice{genes: 5, levels: 6}

var corners = []vector{{0, 0, 0, 0, 0}, {5, 5, 5, 5, 5}}

var strategies = map[string]Strategy[vector]{
	"NSGA-II":            NSGA2[vector]{Population: 12, Seed: 3, Seeds: corners},
	"random":             Random[vector]{Batch: 9, Seed: 3},
	"regularised":        Regularised[vector]{Population: 20, Sample: 5, Batch: 6, Seed: 3, Seeds: corners},
	"local":              Local[vector]{Batch: 7, Seed: 3, Seeds: corners},
	"NSGA-III":           NSGA3[vector]{Directions: DasDennis(2, 11), Seed: 3, Seeds: corners},
	"screened, good":     screened(nil, 3),
	"screened, contrary": screened(inverted, 3),
}

func run(t testing.TB, c Config[vector]) Result[vector] {
	t.Helper()
	result, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// record runs and returns each generation's progress as JSON.
func record(t testing.TB, c Config[vector]) (saved [][]byte, result Result[vector]) {
	t.Helper()
	c.Save = func(p Progress[vector]) error {
		saved = append(saved, toJSON(t, p))
		return nil
	}
	return saved, run(t, c)
}

func TestResumeIsExactFromEveryGeneration(t *testing.T) {
	for name, strategy := range strategies {
		c := space.config(strategy, 200)
		want, _ := record(t, c)
		for i, data := range want[:len(want)-1] {
			var from State[vector]
			if err := json.Unmarshal(data, &from); err != nil {
				t.Fatal(err)
			}
			c.From = &from
			got, _ := record(t, c)
			if !slices.EqualFunc(got, want[i+1:], bytes.Equal) {
				t.Fatalf("%s: resumed after generation %d: got\n%s\nwant\n%s", name, i, bytes.Join(got, []byte("\n")), bytes.Join(want[i+1:], []byte("\n")))
			}
		}
	}
}

func TestResumeRestoresTheFrontFromAllEvaluations(t *testing.T) {
	c := space.config(strategies["NSGA-II"], 200)
	var states []State[vector]
	var all []Individual[vector]
	c.Save = func(p Progress[vector]) error {
		all = append(all, p.Evaluated...)
		state := p.State
		state.Front = slices.Clone(all)
		state.Front[0].Rank = 3 // from some population: not the front's
		states = append(states, state)
		return nil
	}
	want := run(t, c)
	c.From, c.Save = &states[6], nil
	if got := run(t, c); !bytes.Equal(toJSON(t, got), toJSON(t, want)) {
		t.Errorf("got %s\nwant %s", toJSON(t, got), toJSON(t, want))
	}
}

func TestSameSeedSameRun(t *testing.T) {
	for name, strategy := range strategies {
		first, _ := record(t, space.config(strategy, 150))
		second, _ := record(t, space.config(strategy, 150))
		if !slices.EqualFunc(first, second, bytes.Equal) {
			t.Errorf("%s: two runs with one seed differ", name)
		}
	}
	other, _ := record(t, space.config(Random[vector]{Batch: 9, Seed: 4}, 150))
	if first, _ := record(t, space.config(strategies["random"], 150)); bytes.Equal(first[0], other[0]) {
		t.Error("two seeds give the same first generation")
	}
}

func TestRunInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lattice{genes: rapid.IntRange(1, 5).Draw(t, "genes"), levels: rapid.IntRange(1, 4).Draw(t, "levels")}
		budget, seed := rapid.IntRange(1, 200).Draw(t, "budget"), rapid.Int64().Draw(t, "seed")
		strategy := rapid.SampledFrom([]Strategy[vector]{
			NSGA2[vector]{Population: rapid.IntRange(2, 30).Draw(t, "population"), Seed: seed},
			Random[vector]{Batch: rapid.IntRange(1, 30).Draw(t, "batch"), Seed: seed},
			Regularised[vector]{Population: rapid.IntRange(1, 30).Draw(t, "queue"), Batch: rapid.IntRange(0, 40).Draw(t, "mutants"), Seed: seed},
			Local[vector]{Batch: rapid.IntRange(0, 30).Draw(t, "neighbours"), Seed: seed},
			NSGA3[vector]{Directions: DasDennis(2, rapid.IntRange(1, 30).Draw(t, "partitions")), Seed: seed},
		}).Draw(t, "strategy")
		c := l.config(strategy, budget)
		evaluated := map[string]vector{}
		c.Evaluate = func(ctx context.Context, vs []vector) ([]Outcome, error) {
			for _, v := range vs {
				if _, ok := evaluated[l.Key(v)]; ok {
					t.Fatalf("%v evaluated twice", v)
				}
				evaluated[l.Key(v)] = slices.Clone(v)
			}
			return l.evaluate(ctx, vs)
		}
		volume := 0.0
		c.Save = func(p Progress[vector]) error {
			if p.Hypervolume < volume {
				t.Fatalf("hypervolume fell from %v to %v", volume, p.Hypervolume)
			}
			volume = p.Hypervolume
			return nil
		}
		result, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		checkEnd(t, l, budget, result)
		checkSeen(t, evaluated, result)
		checkFront(t, evaluated, l, result)
	})
}

func checkEnd(t *rapid.T, l lattice, budget int, r Result[vector]) {
	size := 1
	for range l.genes {
		size *= l.levels
	}
	switch {
	case r.End == BudgetSpent && len(r.Seen) == budget:
	case r.End == Exhausted && len(r.Seen) == min(size, budget) && size < budget:
	default:
		t.Fatalf("%v after %d evaluations: budget %d, space of %d", r.End, len(r.Seen), budget, size)
	}
}

func checkSeen(t *rapid.T, evaluated map[string]vector, r Result[vector]) {
	if got, want := slices.Sorted(slices.Values(r.Seen)), slices.Sorted(maps.Keys(evaluated)); !slices.Equal(got, want) {
		t.Fatalf("seen %v, evaluated %v", got, want)
	}
	for _, i := range slices.Concat(r.Population, r.Front) {
		if !slices.Equal(evaluated[i.Key], i.Genotype) {
			t.Fatalf("an operator changed %v to %v", evaluated[i.Key], i.Genotype)
		}
	}
}

func checkFront(t *rapid.T, evaluated map[string]vector, l lattice, r Result[vector]) {
	var points [][]float64
	var keys []string
	for _, key := range r.Seen {
		if o := l.score(evaluated[key]); o.Violation == 0 {
			points, keys = append(points, o.Objectives), append(keys, key)
		}
	}
	var want, got []string
	for _, i := range Front(points) {
		want = append(want, keys[i])
	}
	for _, i := range r.Front {
		got = append(got, i.Key)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("front %v, want %v", got, want)
	}
}

func TestSeedsComeFirst(t *testing.T) {
	for _, name := range []string{"NSGA-II", "NSGA-III", "regularised", "local"} {
		result := run(t, space.config(strategies[name], 2))
		if want := []string{"00000", "55555"}; !slices.Equal(result.Seen, want) {
			t.Errorf("%s: first evaluations %v, want %v", name, result.Seen, want)
		}
	}
}

func TestStopFinishesTheGeneration(t *testing.T) {
	generations := 0
	c := space.config(strategies["NSGA-II"], 200)
	c.Save = func(Progress[vector]) error { generations++; return nil }
	c.Stop = func() bool { return generations == 3 }
	if r := run(t, c); r.End != Stopped || r.Generation != 3 || len(r.Seen) != 36 {
		t.Errorf("%v after %d generations and %d evaluations, want stopped after 3 and 36", r.End, r.Generation, len(r.Seen))
	}
}

func TestCancelLosesTheGenerationUnderWay(t *testing.T) {
	for name, strategy := range strategies {
		ctx, cancel := context.WithCancel(context.Background())
		c := space.config(strategy, 200)
		batches := 0
		c.Evaluate = func(ctx context.Context, vs []vector) ([]Outcome, error) {
			if batches++; batches == 3 {
				cancel()
			}
			return space.evaluate(ctx, vs)
		}
		if r, err := Run(ctx, c); err != nil || r.End != Stopped || r.Generation != 2 {
			t.Errorf("%s: %v after %d generations, error %v; want stopped after 2", name, r.End, r.Generation, err)
		}
	}
}

func TestCancelBetweenGenerationsEvaluatesNoMore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := space.config(strategies["NSGA-II"], 200)
	batches := 0
	c.Evaluate = func(_ context.Context, vs []vector) ([]Outcome, error) {
		batches++
		return space.evaluate(context.Background(), vs)
	}
	c.Save = func(Progress[vector]) error { cancel(); return nil }
	if r, err := Run(ctx, c); err != nil || r.End != Stopped || batches != 1 {
		t.Errorf("%v after %d batches, error %v; want stopped after 1", r.End, batches, err)
	}
}

func TestSpentBudgetEvaluatesNothing(t *testing.T) {
	c := space.config(strategies["NSGA-II"], 30)
	first := run(t, c)
	c.From = &first.State
	c.Evaluate = func(context.Context, []vector) ([]Outcome, error) { return nil, errors.New("evaluated") }
	if again := run(t, c); again.End != BudgetSpent || !bytes.Equal(toJSON(t, again), toJSON(t, first)) {
		t.Errorf("a finished run, resumed: %s\nwant %s", toJSON(t, again), toJSON(t, first))
	}
}

func TestRunErrors(t *testing.T) {
	outcome := func(o Outcome) func(*Config[vector]) {
		return func(c *Config[vector]) {
			c.Evaluate = func(_ context.Context, vs []vector) ([]Outcome, error) {
				return slices.Repeat([]Outcome{o}, len(vs)), nil
			}
		}
	}
	nan := func() float64 { var zero float64; return zero / zero }()
	for _, test := range []struct {
		name   string
		change func(*Config[vector])
		want   string
	}{
		{"no budget", func(c *Config[vector]) { c.Budget = 0 }, "budget of 0 evaluations"},
		{"no strategy", func(c *Config[vector]) { c.Strategy = nil }, "a strategy"},
		{"population of one", func(c *Config[vector]) { c.Strategy = NSGA2[vector]{Population: 1} }, "must be at least 2"},
		{"empty batch", func(c *Config[vector]) { c.Strategy = Random[vector]{} }, "must be at least 1"},
		{"foreign state", func(c *Config[vector]) { c.From = &State[vector]{Generation: 2} }, "no population"},
		{"evaluation fails", func(c *Config[vector]) {
			c.Evaluate = func(context.Context, []vector) ([]Outcome, error) { return nil, errors.New("device lost") }
		}, "generation 0: device lost"},
		{"save fails", func(c *Config[vector]) {
			c.Save = func(Progress[vector]) error { return errors.New("disk full") }
		}, "disk full"},
		{"too few outcomes", func(c *Config[vector]) {
			c.Evaluate = func(context.Context, []vector) ([]Outcome, error) { return nil, nil }
		}, "returned 0 outcomes"},
		{"objective is NaN", outcome(Outcome{Objectives: []float64{1, nan}}), "must be finite"},
		{"violation is NaN", outcome(Outcome{Violation: nan}), "must be 0 or more"},
		{"three objectives", outcome(Outcome{Objectives: []float64{1, 2, 3}}), "with 3 objectives"},
		{"no objectives", outcome(Outcome{}), "with 0 objectives"},
	} {
		c := space.config(strategies["NSGA-II"], 100)
		test.change(&c)
		if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// BenchmarkRun is the loop's own time over 500 generations of 100, with the
// hypervolume and the state handed to Save, in a space about as large as a
// space of networks.
func BenchmarkRun(b *testing.B) {
	l := lattice{genes: 29, levels: 8}
	c := l.config(NSGA2[vector]{Population: 100, Seed: 1}, 50_000)
	c.Save = func(Progress[vector]) error { return nil }
	for b.Loop() {
		run(b, c)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/500, "ms/generation")
}
