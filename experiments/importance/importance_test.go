package importance

import (
	"encoding/json"
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/space"
)

// record is a run of n random networks of a space, whose latency in ms and
// accuracy follow from the places of their choices, by the decisions' names.
func record(t *testing.T, name string, n int, ms, top1 func(at map[string]float64) float64) experiments.Record {
	t.Helper()
	s, err := space.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(3))
	r := experiments.Record{Settings: experiments.Settings{Space: s}}
	r.Run.Name = "made up"
	for range n {
		g := s.Sample(rng)
		at := map[string]float64{}
		for _, d := range s.Open() {
			at[d.Name] = float64(g[d.Gene])
		}
		l := time.Duration(ms(at) * 1e6)
		r.Results = append(r.Results, evaluator.Result{Arch: s.Decode(g), Score: evaluator.Score{
			Latency:  evaluator.Latency{Value: l, Source: evaluator.LatencyPredicted},
			Accuracy: evaluator.Accuracy{Value: top1(at), Source: evaluator.AccuracyPredicted},
		}})
	}
	return r
}

func analysed(t *testing.T, r experiments.Record) Report {
	t.Helper()
	out, err := New(r, rand.New(rand.NewSource(0)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// uniform is the variance of one of n equally likely integers.
func uniform(n float64) float64 { return (n*n - 1) / 12 }

// Shares are those that follow from a formula: a sum has the shares of its terms, and
// a product of centred factors is the factors' together.
func TestKnownShares(t *testing.T) {
	ms := func(at map[string]float64) float64 {
		return 20 + 3*at["width"] + at["s4 depth"] + (at["s2 depth"]-2.5)*(at["s5 depth"]-5.5)/2
	}
	width, depth, both := 9*uniform(7), uniform(20), uniform(6)*uniform(12)/4
	total := width + depth + both
	out := analysed(t, record(t, "trt-vit", 3000, ms, func(at map[string]float64) float64 { return 80 - at["s3 depth"] }))
	latency := out.Figures[0]
	if latency.NotEnough != "" || latency.Explained < 0.8 {
		t.Fatalf("%+v", latency)
	}
	want := map[string]float64{"width": width / total, "s4 depth": depth / total}
	for _, d := range latency.Decisions {
		w := want[d.Name]
		if math.Abs(d.Share.Value-w) > 0.05 || w < d.Share.Low-0.01 || w > d.Share.High || d.Matters != (w > 0) {
			t.Errorf("%s: %+v, matters %v; the formula says %.3f", d.Name, d.Share, d.Matters, w)
		}
	}
	if latency.Decisions[0].Name != "width" || latency.Decisions[1].Name != "s4 depth" {
		t.Errorf("not in the order of importance: %+v", latency.Decisions[:2])
	}
	if s := latency.Together; math.Abs(s.Value-both/total) > 0.06 {
		t.Errorf("together %+v, the formula says %.3f", s, both/total)
	}
	first, last := latency.Decisions[0].Choices[0], latency.Decisions[0].Choices[6]
	if first.Choice != "64" || last.Choice != "256" || math.Abs(last.Mean-first.Mean-18) > 2 {
		t.Errorf("width's means go from %+v to %+v, by formula 18 apart", first, last)
	}
	if d := out.Figures[1].Decisions[0]; d.Name != "s3 depth" || d.Share.Value < 0.95 {
		t.Errorf("accuracy depends on s3 depth alone: %+v", d)
	}
}

// Kinds have no order: neither the first nor the last may have the greatest mean.
func TestKinds(t *testing.T) {
	kinds := []float64{5, 1, 8, 3}
	out := analysed(t, record(t, "open", 400,
		func(at map[string]float64) float64 {
			if at["s2 mixed"] == 0 {
				return 4
			}
			return kinds[int(at["s2 block"])]
		},
		func(map[string]float64) float64 { return 80 }))
	d := out.Figures[0].Decisions[0]
	if d.Name != "s2 block" || !d.Matters || d.Share.Value < 0.7 {
		t.Errorf("%+v", d)
	}
	if flat := out.Figures[1]; flat.NotEnough == "" {
		t.Errorf("of equal accuracies: %+v", flat)
	}
}

func TestNotEnoughData(t *testing.T) {
	noise := rand.New(rand.NewSource(5))
	for name, test := range map[string]struct {
		networks int
		ms       func(map[string]float64) float64
		want     string
	}{
		"few":   {FewestNetworks - 1, func(at map[string]float64) float64 { return at["width"] }, "49 networks, and 50 are the fewest"},
		"noise": {500, func(map[string]float64) float64 { return noise.Float64() }, "% of the variance of networks that it was not fitted on"},
	} {
		out := analysed(t, record(t, "trt-vit", test.networks, test.ms, func(map[string]float64) float64 { return 0 }))
		if f := out.Figures[0]; !strings.Contains(f.NotEnough, test.want) || f.Decisions != nil {
			t.Errorf("%s: %+v, want %q", name, f, test.want)
		}
		var text strings.Builder
		if err := out.WriteText(&text); err != nil || strings.Count(text.String(), "not enough data") != 2 {
			t.Errorf("%s: %v\n%s", name, err, text.String())
		}
	}
}

func TestFailuresAndRepetition(t *testing.T) {
	r := record(t, "trt-vit", 120, func(at map[string]float64) float64 { return at["width"] }, func(at map[string]float64) float64 { return at["s4 depth"] })
	for i := range 20 {
		r.Results[i].Failure = &evaluator.Failure{Class: "crash"}
		r.Results[i].Score = evaluator.Score{}
	}
	a, b := analysed(t, r), analysed(t, r)
	if a.Networks != 100 || a.Figures[0].Sources["predicted"] != 100 {
		t.Errorf("%d networks, %v", a.Networks, a.Figures[0].Sources)
	}
	first, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(b)
	if err != nil || string(first) != string(again) {
		t.Errorf("the same seed gave\n%s\n%s (%v)", first, again, err)
	}
}
