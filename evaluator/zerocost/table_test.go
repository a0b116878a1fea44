package zerocost

import (
	"math"
	"testing"
)

// Six networks of two families: pairs of equal MACs are told from others.
func TestRank(t *testing.T) {
	row := func(family string, top1, macs, score float64) Row {
		return Row{Network: family, Family: family, Top1: top1, MACs: macs, Scores: map[Proxy]float64{MeCo: score}}
	}
	rows := []Row{
		row("a", 70, 1.0, 1), row("a", 71, 1.1, 2), row("b", 72, 1.05, 0),
		row("a", 80, 4.0, 9), row("b", 81, 4.5, 8), row("b", 82, 9, 10),
	}
	got := rank("meco", rows)
	// Of 15 pairs, (a70, b72), (a71, b72) and (a80, b81) are ordered wrong. At
	// equal MACs there are the three of the first line and (a80, b81).
	if want := (15.0 - 6) / 15; math.Abs(got.Tau-want) > 1e-12 {
		t.Errorf("tau %v, want %v", got.Tau, want)
	}
	if got.Pairs != 4 || got.Matched != -0.5 || got.Networks != 6 {
		t.Errorf("%d pairs, tau %v, %d networks", got.Pairs, got.Matched, got.Networks)
	}
	// Samples of one family have the pair in a alone, or none.
	if got.Low != -0.5 || got.High != 1 {
		t.Errorf("interval %v to %v", got.Low, got.High)
	}
}

// The table has every proxy and baseline, and its intervals hold the figures.
func TestTable(t *testing.T) {
	for _, name := range append(Baselines(), names()...) {
		r, ok := RankOf(name)
		if !ok || r.Networks < 30 || r.Source == "" || r.Matched < r.Low || r.Matched > r.High || math.Abs(r.Tau) > 1 {
			t.Errorf("%s: %+v, %v", name, r, ok)
		}
	}
	if _, ok := RankOf("synflow"); ok {
		t.Error("synflow has a rank")
	}
	seen := map[string]bool{}
	for _, r := range Rows() {
		if seen[r.Network] || r.Top1 < 60 || r.Top1 > 90 || r.Params < 1e6 || r.MACs < 1e8 {
			t.Errorf("%+v", r)
		}
		seen[r.Network] = true
	}
}

func names() []string {
	var all []string
	for _, p := range All() {
		all = append(all, string(p))
	}
	return all
}

func TestReadRows(t *testing.T) {
	for _, text := range []string{"", "network,family,top1\nA,a,high\n", "network,family,top1\nA,a\n"} {
		if _, err := readRows([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// Values and t(0.975, 2) = 4.302653 from Student's table.
func TestMean(t *testing.T) {
	scores := []Score{{Proxy: MeCo, Value: 1}, {Proxy: SWAP, Value: 50}, {Proxy: MeCo, Seed: 1, Value: 2, Cost: 2}, {Proxy: MeCo, Seed: 2, Value: 3, Cost: 3}}
	e := Mean(MeCo, scores)
	if half := 4.302653 / math.Sqrt(3); e.Value != 2 || math.Abs(e.High-2-half) > 1e-6 || math.Abs(2-e.Low-half) > 1e-6 || e.Seeds != 3 || e.Cost != 5 {
		t.Errorf("%+v", e)
	}
	if e := Mean(SWAP, scores); e.Value != 50 || !math.IsInf(e.High, 1) || !math.IsInf(e.Low, -1) {
		t.Errorf("of one seed: %+v", e)
	}
	if e := Mean(MeCo, append(scores, Score{Proxy: MeCo, Seed: 3, Failure: "it broke"})); e.Failure != "it broke" || e.Value != 0 {
		t.Errorf("with a failure: %+v", e)
	}
	if e := Mean(Zen, scores); e.Seeds != 0 || e.Value != 0 {
		t.Errorf("of none: %+v", e)
	}
}

// A proxy gains nothing over itself; what is not known of every network, or was
// computed elsewhere, can't be judged.
func TestAgainst(t *testing.T) {
	itself := func(r Row) (float64, bool) { v, ok := r.Scores[MeCo]; return v, ok }
	v, ok := Against(MeCo, itself)
	r, _ := RankOf(string(MeCo))
	if !ok || v.Gain.Value != 0 || v.Gain.Low != 0 || v.Gain.High != 0 || v.Tau.Value != r.Matched || v.Tau.Low != r.Low || v.Pairs != r.Pairs {
		t.Errorf("against itself: %+v, ranked %+v", v, r)
	}
	if _, ok := Against(MeCo, func(r Row) (float64, bool) { return 1, r.Network != Rows()[3].Network }); ok {
		t.Error("a network without the figure was judged")
	}
	if _, ok := Against(ZiCo, itself); ok {
		t.Error("a proxy that was computed elsewhere was judged")
	}
}
