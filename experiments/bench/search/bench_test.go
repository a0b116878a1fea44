package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRank(t *testing.T) {
	// Conover, Practical Nonparametric Statistics: of 20 values, the 6th and the
	// 15th hold the median with 95.9 %; of 5, the extremes with 93.8 %.
	for n, want := range map[int]int{1: 0, 5: 0, 6: 0, 10: 1, 20: 5} {
		if got := rank(n); got != want {
			t.Errorf("of %d values: %d from each end, want %d", n, got, want)
		}
	}
}

func TestEvaluationsText(t *testing.T) {
	never := math.Inf(1)
	for _, test := range []struct {
		values []float64
		want   string
	}{
		{[]float64{30, 10, 20}, "20 (10–30)"},
		{[]float64{10, never, 20}, "20 (10–>800) [2 of 3]"},
		{[]float64{10, never, never}, ">800 (10–>800) [1 of 3]"},
		{[]float64{never, never}, ">800 [0 of 2]"},
		{nil, "–"},
	} {
		if got := evaluationsText(test.values, 800); got != test.want {
			t.Errorf("%v: %q, want %q", test.values, got, test.want)
		}
	}
}

func TestGrowth(t *testing.T) {
	// Up to 15 ms and 78 %: 5·2, then nothing new, then 10·1 more, less the
	// overlap of 5·1.
	steps, front := growth([]point{{16, 85}, {10, 80}, {11, 79}, {}, {5, 79}, {10, 80}})
	if want := []step{{2, 10}, {5, 15}}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if len(front) != 2 {
		t.Errorf("front %v", front)
	}
}

// What thinning drops makes a share be reached late, by little, and never early.
func TestThin(t *testing.T) {
	var steps []step
	for i := range 1000 {
		steps = append(steps, step{i + 1, 50 * (1 - math.Exp(-float64(i+1)/150))})
	}
	var r record
	for _, s := range thin(steps) {
		r.At, r.Volume = append(r.At, s.at), append(r.Volume, s.volume)
	}
	if len(r.At) > 250 || r.at(1000) != steps[999].volume || r.at(0) != 0 {
		t.Errorf("%d steps kept, ending at %v", len(r.At), r.at(1000))
	}
	for _, share := range []float64{0.95, 0.99} {
		volume := share * 50
		exact := slices.IndexFunc(steps, func(s step) bool { return s.volume >= volume })
		got := r.reach(volume)
		if got < float64(steps[exact].at) || r.at(int(got)) > volume*(1+2*lateGrowth) {
			t.Errorf("%v reached at %v, not %d", share, got, steps[exact].at)
		}
	}
	if !math.IsInf(r.reach(51), 1) {
		t.Error("reached what it has not")
	}
}

// A log that is opened again knows its runs and the fronts that they added.
func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	l, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	a := job{"open", truths[1], 1, pymoo40, 10}
	b := a
	b.Method = screened
	if _, err := l.add(a, found{points: []point{{10, 80}, {5, 79}}}); err != nil {
		t.Fatal(err)
	}
	r, err := l.add(b, found{points: []point{{10, 80}, {4, 79}, {6, 79}}})
	if err != nil || len(r.Added) != 1 {
		t.Errorf("added %v, %v", r.Added, err)
	}
	if l, err = openLog(path); err != nil || !l.has(a) || !l.has(b) {
		t.Fatalf("%v", err)
	}
	if err := l.drop(string(screened)); err != nil || l.has(b) {
		t.Error("dropped run is still there", err)
	}
	if l, err = openLog(path); err != nil || l.has(b) || len(reference(l.records, a)) != 3 {
		t.Error("dropping lost what the run added to the reference", err)
	}
}

// The page tells of what there is, here one seed without pymoo's runs of 100.
func TestPage(t *testing.T) {
	folder := t.TempDir()
	var l log
	for _, m := range []method{screened, pymoo40} {
		if _, err := l.add(job{"open", truths[1], 1, m, 10}, found{points: []point{{10, 80}, {5, 79}}, own: 1, by: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writePage(folder, l.records); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"README.md": "| trtnas, screened | 1 | 2 (2–2) | 2 (2–2) |", "open.svg": "<polyline", "trt-vit.svg": "</svg>"} {
		if text, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %s, %v", name, want, text, err)
		}
	}
}

// What is over the budget violates it by its share, as trtnas itself has it.
func TestOutcome(t *testing.T) {
	for _, test := range []struct {
		answer    string
		violation float64
	}{
		{`{"latency_ms": 12, "accuracy": 80}`, 0},
		{`{"latency_ms": 18, "accuracy": 80}`, 0.2},
		{`{"failure": {"class": "timeout"}}`, math.Inf(1)},
	} {
		var a answer
		if err := json.Unmarshal([]byte(test.answer), &a); err != nil {
			t.Fatal(err)
		}
		if got := a.outcome().Violation; math.Abs(got-test.violation) > 1e-12 && got != test.violation {
			t.Errorf("%s: violation %v, want %v", test.answer, got, test.violation)
		}
	}
}
