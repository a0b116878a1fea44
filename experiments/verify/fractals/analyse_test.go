package main

import (
	"math"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

// Six networks in three lines: two pairs at 1 and 2 GMACs, and two networks that
// have no equal.
var published = []accuracy.Row{
	{Name: "a", Super: "x", MACs: 1.0e9, Params: 4, Activations: 1, Top1: 70},
	{Name: "b", Super: "y", MACs: 1.1e9, Params: 3, Activations: 2, Top1: 73},
	{Name: "c", Super: "x", MACs: 2.0e9, Params: 2, Activations: 3, Top1: 76},
	{Name: "d", Super: "z", MACs: 2.1e9, Params: 1, Activations: 4, Top1: 79},
	{Name: "e", Super: "y", MACs: 4.0e9, Params: 5, Activations: 5, Top1: 80},
	{Name: "f", Super: "z", MACs: 8.0e9, Params: 6, Activations: 6, Top1: 81},
}

func trained(network string, seed int, loss float64) row {
	return row{job: job{network, seed}, Loss: loss, Top1: 100 - 10*loss, CPUSeconds: 1800}
}

func analysed(t *testing.T, losses, estimates []float64) *result {
	t.Helper()
	var rows []row
	unseen := map[string]float64{}
	for i, p := range published {
		rows = append(rows, trained(p.Name, 0, losses[i]))
		unseen[p.Name] = estimates[i]
	}
	r, err := analyseWith(rows, conditions{}, published, unseen)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnalyse(t *testing.T) {
	right, wrong := []float64{6, 5, 4, 3, 2, 1}, []float64{1, 2, 3, 4, 5, 6}
	seldom := []float64{6, 5, 3, 4, 2, 1} // wrong in the pair at 2 GMACs
	good, bad := []float64{1, 2, 3, 4, 5, 6}, []float64{6, 5, 4, 3, 2, 1}
	tests := []struct {
		name              string
		losses, estimates []float64
		tau, gain, all    float64 // of the loss
		answer            string
	}{
		{"fractals are right, the estimate wrong", right, bad, 1, 2, 1, "Yes"},
		{"fractals are wrong, the estimate right", wrong, good, -1, -2, -1, "No"},
		{"both are right", right, good, 1, 0, 1, "It can't be told"},
		{"fractals are wrong in one pair", seldom, good, 0, -1, 1 - 2.0/15, "It can't be told"},
	}
	for _, test := range tests {
		r := analysed(t, test.losses, test.estimates)
		f := r.Loss()
		if r.Pairs != 2 || r.Lines != 3 || len(r.Networks) != 6 || r.CPUHours != 3 {
			t.Errorf("%s: %d pairs, %d lines, %d networks, %v hours, want 2, 3, 6, 3", test.name, r.Pairs, r.Lines, len(r.Networks), r.CPUHours)
		}
		if f.Tau.Value != test.tau || f.Gain.Value != test.gain || math.Abs(f.All-test.all) > 1e-12 {
			t.Errorf("%s: tau %v, gain %v, over all pairs %v; want %v, %v, %v", test.name, f.Tau, f.Gain, f.All, test.tau, test.gain, test.all)
		}
		if answer := r.Answer(); !strings.HasPrefix(answer, test.answer) {
			t.Errorf("%s: %q, want %q", test.name, answer, test.answer)
		}
		if gain := r.Estimate().Gain; gain.Low != 0 || gain.High != 0 {
			t.Errorf("%s: the estimate differs from itself by %v", test.name, gain)
		}
	}
}

// Most accurate networks come first; rows of second seeds and failures rank nothing.
func TestRowsThatRank(t *testing.T) {
	unseen := map[string]float64{"a": 70, "b": 71, "c": 72}
	rows := []row{trained("a", 0, 3), trained("b", 0, 2), trained("a", 1, 9), {job: job{"c", 0}, Failure: "diverged"}}
	r, err := analyseWith(rows, conditions{}, published, unseen)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Networks) != 2 || r.Networks[0].Name != "b" || r.Networks[1].Trained.Loss != 3 {
		t.Errorf("networks %+v, want b and a of seed 0", r.Networks)
	}
	if len(r.Failed) != 1 || r.Failed[0].Network != "c" {
		t.Errorf("failed %+v, want c", r.Failed)
	}
	for name, rows := range map[string][]row{"a network that is not published": append(rows, trained("z", 0, 1)), "one network": rows[:1]} {
		if _, err := analyseWith(rows, conditions{}, published, unseen); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNoise(t *testing.T) {
	rows := []row{
		trained("a", 0, 1), trained("b", 0, 2), trained("c", 0, 3), trained("d", 0, 4),
		trained("a", 1, 1.2), trained("b", 1, 1.8), trained("c", 1, 3.2), {job: job{"d", 1}, Failure: "diverged"},
	}
	n := noiseOf(rows)
	// Differences of 0.2 nats and 2 points are √2 standard deviations each; 1, 2, 3 deviate by 1.
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"networks", float64(n.Networks), 3}, {"loss", n.Loss, 0.2 / math.Sqrt2}, {"top-1", n.Top1, 2 / math.Sqrt2},
		{"tau", n.Tau, 1}, {"spread", n.Spread, 1},
	} {
		if math.Abs(test.got-test.want) > 1e-9 {
			t.Errorf("%s %v, want %v", test.name, test.got, test.want)
		}
	}
	if n := noiseOf(rows[:5]); n != (noise{}) {
		t.Errorf("one network of two seeds: %+v, want nothing", n)
	}
}

func TestRanks(t *testing.T) {
	got := ranks([]float64{3, 1, 3, 2})
	for i, want := range []float64{3, 0.5, 3, 1.5} {
		if got[i] != want {
			t.Fatalf("%v, want 3 0.5 3 1.5", got)
		}
	}
}
