package main

import "testing"

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		seconds []float64
		want    string
	}{
		{[]float64{3, 1, 2}, "2.0 (1.0–3.0)"},
		{[]float64{4, 1, 2, 3}, "2.5 (1.0–4.0)"},
		{[]float64{1.01, 1.02}, "1.0"}, // the same, as far as it is printed
	} {
		var outcomes []outcome
		for _, s := range test.seconds {
			outcomes = append(outcomes, outcome{Wall: s})
		}
		if got := spreadOf(outcomes, func(o outcome) float64 { return o.Wall }).text("%.1f"); got != test.want {
			t.Errorf("spread of %v is %s, want %s", test.seconds, got, test.want)
		}
	}
}

// The ratio says how many times less we take.
func TestRows(t *testing.T) {
	p := page{
		Ours:   []outcome{{report: report{Seconds: 2}, Wall: 2, CPU: 2, Peak: 2 * mebi, File: 2 * mebi}},
		Theirs: []outcome{{report: report{Seconds: 6}, Wall: 6, CPU: 6, Peak: 6 * mebi, File: 6 * mebi}},
	}
	for _, r := range p.rows(4 * mebi) {
		if r.Ratio != "3.0" {
			t.Errorf("%s: ratio %s of %s to %s, want 3.0", r.What, r.Ratio, r.Theirs, r.Ours)
		}
		if r.What == "peak memory over weights" && r.Ours != "0.50" {
			t.Errorf("%s: %s, want 0.50", r.What, r.Ours)
		}
	}
}
