package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

var conditions = evaluator.Conditions{Spec: trt.Spec{
	Device: "t4", TensorRT: "8.0.3.4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 320}, Output: trt.Classifier,
}}

func point(id string, ms, bound float64) report.Point {
	return report.Point{
		ID:        id,
		Objective: &report.Objective{Accuracy: bound, LatencyMS: ms},
		Latency:   &report.Estimate{Value: ms, Low: ms / 2, High: 2 * ms, Level: 0.8, Source: "predicted"},
		Top1:      &report.Estimate{Value: bound + 1, Low: bound, High: bound + 2, Level: 0.8, Source: "predicted"},
		Stages:    []space.Stage{{Depth: 3, Width: 64}},
	}
}

func front() report.Front {
	return report.NewFront("run", 10*time.Millisecond, conditions, 9,
		[]report.Point{point("aa", 2, 75), point("ab", 9, 83), point("b", 5, 80)})
}

func TestFrontBestFirst(t *testing.T) {
	var ids []string
	for _, p := range front().Points {
		ids = append(ids, p.ID)
	}
	if got := strings.Join(ids, " "); got != "ab b aa" {
		t.Errorf("order %s", got)
	}
}

func TestGap(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct {
		ms, accuracy    float64
		points, percent float64
	}{
		{5, 79, 1, 0},         // as fast as the front's point, less accurate
		{6, 79, 1, 16.7},      // slower: the point at 5 ms counts
		{8, 83, -3, -12.5},    // ahead of the front: only 80 at 8 ms, 9 ms for 83
		{1, 60, none, -100},   // faster than all
		{20, 81, none, 55},    // over the budget: no equal latency
		{8, 90, -10, none},    // more accurate than all
		{0.5, 99, none, none}, // out of reach on both
		{9.5, 82.5, 0.5, 5.3}, // between the points
		{4.999, 80, -5, -100 * (5/4.999 - 1)},
	} {
		f := front()
		f.Compare([]report.Reference{{Name: "x", Point: point("x", test.ms, test.accuracy)}}, nil)
		g := f.References[0].Gap
		if g == nil {
			g = &report.Gap{}
		}
		check(t, "points", test.ms, test.accuracy, g.Points, test.points)
		check(t, "per cent", test.ms, test.accuracy, g.Percent, test.percent)
	}
}

func check(t *testing.T, what string, ms, accuracy float64, got *float64, want float64) {
	t.Helper()
	if math.IsNaN(want) != (got == nil) || got != nil && math.Abs(*got-want) > 0.051 {
		t.Errorf("%v ms, %v %%: %s %v, want %v", ms, accuracy, what, got, want)
	}
}

func TestSelection(t *testing.T) {
	for _, test := range []struct {
		s    report.Selection
		want string // IDs, or part of the error
	}{
		{report.Selection{}, "ab b aa"},
		{report.Selection{Top: 2}, "ab b"},
		{report.Selection{Under: 5 * time.Millisecond}, "b aa"},
		{report.Selection{Under: 5 * time.Millisecond, Top: 1}, "b"},
		{report.Selection{ID: "aa"}, "aa"},
		{report.Selection{ID: "a"}, "error: 2 networks on the front of run run have IDs that begin with a"},
		{report.Selection{ID: "c"}, "error: no network on the front of run run has ID c"},
		{report.Selection{Under: time.Millisecond}, "error: no network on the front of run run is within 1ms"},
	} {
		e, err := report.NewExport(front(), test.s)
		var ids []string
		for _, p := range e.Networks {
			ids = append(ids, p.ID)
		}
		got := strings.Join(ids, " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, test.want) || err == nil && got != test.want {
			t.Errorf("%+v: %s, want %s", test.s, got, test.want)
		}
	}
}

func TestChangedExportIsRefused(t *testing.T) {
	a := space.Arch{Stages: [4]space.Stage{
		{Depth: 1, Width: 64}, {Depth: 1, Width: 128}, {Depth: 1, Width: 256}, {Depth: 2, Width: 512, Block: space.MixBlockC, Mixed: 1, R: .5, S: 1, K: 3},
	}}.Canonical()
	p := report.NewPoint(evaluator.Result{Arch: a, ID: a.ID()})
	e := report.Export{Schema: report.ExportSchema, Networks: []report.Point{p}}
	if n, err := e.Network(""); err != nil || n.ID() != a.ID() {
		t.Fatalf("%v, %v", n.ID(), err)
	}
	for _, test := range []struct {
		change func(*report.Export)
		says   string
	}{
		{func(e *report.Export) { e.Schema = "trtnas.export/9" }, `schema is "trtnas.export/9"`},
		{func(e *report.Export) { e.Networks = nil }, "no network in it"},
		{func(e *report.Export) { e.Networks[0].Stages = p.Stages[:2] }, "has 2 stages, need 4"},
		{func(e *report.Export) { e.Networks[0].Stages[0].Depth = 2 }, "was changed after its export"},
		{func(e *report.Export) { e.Networks[0].Stem = "none" }, "none"},
		{func(e *report.Export) { e.Networks = append(e.Networks, p) }, "choose one by --id"},
	} {
		c := report.Export{Schema: e.Schema, Networks: []report.Point{p}}
		c.Networks[0].Stages = append([]space.Stage(nil), p.Stages...)
		test.change(&c)
		if _, err := c.Network(""); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("error %v, want one that says %q", err, test.says)
		}
	}
}

