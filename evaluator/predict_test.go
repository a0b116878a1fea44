package evaluator

import (
	"context"
	"math"
	"math/rand"
	"reflect"
	"testing"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

func t4(t testing.TB, edit func(*trt.Spec)) *Predict {
	t.Helper()
	profile, err := latency.Open("t4")
	if err != nil {
		t.Fatal(err)
	}
	spec := trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}
	if edit != nil {
		edit(&spec)
	}
	p, err := NewPredict(spec, profile, accuracy.Default())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sample(t testing.TB, name string, n int) []space.Arch {
	t.Helper()
	s, err := space.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(5))
	archs := make([]space.Arch, n)
	for i := range archs {
		archs[i] = s.Decode(s.Sample(rng))
	}
	return archs
}

// Costs kept by part give what the whole network's graph gives.
func TestPartsScoreAsTheWhole(t *testing.T) {
	edits := map[string]func(*trt.Spec){
		"224":      nil,
		"512x640":  func(s *trt.Spec) { s.Resolution = [2]int{512, 640} },
		"features": func(s *trt.Spec) { s.Output = trt.Features },
		"batch 1":  func(s *trt.Spec) { s.Batch = 1 },
	}
	for name, edit := range edits {
		p := t4(t, edit)
		for _, s := range []string{"trt-vit", "open", "paper"} {
			archs := sample(t, s, 20)
			results, err := p.Evaluate(context.Background(), archs)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range results {
				whole, err := p.Network(archs[i])
				if err != nil || r.Failure != nil {
					t.Fatalf("%s, %s: %v, %v", name, s, err, r.Failure)
				}
				if !close(float64(r.Score.Latency.Value), float64(whole.Latency.Value)) || !close(r.Score.Accuracy.Bound, whole.Accuracy.Bound) ||
					r.Score.Params != whole.Params || r.Score.MACs != whole.MACs {
					t.Errorf("%s, %s: parts give %+v, the whole %+v", name, s, r.Score, whole)
				}
			}
		}
	}
}

// close allows for the order of additions; latencies are whole nanoseconds.
func close(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

func TestImpossibleNetworksAreFailures(t *testing.T) {
	p := t4(t, func(s *trt.Spec) { s.Resolution = [2]int{32, 32} })
	a := space.Arch{Stages: [4]space.Stage{
		{Depth: 1, Width: 64, Block: space.MixBlockC, Mixed: 1, R: 0.5, S: 8, K: 3},
		{Depth: 1, Width: 128, S: 1, K: 3}, {Depth: 1, Width: 256, S: 1, K: 3},
		{Depth: 1, Width: 512, Block: space.MixBlockC, Mixed: 1, R: 0.5, S: 4, K: 3},
	}}
	results, err := p.Evaluate(context.Background(), []space.Arch{a, {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Failure == nil || r.Failure.Class != trt.InvalidNetwork {
			t.Errorf("result %+v", r)
		}
	}
}

// The same architectures in any batching give the same bits.
func TestEvaluateIsDeterministic(t *testing.T) {
	archs := sample(t, "open", 60)
	all, err := t4(t, nil).Evaluate(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	p := t4(t, nil)
	for i, a := range archs {
		one, err := p.Evaluate(context.Background(), []space.Arch{a})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(one[0], all[i]) {
			t.Errorf("alone %+v, among others %+v", one[0], all[i])
		}
	}
}

func TestEvaluateStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := t4(t, nil).Evaluate(ctx, sample(t, "open", 10)); err == nil {
		t.Error("no error")
	}
}

// BenchmarkEvaluate scores networks that a search has not met before.
func BenchmarkEvaluate(b *testing.B) {
	for _, name := range []string{"trt-vit", "open"} {
		b.Run(name, func(b *testing.B) {
			p := t4(b, nil)
			archs := sample(b, name, 20_000)
			if _, err := p.Evaluate(context.Background(), archs[:10_000]); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Evaluate(context.Background(), archs[10_000:]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "networks/s")
		})
	}
}
