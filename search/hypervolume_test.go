package search

import (
	"math"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHypervolumeAgreesWithPymoo(t *testing.T) {
	for _, c := range pymoo(t) {
		if got := Hypervolume(c.Points, c.Reference); math.Abs(got-c.Hypervolume) > 1e-12 {
			t.Errorf("%d points of %d objectives: %v, pymoo has %v", len(c.Points), len(c.Reference), got, c.Hypervolume)
		}
	}
}

// inclusionExclusion is the volume of a union of boxes as the signed sum over
// all subsets of the volume of their intersection.
func inclusionExclusion(points [][]float64, reference []float64) float64 {
	total := 0.0
	for subset := 1; subset < 1<<len(points); subset++ {
		volume := -1.0
		corner := slices.Repeat([]float64{math.Inf(-1)}, len(reference))
		for i, p := range points {
			if subset>>i&1 == 1 {
				volume = -volume
				for m, v := range p {
					corner[m] = max(corner[m], v)
				}
			}
		}
		for m, v := range corner {
			volume *= max(reference[m]-v, 0)
		}
		total += volume
	}
	return total
}

func TestHypervolumeIsInclusionExclusion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := drawPoints(t, 8)
		if len(points) == 0 {
			return
		}
		before := slices.Clone(points)
		reference := slices.Repeat([]float64{5}, len(points[0])) // grid points of 5 and 6 are not below it
		// All values are small integers, so that both sums are exact.
		if got, want := Hypervolume(points, reference), inclusionExclusion(points, reference); got != want {
			t.Fatalf("hypervolume %v, by inclusion and exclusion %v", got, want)
		}
		if !slices.EqualFunc(points, before, slices.Equal) {
			t.Fatalf("the points were reordered")
		}
	})
}

func TestHypervolumeOfNothing(t *testing.T) {
	if got := Hypervolume(nil, []float64{1, 1}); got != 0 {
		t.Errorf("hypervolume of no points is %v", got)
	}
	if got := Hypervolume([][]float64{{1, 0}, {0, 2}}, []float64{1, 1}); got != 0 {
		t.Errorf("hypervolume of points beyond the reference is %v", got)
	}
}

// sphere draws points on the unit sphere's positive part, of which none
// dominates another.
func sphere(n, objectives int) [][]float64 {
	rng := rand.New(rand.NewSource(1))
	points := make([][]float64, n)
	for i := range points {
		p, norm := make([]float64, objectives), 0.0
		for m := range p {
			p[m] = math.Abs(rng.NormFloat64())
			norm += p[m] * p[m]
		}
		for m := range p {
			p[m] /= math.Sqrt(norm)
		}
		points[i] = p
	}
	return points
}

func BenchmarkFront50000(b *testing.B) {
	points := sphere(50_000, 2)
	for b.Loop() {
		Front(points)
	}
}

func BenchmarkRanks200(b *testing.B) {
	points := sphere(200, 3)
	for b.Loop() {
		Ranks(points)
	}
}

func BenchmarkHypervolume(b *testing.B) {
	for _, objectives := range []int{2, 3} {
		points, reference := sphere(5000, objectives), slices.Repeat([]float64{1.1}, objectives)
		b.Run([]string{"", "", "2D", "3D"}[objectives], func(b *testing.B) {
			for b.Loop() {
				Hypervolume(points, reference)
			}
		})
	}
}
