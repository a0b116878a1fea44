package experiments

import (
	"testing"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// Budgets, limits and decisions that are read make sense.
func FuzzGoals(f *testing.F) {
	for _, seed := range []string{"10ms", "b8=10ms,v100:b1=1ms", "sim:t4?noise=0:b8=10ms,t4:r256x320=3ms", "local:int8=1us", "params=60M", "energy=0.05", "=", ":,="} {
		f.Add(seed)
	}
	spec := trt.Spec{Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}
	f.Fuzz(func(t *testing.T, text string) {
		targets, err := ParseTargets(text, spec, device.Options{Name: "t4"})
		if err == nil && len(targets) == 0 {
			t.Errorf("%q has no target", text)
		}
		for _, target := range targets {
			if err := trt.CheckInput(target.Conditions.Batch, target.Conditions.Resolution); target.Budget <= 0 || err != nil {
				t.Errorf("%q: %+v, %v", text, target, err)
			}
		}
		if l, err := ParseLimits([]string{text}); err == nil {
			for _, one := range l.all() {
				if !(*one.most >= 0 && *one.most <= 1e18) {
					t.Errorf("%q: %v", text, one)
				}
			}
		}
	})
}

// A line that asks for a network gets one of the space.
func FuzzDecisions(f *testing.F) {
	s, err := space.Named("trt-vit")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"decisions": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}`))
	f.Add([]byte(`{"decisions": [1,2,3]}`))
	f.Add([]byte(`{"decisions": [1e3,-1]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		g, err := decisions(s, line)
		if err != nil {
			return
		}
		if err := s.Decode(g).Validate(); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	})
}
