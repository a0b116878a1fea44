package compare

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// record is a run of the seed on the device whose n-th network takes ms(n),
// known to 1 %, and has an accuracy bound of 60+top1(n).
func record(t *testing.T, device string, seed int64, source evaluator.LatencySource, ms, top1 func(n int) float64) experiments.Record {
	t.Helper()
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	r := experiments.Record{Settings: experiments.Settings{
		Space: s, Budget: experiments.Duration(10 * time.Millisecond), Evaluations: 20, Algorithm: experiments.NSGA2, Population: 10, Seed: seed,
	}}
	r.Run.ID, r.Run.Name, r.Run.Reason = seed+int64(100*len(device)), fmt.Sprintf("%s-%d", device, seed), "budget spent"
	r.Run.Conditions.Device, r.Run.Conditions.Precision = device, trt.FP16
	for n := range 20 {
		l := time.Duration(ms(n) * 1e6)
		r.Results = append(r.Results, evaluator.Result{ID: fmt.Sprint(n), Score: evaluator.Score{
			Latency:  evaluator.Latency{Value: l, Low: l * 99 / 100, High: l * 101 / 100, Level: 0.95, Source: source},
			Accuracy: evaluator.Accuracy{Bound: 60 + top1(n), Source: evaluator.AccuracyPredicted},
		}})
	}
	return r
}

func plain(n int) float64 { return float64(n + 1) }

func side(runs ...experiments.Record) Side { return Side{Asked: "asked", Runs: runs} }

func compared(t *testing.T, a, b Side) Comparison {
	t.Helper()
	c, err := New(context.Background(), (*store.Store)(nil), a, b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// seeds are runs whose hypervolumes differ by a little, gain being that of all.
func seeds(t *testing.T, first, n int64, gain float64) Side {
	var runs []experiments.Record
	for seed := first; seed < first+n; seed++ {
		runs = append(runs, record(t, "t4", seed, evaluator.LatencyPredicted, plain, func(n int) float64 { return plain(n) + gain + float64(seed)/100 }))
	}
	return side(runs...)
}

func TestHypervolume(t *testing.T) {
	one := seeds(t, 0, 1, 0)
	c := compared(t, one, seeds(t, 1, 1, 0))
	// 9 networks below 10 ms, each a step of 1 ms and as much accuracy.
	want := 0.0
	for n := range 9 {
		want += plain(n)
	}
	if got := c.Hypervolume.A.Mean; math.Abs(got-want) > 1e-9 {
		t.Errorf("hypervolume %v, want %v", got, want)
	}
	for name, test := range map[string]struct {
		a, b Side
		want Verdict
	}{
		"one run each":        {one, seeds(t, 1, 1, 1), Unknown},
		"three seeds each":    {seeds(t, 0, 3, 1), seeds(t, 3, 3, 0), Unknown},
		"A ahead of all of B": {seeds(t, 0, 4, 1), seeds(t, 4, 4, 0), Higher},
		"B ahead of all of A": {seeds(t, 0, 4, 0), seeds(t, 4, 5, 1), Lower},
		"among each other":    {side(append(seeds(t, 0, 2, 0).Runs, seeds(t, 6, 2, 0).Runs...)...), seeds(t, 2, 4, 0), Tie},
	} {
		h := compared(t, test.a, test.b).Hypervolume
		if h.Verdict != test.want {
			t.Errorf("%s: %q (%s), want %q", name, h.Verdict, h.Note, test.want)
		}
		if known := h.Verdict != Unknown; known != (h.P != nil && h.Percent.Low != nil) || known == (h.Note != "") {
			t.Errorf("%s: p %v, interval %v, note %q", name, h.P, h.Percent, h.Note)
		}
		if (h.A.Low != nil) != (len(test.a.Runs) > 1) {
			t.Errorf("%s: interval %v of %d runs", name, h.A.Low, len(test.a.Runs))
		}
	}
}

// Of two budgets the smaller one bounds both fronts, or the run that may take
// longer would be ahead for that alone.
func TestStricterReference(t *testing.T) {
	a, b := seeds(t, 0, 1, 0), seeds(t, 1, 1, 0)
	b.Runs[0].Settings.Budget = experiments.Duration(5 * time.Millisecond)
	h := compared(t, a, b).Hypervolume
	if h.Reference[0] != 5 || math.Abs(h.A.Mean-10) > 1e-9 {
		t.Errorf("hypervolume %v up to %v, want 10 up to 5 ms", h.A.Mean, h.Reference)
	}
}

func TestOtherConditions(t *testing.T) {
	a := side(record(t, "t4", 0, evaluator.LatencyMeasured, plain, plain))
	for name, test := range map[string]struct {
		source evaluator.LatencySource
		ms     func(int) float64
		want   Verdict
	}{
		"half":                     {evaluator.LatencyMeasured, func(n int) float64 { return plain(n) / 2 }, Higher},
		"double":                   {evaluator.LatencyMeasured, func(n int) float64 { return plain(n) * 2 }, Lower},
		"a little, to both sides":  {evaluator.LatencyMeasured, func(n int) float64 { return plain(n) * (1 + 0.01*float64(n%2*2-1)) }, Tie},
		"a little, always":         {evaluator.LatencyMeasured, func(n int) float64 { return plain(n) * (1.005 + 0.0001*plain(n)) }, Lower},
		"a little, but a forecast": {evaluator.LatencyPredicted, func(n int) float64 { return plain(n) * (1.005 + 0.0001*plain(n)) }, Tie},
	} {
		c := compared(t, a, side(record(t, "v100", 0, test.source, test.ms, plain)))
		if c.Latency.Verdict != test.want || c.Latency.Networks != 20 || len(c.Latency.Pairs) != 20 || *c.Latency.Tau < 0.9 {
			t.Errorf("%s: %+v, want %q", name, c.Latency, test.want)
		}
		if c.Hypervolume.Verdict != Refused || len(c.OtherConditions) != 1 || c.OtherConditions[0] != "device" {
			t.Errorf("%s: hypervolume %q, other conditions %q", name, c.Hypervolume.Verdict, c.OtherConditions)
		}
		var text strings.Builder
		if err := c.WriteText(&text, false); err != nil {
			t.Fatal(err)
		}
		conditions, hypervolume := strings.Index(text.String(), "The conditions differ (device)"), strings.Index(text.String(), "Hypervolume")
		if conditions < 0 || conditions > hypervolume {
			t.Errorf("%s: conditions come late:\n%s", name, text.String())
		}
	}
}

func TestFewNetworks(t *testing.T) {
	a, b := record(t, "t4", 0, evaluator.LatencyMeasured, plain, plain), record(t, "v100", 0, evaluator.LatencyMeasured, plain, plain)
	b.Results = b.Results[:5]
	l := compared(t, side(a), side(b)).Latency
	if l.Verdict != Unknown || l.P != nil || l.Ratio != nil || len(l.Pairs) != 5 {
		t.Errorf("of 5 networks: %+v", l)
	}
}

// Under equal conditions there is nothing to compare, and a run can't be
// compared with itself.
func TestSameConditions(t *testing.T) {
	a, b := seeds(t, 0, 1, 0), seeds(t, 1, 1, 0)
	c := compared(t, a, b)
	if c.Latency.Verdict != Shared || c.Latency.Networks != 20 || len(c.Differences) != 1 || c.Differences[0] != (Difference{"seed", "0", "1"}) {
		t.Errorf("%+v", c)
	}
	if _, err := New(context.Background(), nil, a, a); err == nil {
		t.Error("a run was compared with itself")
	}
}
