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
	member := func(rank int, crowding float64) Individual[int] {
		return Individual[int]{Rank: rank, Crowding: crowding}
	}
	for _, test := range []struct{ a, b Individual[int] }{
		{member(0, 0), member(1, math.Inf(1))},
		{member(1, 2), member(1, 1)},
	} {
		if compare(&test.a, &test.b) >= 0 || compare(&test.b, &test.a) <= 0 {
			t.Errorf("rank %d, crowding %v does not win against rank %d, crowding %v",
				test.a.Rank, test.a.Crowding, test.b.Rank, test.b.Crowding)
		}
	}
	even := []Individual[int]{member(0, 1), member(0, 1)}
	contest, wins := newTournament(even, rand.New(rand.NewSource(1))), [2]int{}
	for range 1000 {
		wins[contest.winner()]++
	}
	if slices.Min(wins[:]) < 400 { // binomial(1000, 1/2) is below 400 once in 10^10
		t.Errorf("of two equals one wins %v of 1000", wins)
	}
}