func TestRows(t *testing.T) {
	for want, stages := range map[string][]space.Stage{
		"192:3B": {{Depth: 3, Width: 192}},
		"768:7B+2C(r.5 s2 k7) 64:1T(s4)": {
			{Depth: 9, Width: 768, Block: space.MixBlockC, Mixed: 2, R: .5, S: 2, K: 7},
			{Depth: 1, Width: 64, Block: space.Transformer, Mixed: 1, S: 4},
		},
		"64:2A(r.25 k3) 64:1M(r.75 k5)": {
			{Depth: 2, Width: 64, Block: space.MixBlockA, Mixed: 2, R: .25, S: 1, K: 3},
			{Depth: 1, Width: 64, Block: space.MixBlockB, Mixed: 1, R: .75, S: 1, K: 5},
		},
	} {
		if got := report.Rows(stages); got != want {
			t.Errorf("rows %s, want %s", got, want)
		}
	}
}

// A person sees the best and the fastest network, the conditions, and the
// source of every figure.
func TestFrontText(t *testing.T) {
	var points []report.Point
	for i := range 40 {
		points = append(points, point(string(rune('A'+i)), float64(i+1), 60+float64(i)/4))
	}
	f := report.NewFront("run", 40*time.Millisecond, conditions, 100, points)
	f.Compare([]report.Reference{{Name: "Net", Point: point("x", 30, 59)}, {Name: "Far", Point: point("x", 3, 59)}}, []report.LeftOut{{Name: "Other", Reason: "Other: too small"}})
	for _, test := range []struct {
		all  bool
		rows int
	}{{false, 12}, {true, 40}} {
		var b strings.Builder
		if err := f.WriteText(&b, test.all); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		for _, want := range []string{"40 networks of 100 within 40 ms", "t4, TensorRT 8.0.3.4, fp16, batch 8, 224x320, classifier",
			"40.00", "1.00", "Net ", "untrained"} {
			if !strings.Contains(got, want) {
				t.Errorf("text lacks %q:\n%s", want, got)
			}
		}
		for _, rest := range []string{"Far ", "Other: too small"} {
			if strings.Contains(got, rest) != test.all {
				t.Errorf("all is %v, and %q is not where it belongs:\n%s", test.all, rest, got)
			}
		}
		if rows := strings.Count(got, " ms\n"); strings.Count(got, "64:3B") != test.rows {
			t.Errorf("%d rows of %d:\n%s", rows, test.rows, got)
		}
	}
}

// A budget that is far beyond the front has no published networks near it: those
// near the slowest of the front are shown, or that there are none is said. And what
// was no objective was not maximised.
func TestFarBudget(t *testing.T) {
	point := func(ms float64) report.Point {
		e := report.Estimate{Value: ms, Level: 0.8, Source: "predicted"}
		return report.Point{ID: "x", Objective: &report.Objective{LatencyMS: ms, Accuracy: 80}, Latency: &e, Top1: &e}
	}
	front := func(budget time.Duration, objectives ...string) string {
		f := report.NewFront("run", budget, evaluator.Conditions{}, 100, []report.Point{point(4), point(10)})
		f.Objectives = objectives
		f.Compare([]report.Reference{{Name: "Close", Point: point(9)}, {Name: "Slow", Point: point(30)}}, nil)
		var b bytes.Buffer
		if err := f.WriteText(&b, false); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, test := range []struct {
		text       string
		has, lacks string
	}{
		{front(10 * time.Millisecond), "1 of 2, those near the budget", "Slow"},
		{front(time.Hour), "1 of 2, those near the slowest of the front", "Slow"},
		{front(time.Millisecond), "Of 2 published networks none is near the budget (--all shows every one)", "at equal ms"},
		{front(time.Hour), "within 3600000 ms", "e+06"},
		{front(time.Hour), "maximised the lower bound of top-1", "leave out"},
		{front(time.Hour, "latency", "macs"), "objectives of this search (latency, macs) leave out top-1", "maximised the lower bound"},
		{front(time.Hour, "latency", "accuracy", "macs"), "maximised the lower bound of top-1", "leave out"},
	} {
		if !strings.Contains(test.text, test.has) || strings.Contains(test.text, test.lacks) {
			t.Errorf("no %q, or %q, in\n%s", test.has, test.lacks, test.text)
		}
	}
}
