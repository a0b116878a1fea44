package search

import (
	"math"
	"math/rand"
	"slices"
	"testing"
)

func TestSelectBestUnderConstraints(t *testing.T) {
	candidate := func(key string, violation float64, objectives ...float64) Individual[int] {
		return Individual[int]{Key: key, Outcome: Outcome{objectives, violation}}
	}
	got := selectBest([]Individual[int]{
		candidate("failed", math.Inf(1)),
		candidate("far", 2, 0, 0),
		candidate("near", 1, 9, 9),
		candidate("dominated", 0, 4, 4),
		candidate("left", 0, 1, 5),
		candidate("middle", 0, 2, 2),
		candidate("crowded", 0, 1.5, 3),
		candidate("right", 0, 5, 1),
		candidate("also far", 2, 1, 1),
		candidate("cut", math.Inf(1)),
	}, 9)
	want := []struct {
		key      string
		rank     int
		crowding float64
	}{
		{"left", 0, math.Inf(1)}, {"right", 0, math.Inf(1)},
		{"middle", 0, 3.5/4 + 2.0/4}, {"crowded", 0, 1.0/4 + 3.0/4},
		{"dominated", 1, math.Inf(1)},
		{"near", 2, 0}, {"far", 3, 0}, {"also far", 3, 0}, {"failed", 4, 0},
	}
	if len(got) != len(want) {
		t.Fatalf("%d survivors, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Key != w.key || got[i].Rank != w.rank || got[i].Crowding != w.crowding {
			t.Errorf("place %d: %s, rank %d, crowding %v; want %+v", i, got[i].Key, got[i].Rank, got[i].Crowding, w)
		}
	}
}

func TestTournament(t *testing.T) {
	member := func(violation float64, rank int, crowding float64, objectives ...float64) Individual[int] {
		return Individual[int]{Outcome: Outcome{objectives, violation}, Rank: rank, Crowding: crowding}
	}
	for _, test := range []struct {
		name string
		a, b Individual[int]
	}{
		{"feasible before infeasible", member(0, 5, 0, 9, 9), member(1, 6, 0, 0, 0)},
		{"smaller violation", member(1, 5, 0, 9, 9), member(2, 6, 0, 0, 0)},
		{"domination", member(0, 0, 0.1, 1, 1), member(0, 1, 9, 2, 2)},
		{"crowding", member(0, 0, 2, 1, 2), member(0, 0, 1, 2, 1)},
		{"crowding across fronts", member(0, 1, 2, 0, 4), member(0, 0, 1, 2, 1)},
	} {
		if compare(&test.a, &test.b) >= 0 || compare(&test.b, &test.a) <= 0 {
			t.Errorf("%s: does not decide", test.name)
		}
	}
	even := []Individual[int]{member(0, 0, 1, 1, 2), member(0, 0, 1, 2, 1)}
	contest, wins := newTournament(even, rand.New(rand.NewSource(1))), [2]int{}
	for range 1000 {
		wins[contest.winner()]++
	}
	if slices.Min(wins[:]) < 400 { // binomial(1000, 1/2) is below 400 once in 10^10
		t.Errorf("of two equals one wins %v of 1000", wins)
	}
}
