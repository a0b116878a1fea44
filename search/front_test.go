package search

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// published is one case of testdata/pymoo.json, which testdata/golden.py wrote.
type published struct {
	Points      [][]float64
	Reference   []float64
	Hypervolume float64
	Ranks       []int
	Crowding    []float64 // of the first front, -1 for infinite
}

func pymoo(t *testing.T) (cases []published) {
	t.Helper()
	data, err := os.ReadFile("testdata/pymoo.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestRanksAndCrowdingAgreeWithPymoo(t *testing.T) {
	for _, c := range pymoo(t) {
		ranks := Ranks(c.Points)
		if !slices.Equal(ranks, c.Ranks) {
			t.Errorf("%d points of %d objectives: ranks %v, pymoo has %v", len(c.Points), len(c.Reference), ranks, c.Ranks)
			continue
		}
		var front [][]float64
		for i, rank := range ranks {
			if rank == 0 {
				front = append(front, c.Points[i])
			}
		}
		for i, got := range Crowding(front) {
			want := c.Crowding[i]
			if want == -1 {
				want = math.Inf(1)
			}
			if got != want && math.Abs(got-want) > 1e-12 {
				t.Errorf("crowding of %v is %v, pymoo has %v", front[i], got, want)
			}
		}
	}
}

// drawPoints draws points on a coarse grid, so that ties and equal points occur.
func drawPoints(t *rapid.T, most int) [][]float64 {
	m := rapid.IntRange(1, 5).Draw(t, "objectives")
	point := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 6), func(v int) float64 { return float64(v) }), m, m)
	return rapid.SliceOfN(point, 0, most).Draw(t, "points")
}

func TestFrontInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := drawPoints(t, 40)
		front := Front(points)
		for _, i := range front {
			for _, j := range front {
				if i != j && (Dominates(points[i], points[j]) || slices.Equal(points[i], points[j])) {
					t.Fatalf("%v and %v are both in the front", points[i], points[j])
				}
			}
		}
		for k, p := range points {
			if slices.Contains(front, k) {
				continue
			}
			if !slices.ContainsFunc(front, func(i int) bool {
				return Dominates(points[i], p) || i < k && slices.Equal(points[i], p)
			}) {
				t.Fatalf("%v is outside the front, and no point of it dominates or equals it", p)
			}
		}
		if !slices.IsSortedFunc(front, func(i, j int) int { return slices.Compare(points[i], points[j]) }) {
			t.Fatalf("front %v is out of order", front)
		}
	})
}

func TestRanksAreTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := drawPoints(t, 40)
		ranks := Ranks(points)
		for i, p := range points {
			want := 0 // one more than the highest rank among those that dominate
			for j, q := range points {
				if Dominates(q, p) {
					want = max(want, ranks[j]+1)
				}
			}
			if ranks[i] != want {
				t.Fatalf("rank of %v is %d, want %d", p, ranks[i], want)
			}
		}
	})
}

func TestCrowdingOfFewOrEqualPoints(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		points [][]float64
		want   []float64
	}{
		{nil, []float64{}},
		{[][]float64{{1, 1}}, []float64{inf}},
		{[][]float64{{1, 1}, {1, 1}}, []float64{inf, inf}},
		{[][]float64{{1, 1}, {1, 1}, {1, 1}}, []float64{0, 0, 0}},
		{[][]float64{{1, 3, 7}, {2, 2, 7}, {3, 1, 7}}, []float64{inf, 2, inf}},
	} {
		if got := Crowding(test.points); !slices.Equal(got, test.want) {
			t.Errorf("crowding of %v is %v, want %v", test.points, got, test.want)
		}
	}
}
