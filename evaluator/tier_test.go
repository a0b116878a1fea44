package evaluator

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// dear is a tier that remembers what it was asked, and fails on one network.
type dear struct {
	asked   []string
	invalid string
	short   bool // answers too little
}

func (d *dear) Scale() Scale {
	return Scale{Source: AccuracyExternal, Model: "judge 1", Data: "digits"}
}
func (d *dear) Cost() time.Duration { return time.Hour }

func (d *dear) Judge(_ context.Context, archs []space.Arch) ([]Judgement, error) {
	out := make([]Judgement, len(archs))
	for i, a := range archs {
		d.asked = append(d.asked, a.ID())
		out[i].Accuracy = Accuracy{Value: 50, Source: AccuracyExternal}
		if a.ID() == d.invalid {
			out[i] = Judgement{Failure: &Failure{Class: trt.InvalidNetwork, Message: "no"}}
		}
	}
	if d.short {
		return nil, nil
	}
	return out, nil
}

// latencies scores by position: the first takes 1 ms, the last has failed.
type latencies struct{}

func (latencies) Evaluate(_ context.Context, archs []space.Arch) ([]Result, error) {
	out := make([]Result, len(archs))
	for i, a := range archs {
		out[i] = Result{Arch: a, ID: a.ID(), Score: Score{
			Latency: Latency{Value: time.Duration(i+1) * time.Millisecond}, Accuracy: Accuracy{Value: 80, Source: AccuracyPredicted},
		}}
	}
	out[len(out)-1] = Result{Arch: archs[len(archs)-1], ID: archs[len(archs)-1].ID(), Failure: &Failure{Class: trt.Crash}}
	return out, nil
}

// The dear tier is asked about what is worth it, and no accuracy of the cheap
// one is left beside its own.
func TestJudged(t *testing.T) {
	archs := sample(t, "trt-vit", 5)
	tier := &dear{invalid: archs[1].ID()}
	results, err := Judged{Next: latencies{}, Tier: tier, Worth: func(r Result) bool { return r.Score.Latency.Value <= 3*time.Millisecond }}.
		Evaluate(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	if len(tier.asked) != 3 {
		t.Errorf("asked about %d networks, want the 3 within 3 ms", len(tier.asked))
	}
	want := []struct {
		source AccuracySource
		class  trt.Class
	}{{AccuracyExternal, ""}, {"", trt.InvalidNetwork}, {AccuracyExternal, ""}, {"", ""}, {"", trt.Crash}}
	for i, r := range results {
		class := trt.Class("")
		if r.Failure != nil {
			class = r.Failure.Class
		}
		if r.Score.Accuracy.Source != want[i].source || class != want[i].class {
			t.Errorf("network %d: accuracy %+v, failure %q, want %+v", i, r.Score.Accuracy, class, want[i])
		}
	}
	if _, err := (Judged{Next: latencies{}, Tier: &dear{short: true}}).Evaluate(context.Background(), archs); err == nil {
		t.Error("answers that are missing are no error")
	}
}

// The fitted model is a tier that says what Predict says.
func TestFitted(t *testing.T) {
	archs := sample(t, "trt-vit", 8)
	archs[3].Stages[0].Depth = 0
	tier := Fitted(accuracy.Default())
	judged, err := tier.Judge(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	results, err := t4(t, nil).Evaluate(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range judged {
		if j.Accuracy != results[i].Score.Accuracy {
			t.Errorf("network %d: %+v, Predict has %+v", i, j.Accuracy, results[i].Score.Accuracy)
		}
		if failed := j.Failure != nil; failed != (i == 3) {
			t.Errorf("network %d: failure %+v", i, j.Failure)
		}
	}
	if s := tier.Scale(); s.Source != AccuracyPredicted || s.Data != "" || tier.Cost() <= 0 {
		t.Errorf("scale %+v, cost %v", s, tier.Cost())
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tier.Judge(stopped, archs); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func BenchmarkFitted(b *testing.B) {
	archs := sample(b, "trt-vit", 100)
	tier := Fitted(accuracy.Default())
	for b.Loop() {
		if _, err := tier.Judge(context.Background(), archs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(archs)), "ns/network")
}

// 95 % intervals by the formula of Brown, Cai and DasGupta 2001 (Interval
// estimation for a binomial proportion, equation 4); for 0 of n it gives the
// upper end z²/(n+z²).
func TestWilson(t *testing.T) {
	tests := []struct {
		p         float64
		n         int
		z         float64
		low, high float64
	}{
		{0.9, 100, 1.959964, 0.825634, 0.944771},
		{0, 10, 1.959964, 0, 0.277533},
		{1, 10, 1.959964, 0.722467, 1},
	}
	for _, test := range tests {
		low, high := wilson(test.p, test.n, test.z)
		if math.Abs(low-test.low) > 1e-5 || math.Abs(high-test.high) > 1e-5 {
			t.Errorf("%g of %d: [%.6f, %.6f], want [%g, %g]", test.p, test.n, low, high, test.low, test.high)
		}
	}
}

func TestLabelAccuracy(t *testing.T) {
	few := Label{Top1: 90, Images: 100}.Accuracy(AccuracyTrained)
	many := Label{Top1: 90, Images: 10_000}.Accuracy(AccuracyTrained)
	for _, a := range []Accuracy{few, many} {
		if !(a.Low < a.Bound && a.Bound < a.Value && a.Value < a.High) || a.Source != AccuracyTrained || a.Level != LabelLevel {
			t.Errorf("%+v", a)
		}
	}
	if many.High-many.Low > (few.High-few.Low)/9 {
		t.Errorf("a hundred times the images: %v wide, was %v", many.High-many.Low, few.High-few.Low)
	}
}

// Whatever a label depends on changes the training's key.
func TestTrainingKey(t *testing.T) {
	base := Training{Source: AccuracyTrained, Program: "trtnas", Data: "digits", Fingerprint: "0123456789abcdef", Classes: 10, Epochs: 9, Resolution: 32, Versions: map[string]string{"torch": "2.6.0"}}
	keys := map[string]bool{base.Key(): true}
	for _, change := range []func(*Training){
		func(t *Training) { t.Source = AccuracyExternal }, func(t *Training) { t.Program = "other" },
		func(t *Training) { t.Fingerprint = "ff" }, func(t *Training) { t.Epochs = 10 }, func(t *Training) { t.Seed = 1 },
		func(t *Training) { t.Recipe = "r/2" }, func(t *Training) { t.Resolution = 64 }, func(t *Training) { t.Versions = map[string]string{"torch": "2.7.0"} },
	} {
		other := base
		change(&other)
		keys[other.Key()] = true
	}
	if len(keys) != 9 {
		t.Errorf("%d keys of 9 trainings", len(keys))
	}
	if s := base.Scale(); s.Data != "digits (10 classes, 01234567)" {
		t.Errorf("scale %+v", s)
	}
}
