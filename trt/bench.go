package trt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options say how a Bench measures. Only Now and Sleep are needed.
type Options struct {
	// Reference is timed before and after each network, so that drift of the
	// device shows. Without one only the device's own health tells.
	Reference *Model
	// Oracle computes what a network's outputs should be; without one an engine
	// in fp32 does.
	Oracle Oracle
	// Layers asks for the time of each layer.
	Layers bool
	// Caches is where the backend keeps its timing caches.
	Caches TimingCaches

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Bench measures networks on a backend: it times until the interval is narrow,
// refuses what was timed on an unsteady device, compares the outputs, and
// tries again where that can help.
type Bench struct {
	backend   Backend
	options   Options
	reference reference
	restless  int    // networks in a row that were given up since the clocks moved
	input     Tensor // that outputs are compared for
	processes int    // on the GPU when it was first looked at; 0 is not yet
}

// NewBench measures on backend, and closes it when it is closed.
func NewBench(backend Backend, o Options) *Bench {
	return &Bench{backend: backend, options: o}
}

// Device is the backend's.
func (b *Bench) Device() Device { return b.backend.Device() }

// Close frees the device.
func (b *Bench) Close() error {
	return errors.Join(b.reference.close(), b.backend.Close())
}

// Measure measures one network under the conditions, which must be the
// device's (Device.Conditions). The error is a *Failure of the network, or
// ends the run: a FatalError, or the context's.
func (b *Bench) Measure(ctx context.Context, m Model, s Spec) (Measurement, error) {
	start := b.options.Now()
	if err := b.prepare(ctx, s); err != nil {
		return Measurement{}, b.fatal(ctx, err)
	}
	asked := s
	var failures map[Class]int
	for attempt := 1; ; attempt++ {
		result, err := b.attempt(ctx, m, s)
		if err == nil {
			b.restless = 0
			result.Attempts, result.Elapsed = attempt, b.options.Now().Sub(start)
			result.Simulated = b.Device().Access == AccessSim
			if s.Builder != asked.Builder {
				result.Warnings = append(result.Warnings, fmt.Sprintf("built at optimization level %d with %d MiB of workspace, since it failed otherwise", s.Builder.Level, s.Builder.WorkspaceMiB))
			}
			return result, nil
		}
		var failure *Failure
		if ctx.Err() != nil {
			return Measurement{}, ctx.Err() // what failed may have failed for that
		}
		if !errors.As(err, &failure) {
			return Measurement{}, err
		}
		remedy := RemedyOf(failure.Class)
		if remedy.Fatal {
			return Measurement{}, FatalError{failure}
		}
		if failures == nil {
			failures = map[Class]int{}
		}
		if failures[failure.Class]++; failures[failure.Class] > remedy.Retries {
			return Measurement{}, b.giveUp(ctx, failure)
		}
		if s, err = b.change(ctx, s, remedy.Change, failures[failure.Class]); err != nil {
			return Measurement{}, err
		}
	}
}

// prepare gives the reference the remedies of its failures, as any network.
func (b *Bench) prepare(ctx context.Context, s Spec) error {
	for failed := 1; ; failed++ {
		err := b.reference.prepare(ctx, b, s)
		remedy := RemedyOf(ClassOf(err))
		if err == nil || ctx.Err() != nil || remedy.Fatal || failed > remedy.Retries {
			return err
		}
		if remedy.Change != DropCache && remedy.Change != Wait {
			continue // the conditions are the candidates'
		}
		if _, err := b.change(ctx, s, remedy.Change, failed); err != nil {
			return err
		}
	}
}

// restlessLimit is how many networks in a row are given up because the clocks
// move under their load before the run ends.
const restlessLimit = 3

// giveUp tells a network's own failure from the device's: what stands after
// all attempts is the device's if the reference fails too.
func (b *Bench) giveUp(ctx context.Context, f *Failure) error {
	switch f.Class {
	case Unsteady:
		return FatalError{f}
	case Restless:
		if b.restless++; b.restless >= restlessLimit {
			return FatalError{f}
		}
	case Crash, Timeout, DeviceLost:
		if err := b.reference.alive(ctx, b); err != nil {
			return b.fatal(ctx, err)
		}
		if f.Class == DeviceLost && b.options.Reference == nil {
			return FatalError{f}
		}
	}
	return f
}

// fatal ends the run for a failure of the reference, which is known to work.
func (b *Bench) fatal(ctx context.Context, err error) error {
	var f *Failure
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !errors.As(err, &f) {
		return err
	}
	return FatalError{&Failure{Class: f.Class, Message: "the reference network: " + f.Message, Output: f.Output}}
}

// The waits before further attempts: long enough for a GPU to cool, which
// takes about a minute.
var waits = []time.Duration{5 * time.Second, 30 * time.Second, 60 * time.Second}

// startWorkspace is where a limit on the workspace begins to grow from, if
// none was set and the library's own was not enough.
const startWorkspace = 4096

// change applies a remedy before attempt number failed+1.
func (b *Bench) change(ctx context.Context, s Spec, c Change, failed int) (Spec, error) {
	switch c {
	case MoreWorkspace:
		s.Builder.WorkspaceMiB = max(2*s.Builder.WorkspaceMiB, startWorkspace)
	case LowerLevel:
		s.Builder.Level = max(s.Builder.Level-1, 0)
	case DropCache:
		return s, b.options.Caches.Drop(b.Device(), s)
	case Wait:
		return s, b.options.Sleep(ctx, waits[min(failed, len(waits))-1])
	}
	return s, nil
}

// attempt builds, times and checks once.
func (b *Bench) attempt(ctx context.Context, m Model, s Spec) (result Measurement, err error) {
	engine, err := b.backend.Build(ctx, m, s)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	result.Engine = engine.Info()
	before, err := b.reference.time(ctx, s)
	if err != nil {
		return result, err
	}
	timing, converged, err := s.Protocol.sample(ctx, engine)
	if err != nil {
		return result, err
	}
	after, err := b.reference.time(ctx, s)
	if err != nil {
		return result, err
	}
	for _, health := range [][]Health{before.Health, after.Health} {
		if err := b.steady(Unsteady, health); err != nil {
			return result, err
		}
	}
	if result.Reference, err = b.reference.drift(before, after); err != nil {
		return result, err
	}
	if err := b.steady(Restless, timing.Health); err != nil {
		return result, err
	}
	result.Samples, result.Converged, result.Health = timing.Samples, converged, timing.Health
	result.Warnings = slices.Concat(result.Engine.Warnings, timing.Warnings)
	if slices.ContainsFunc(timing.Health, func(h Health) bool { return h.Throttle&ThrottlePowerCap != 0 }) {
		result.Warnings = append(result.Warnings, "the GPU was at its power cap, where its clock moves with the load")
	}
	result.Median = MedianOf(timing.Samples)
	if d := result.Reference; d != nil {
		result.Median = result.Median.scale(d.Factor)
	}
	return result, b.complete(ctx, m, s, engine, &result)
}

// complete adds what is not timing.
func (b *Bench) complete(ctx context.Context, m Model, s Spec, engine Engine, result *Measurement) (err error) {
	if result.Checked, result.Unchecked, err = b.check(ctx, m, s, engine); err != nil {
		return err
	}
	if !b.options.Layers {
		return nil
	}
	if result.Layers, err = engine.Profile(ctx); err != nil {
		return err
	}
	for i := range result.Layers {
		result.Layers[i].Place = Place(result.Layers[i].Name)
	}
	return nil
}

var _ Driver = (*Bench)(nil)
