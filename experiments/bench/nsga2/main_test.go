package main

import (
	"math"
	"math/rand"
	"slices"
	"testing"
	"time"
)

// The medians that README.md has for pymoo 0.6.2 over ten seeds.
var pymooMedian = map[string]float64{
	"ZDT1": 0.8697, "ZDT2": 0.5364, "DTLZ2": 0.7014, "C1DTLZ1": 0.1783, "C2DTLZ2": 0.6414,
}

// One run may be an unlucky one: the comparison itself takes medians. Of 30
// runs on C1DTLZ1, where seeds differ most, one was below this share.
const leastShare = 0.93

func TestReachesPymoosHypervolume(t *testing.T) {
	for _, p := range problems {
		got, err := runOurs(p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if want := pymooMedian[p.name]; got.Hypervolume < leastShare*want {
			t.Errorf("%s: hypervolume %.4f, pymoo's median is %.4f", p.name, got.Hypervolume, want)
		}
		if got.Evaluations != p.evaluations || got.Generations != p.evaluations/population {
			t.Errorf("%s: %d evaluations in %d generations, want %d in %d", p.name,
				got.Evaluations, got.Generations, p.evaluations, p.evaluations/population)
		}
	}
}

// TestProblemsOnTheirFronts checks values that the definitions give directly;
// the comparison checks random points against pymoo.
func TestProblemsOnTheirFronts(t *testing.T) {
	at := func(rest float64, first ...float64) []float64 {
		return append(first, slices.Repeat([]float64{rest}, 5)...)
	}
	half := math.Sqrt(0.5)
	for _, test := range []struct {
		problem string
		x, f    []float64
		misses  float64
	}{
		{"ZDT1", at(0, 0.25), []float64{0.25, 0.5}, 0},
		{"ZDT1", at(1, 0.1), []float64{0.1, 9}, 0},
		{"ZDT2", at(0, 0.5), []float64{0.5, 0.75}, 0},
		{"DTLZ2", at(0.5, 0, 0.5), []float64{half, half, 0}, 0},
		{"DTLZ2", at(0, 1, 0), []float64{0, 0, 2.25}, 0},
		{"C1DTLZ1", at(0.5, 0.5, 0.5), []float64{0.125, 0.125, 0.25}, 0},
		{"C1DTLZ1", at(0, 1, 1), []float64{63, 0, 0}, 125}, // g is 100·5·0.25
		{"C2DTLZ2", at(0.5, 0, 0), []float64{1, 0, 0}, 0},
		{"C2DTLZ2", at(0.5, 0, 0.5), []float64{half, half, 0}, 2 - 2*math.Sqrt(2.0/3) - 0.16},
	} {
		i := slices.IndexFunc(problems, func(p problem) bool { return p.name == test.problem })
		f := make([]float64, len(test.f))
		misses := problems[i].score(test.x, f)
		for k, v := range append(f, misses) {
			if want := append(test.f, test.misses)[k]; math.Abs(v-want) > 1e-12 {
				t.Errorf("%s(%v) is %v with violation %v, want %v with %v", test.problem, test.x, f, misses, test.f, test.misses)
				break
			}
		}
	}
}

// TestOperators checks the operators against what defines them: simulated
// binary crossover keeps the parents' mean where no bound is near, and both
// stay within the bounds and leave their arguments alone.
func TestOperators(t *testing.T) {
	p, rng := problems[0], rand.New(rand.NewSource(1))
	for range 1000 {
		a, b := p.Sample(rng), p.Sample(rng)
		keepA, keepB := slices.Clone(a), slices.Clone(b)
		c, d := p.Cross(a, b, rng)
		m := p.Mutate(c, rng)
		if !slices.Equal(a, keepA) || !slices.Equal(b, keepB) {
			t.Fatal("crossover changed a parent")
		}
		for i := range a {
			if low, high := min(a[i], b[i]), max(a[i], b[i]); low > 0.4 && high < 0.6 && math.Abs(a[i]+b[i]-c[i]-d[i]) > 1e-6 {
				t.Errorf("children %v and %v of %v and %v: the mean moved", c[i], d[i], a[i], b[i])
			}
		}
		if all := slices.Concat(c, d, m); slices.Min(all) < 0 || slices.Max(all) > 1 {
			t.Fatalf("outside the unit cube: %v", all)
		}
	}
}

// BenchmarkRun times whole runs: go test -bench . -cpuprofile cpu.prof shows
// where a generation's time goes.
func BenchmarkRun(b *testing.B) {
	for _, p := range problems {
		b.Run(p.name, func(b *testing.B) {
			var perGeneration time.Duration
			for b.Loop() {
				o, err := runOurs(p, 1)
				if err != nil {
					b.Fatal(err)
				}
				perGeneration = o.perGeneration()
			}
			b.ReportMetric(float64(perGeneration)/float64(time.Millisecond), "ms/generation")
		})
	}
}
