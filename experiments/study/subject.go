package study

import (
	"context"
	"errors"
	"fmt"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Open opens a device for the conditions in spec.
type Open func(ctx context.Context, spec trt.Spec) (*device.Device, error)

// Options of studies.
type Options struct {
	Device string // as asked for, such as "t4" or "local"
	Open   Open
	// Other is the device whose fronts are taken to this one.
	Other     string
	OpenOther Open
	Store     *store.Store // keeps what was measured, and runs
	Seeds     int          // searches in each space; 0 is the default
	// Evaluations of a search, and random networks that each front is compared
	// with; 0 is the default.
	Evaluations, Random int
	// Progress is told what is done next; nil is nobody.
	Progress func(string)
}

// Defaults of the searches. Where networks are predicted, hypervolumes at 10,000
// are within 0.3 % of those at 50,000 (t4, seed 0, each space); where they are
// measured, 200 take some three hours.
const (
	predictedSeeds, predictedEvaluations = 10, 10_000
	measuredSeeds, measuredEvaluations   = 3, 200
	// randomNetworks are predicted on every device.
	randomNetworks = 3000
)

// Subject is the device that is studied.
type Subject struct {
	Options
	devices map[trt.Spec]*device.Device
	other   *Subject
}

// NewSubject opens the device under the paper's conditions, with defaults where
// the options have none.
func NewSubject(ctx context.Context, o Options) (*Subject, error) {
	s := &Subject{Options: o, devices: map[trt.Spec]*device.Device{}}
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return nil, err
	}
	seeds, evaluations := predictedSeeds, predictedEvaluations
	if d.Measures {
		seeds, evaluations = measuredSeeds, measuredEvaluations
	}
	if s.Seeds == 0 {
		s.Seeds = seeds
	}
	if s.Random == 0 {
		s.Random = randomNetworks
	}
	if s.Evaluations == 0 {
		s.Evaluations = evaluations
	}
	return s, nil
}

// Close frees the devices.
func (s *Subject) Close() error {
	var err error
	for _, d := range s.devices {
		err = errors.Join(err, d.Close())
	}
	s.devices = nil
	if s.other != nil {
		err = errors.Join(err, s.other.Close())
	}
	return err
}

// paperSpec are the paper's conditions (section 3.1): fp16, batches of 8.
var paperSpec = trt.Spec{Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}

// backbone are the conditions of detection and segmentation: the feature maps
// at a larger resolution.
func backbone(height, width int) trt.Spec {
	spec := paperSpec
	spec.Resolution, spec.Output = [2]int{height, width}, trt.Features
	return spec
}

// device opens the device for other conditions, once.
func (s *Subject) device(ctx context.Context, spec trt.Spec) (*device.Device, error) {
	if d, ok := s.devices[spec]; ok {
		return d, nil
	}
	d, err := s.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	s.devices[spec] = d
	return d, nil
}

func (s *Subject) tell(format string, args ...any) {
	if s.Progress != nil {
		s.Progress(fmt.Sprintf(format, args...))
	}
}

// networks scores published networks under the conditions, in their order. A
// network that can't be had there has a failure.
func (s *Subject) networks(ctx context.Context, spec trt.Spec, list []reference.Network) ([]evaluator.Result, error) {
	d, err := s.device(ctx, spec)
	if err != nil {
		return nil, err
	}
	results := make([]evaluator.Result, len(list))
	for i, n := range list {
		if results[i], err = s.network(ctx, d, n); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (s *Subject) network(ctx context.Context, d *device.Device, n reference.Network) (evaluator.Result, error) {
	if err := ctx.Err(); err != nil {
		return evaluator.Result{}, err
	}
	if _, err := n.Lower(evaluator.InputOf(d.Conditions().Spec)); err != nil {
		return evaluator.Result{ID: n.ID(), Name: n.Name, Failure: &evaluator.Failure{Class: trt.InvalidNetwork, Message: err.Error()}}, nil
	}
	if n.Arch != nil {
		results, err := s.archs(ctx, d, []space.Arch{*n.Arch})
		if err != nil {
			return evaluator.Result{}, err
		}
		return results[0], nil
	}
	if !d.Measures {
		return d.Network.Network(ctx, n)
	}
	known, err := s.Store.Lookup(ctx, d.Conditions(), []string{n.ID()})
	if err != nil {
		return evaluator.Result{}, err
	}
	if known[0] != nil {
		return *known[0], nil
	}
	r, err := d.Network.Network(ctx, n)
	if err != nil {
		return r, err
	}
	r.Name = n.Name
	return r, s.Store.Append(ctx, d.Conditions(), []evaluator.Result{r})
}

// archs scores architectures. What is measured is kept, one by one.
func (s *Subject) archs(ctx context.Context, d *device.Device, list []space.Arch) ([]evaluator.Result, error) {
	if !d.Measures {
		return d.Evaluator().Evaluate(ctx, list)
	}
	return evaluator.Cached{Next: d.Evaluator(), Results: s.Store, Conditions: d.Conditions(), Chunk: 1}.Evaluate(ctx, list)
}

// named finds published networks.
func named(names ...string) ([]reference.Network, error) {
	var list []reference.Network
	for _, name := range names {
		n, err := reference.Find(name)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// scores are those of published networks by name, under the paper's conditions.
// It is an error if one has none.
func (s *Subject) scores(ctx context.Context, names ...string) (map[string]evaluator.Score, error) {
	list, err := named(names...)
	if err != nil {
		return nil, err
	}
	results, err := s.networks(ctx, paperSpec, list)
	if err != nil {
		return nil, err
	}
	scores := map[string]evaluator.Score{}
	for i, r := range results {
		if r.Failure != nil {
			return nil, fmt.Errorf("%s: %s: %s", list[i].Name, r.Failure.Class, r.Failure.Message)
		}
		scores[list[i].Name] = r.Score
	}
	return scores, nil
}
