package experiments

import (
	"math"
	"math/rand"
	"reflect"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

func TestParseLimits(t *testing.T) {
	got, err := ParseLimits([]string{"params=60M", "macs=5.5G", "memory=500M", "engine=100M", "energy=0.05"})
	if want := (Limits{60e6, 5.5e9, 500e6, 100e6, 0.05}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, l := range got.all() { // as a command would give it again
		again, err := ParseLimits([]string{l.String()})
		if err != nil || l.objective.quantityOf(again) != *l.most {
			t.Errorf("%s: %+v, %v", l, again, err)
		}
	}
	for _, bad := range []string{"params", "params=", "params=-1", "params=0", "params=NaN", "macs=1e40", "speed=3"} {
		if l, err := ParseLimits([]string{bad}); err == nil {
			t.Errorf("%q: %+v", bad, l)
		}
	}
}

func (o Objective) quantityOf(l Limits) float64 {
	all := l.all()
	return *all[slices.IndexFunc(all, func(l limit) bool { return l.objective == o })].most
}

func TestMeasuredQuantities(t *testing.T) {
	s := Settings{Objectives: []Objective{Latency, Accuracy, Energy}, Limits: Limits{Params: 1e6, Memory: 1e8}}
	if got := s.measured(); !reflect.DeepEqual(got, []Objective{Memory, Energy}) {
		t.Errorf("%v", got)
	}
	whole := evaluator.Engine{Bytes: 1, Memory: 2, Energy: 3}
	if err := s.told(evaluator.Result{Score: evaluator.Score{Engine: whole}}); err != nil {
		t.Error(err)
	}
	if err := s.told(evaluator.Result{Failure: &evaluator.Failure{}}); err != nil {
		t.Errorf("of a failure: %v", err)
	}
	for name, e := range map[string]evaluator.Engine{"memory": {Bytes: 1, Energy: 3}, "energy": {Bytes: 1, Memory: 2}} {
		if s.told(evaluator.Result{Score: evaluator.Score{Engine: e}}) == nil {
			t.Errorf("%s is missing: accepted", name)
		}
	}
}

// What an engine takes is learnt from other engines.
func TestTaken(t *testing.T) {
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	models, err := device.Profiles(nil).Models(trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(1))
	var archs []space.Arch
	for range 120 {
		archs = append(archs, s.Decode(s.Sample(rng)))
	}
	predicted, err := models.Evaluate(t.Context(), archs)
	if err != nil {
		t.Fatal(err)
	}
	// Depth makes an engine larger, work its memory, and wide networks hot.
	measured := slices.Clone(predicted)
	for i, r := range measured {
		e := &measured[i].Score.Engine
		e.Bytes = int64(2.2*float64(r.Score.Params)) + 200e3*int64(r.Arch.Stages[2].Depth)
		e.Memory = r.Score.MACs / 300
		e.Energy = r.Score.Latency.Value.Seconds() * (50 + float64(r.Arch.Stages[0].Width)/20) / 8
	}
	for _, o := range []Objective{EngineSize, Memory, Energy} {
		q := newTaken(Settings{Objectives: []Objective{Latency, o}})[0]
		q.learn(predicted[:60], measured[:60])
		believed := slices.Clone(predicted[60:])
		q.believe(believed, 0)
		squares := 0.0
		for i, r := range believed {
			off := math.Log(o.quantity(r.Score) / o.quantity(measured[60+i].Score))
			squares += off * off
		}
		if rms := math.Sqrt(squares / float64(len(believed))); rms > 0.05 {
			t.Errorf("%s: off by %.3f, in logarithms", o, rms)
		}
	}
}
