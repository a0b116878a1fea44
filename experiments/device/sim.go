package device

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

// simulated measures on a simulated device, whose truth is a model's
// prediction.
type simulated struct {
	*evaluator.Measure
	models *evaluator.Predict
	truth  map[string]time.Duration
	error  *hiddenError
}

// Evaluate implements evaluator.Evaluator.
func (s *simulated) Evaluate(ctx context.Context, archs []space.Arch) ([]evaluator.Result, error) {
	for _, a := range archs {
		if err := s.learn(a); err != nil && a.Validate() == nil {
			return nil, err
		}
	}
	return s.Measure.Evaluate(ctx, archs)
}

// Network implements Network.
func (s *simulated) Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error) {
	if err := s.learn(n); err != nil {
		return evaluator.Result{}, err
	}
	return s.Measure.Network(ctx, n)
}

func (s *simulated) learn(n evaluator.Network) error {
	if _, known := s.truth[n.ID()]; known {
		return nil
	}
	g, err := n.Lower(evaluator.InputOf(s.models.Conditions().Spec))
	if err != nil {
		return err
	}
	return s.learnGraph(n.ID(), g)
}

func (s *simulated) learnGraph(id string, g *graph.Graph) error {
	latency, err := s.models.Latency(g)
	if err != nil {
		return err
	}
	factor := math.Exp(s.error.of(s.models.Shares(g)))
	s.truth[id] = time.Duration(float64(latency.Value) * factor)
	return nil
}

func (s *simulated) latency(id string) (time.Duration, error) {
	if d, ok := s.truth[id]; ok && d > 0 {
		return d, nil
	}
	return 0, trt.Failf(trt.InvalidNetwork, "the simulated device knows no latency of %s", id)
}

// openSim simulates a profile's device.
func openSim(spec trt.Spec, text string, t Tools) (*Device, error) {
	profile, flaws, err := sim.Parse(text)
	if err != nil {
		return nil, err
	}
	return Simulate(spec, profile, flaws, t)
}

// Simulate opens a simulated device with the profile's latencies and the
// flaws.
func Simulate(spec trt.Spec, profile string, f sim.Flaws, t Tools) (*Device, error) {
	spec.Device = profile
	models, err := t.Profiles.Models(spec)
	if err != nil {
		return nil, err
	}
	hidden, err := newHiddenError(models, f)
	if err != nil {
		return nil, err
	}
	s := &simulated{models: models, truth: map[string]time.Duration{}, error: hidden}
	n, err := reference.Find(referenceNetwork)
	if err != nil {
		return nil, err
	}
	if err := s.learn(n); err != nil {
		return nil, err
	}
	// Any moment will do, as long as it is always the same.
	clock := sim.NewClock(time.Unix(0, 0))
	clock.Pace = f.Pace
	gpu := sim.New(profile, s.latency, f, clock)
	return s.open(spec, gpu, clock, t)
}

func (s *simulated) open(spec trt.Spec, gpu *sim.Device, clock *sim.Clock, t Tools) (*Device, error) {
	here, err := newSession()
	if err != nil {
		return nil, err
	}
	here.record = t.Record
	full := gpu.Device().Conditions(spec)
	ref, err := here.reference(full)
	if err != nil {
		return nil, err
	}
	here.driver = trt.NewBench(gpu, trt.Options{Reference: ref, Layers: t.Layers, Now: clock.Now, Sleep: clock.Sleep})
	next := *s
	s.Measure = here.measuring(spec, here.driver)
	return &Device{
		Network: s, Measures: true, models: s.models, conditions: s.Measure.Conditions(), evaluator: s, close: here.close,
		Note: fmt.Sprintf("latencies are simulated: those of the profile %s with the flaws of a real device", s.models.Conditions().Device),
		renew: func(context.Context) (*Device, error) {
			gpu.Restart()
			return (&next).open(spec, gpu, clock, Tools{Layers: t.Layers})
		},
	}, nil
}

// File measures the network in an ONNX file.
func (s *simulated) File(ctx context.Context, id, path string, g *graph.Graph) (evaluator.Result, error) {
	if err := s.learnGraph(id, g); err != nil {
		return evaluator.Result{}, err
	}
	return s.Measure.File(ctx, id, path, g)
}
