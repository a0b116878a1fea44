package trt

import (
	"context"
	"errors"
	"math"
	"time"
)

// reference is a network that is timed again and again: if it became slower,
// the device did.
type reference struct {
	spec     Spec // that it was prepared for
	engine   Engine
	baseline time.Duration
}

// GreatestDrift is how far the reference network may be from its first timing,
// as a share: beyond it nothing that was timed counts.
const GreatestDrift = 0.05

// The limits on drift, as shares. A reference that moved by more than
// unsteadyDrift between two of its timings, or by more than GreatestDrift
// since its first, voids what was timed in between; DESIGN: a GPU that boosts
// freely moves by some per cent with its temperature. What is beyond
// noticeableDrift is corrected for.
const (
	noticeableDrift = 0.005
	unsteadyDrift   = 0.02
)

// ReferenceSamples is enough to know a median to 1 % at a spread of 4 %.
const ReferenceSamples = 60

// settleRounds is how often the reference is timed at most until two timings
// agree: a cold GPU takes some seconds to settle.
const settleRounds = 12

// prepare builds the reference for the conditions and times it until it is
// steady.
func (r *reference) prepare(ctx context.Context, b *Bench, s Spec) error {
	if b.options.Reference == nil || r.engine != nil && r.spec == s {
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	engine, err := b.backend.Build(ctx, *b.options.Reference, s)
	if err != nil {
		return err
	}
	*r = reference{spec: s, engine: engine}
	last := time.Duration(0)
	for range settleRounds {
		t, err := r.time(ctx, s)
		if err != nil {
			return errors.Join(err, r.close())
		}
		now := MedianOf(t.Samples).Value
		if last > 0 && math.Abs(share(now, last)) <= noticeableDrift && b.steady(Unsteady, t.Health) == nil {
			r.baseline = now
			return nil
		}
		last = now
	}
	return errors.Join(Failf(Unsteady, "its latency does not settle: %v after %d timings, and still moving", last, settleRounds), r.close())
}

// time is empty without a reference.
func (r *reference) time(ctx context.Context, s Spec) (Timing, error) {
	if r.engine == nil {
		return Timing{}, nil
	}
	t, err := r.engine.Time(ctx, ReferenceSamples, s.Protocol.WarmUp)
	if err == nil && len(t.Samples) == 0 {
		err = Failf(Degraded, "no batch was timed")
	}
	return t, err
}

// alive tells whether the reference can still be timed.
func (r *reference) alive(ctx context.Context, b *Bench) error {
	_, err := r.time(ctx, r.spec)
	if c := ClassOf(err); c == Crash || c == Timeout || c == DeviceLost {
		_, err = r.time(ctx, r.spec) // in a new process
	}
	return err
}

// drift compares the timings around a network with the baseline; nil without a
// reference.
func (r *reference) drift(before, after Timing) (*Drift, error) {
	if r.engine == nil {
		return nil, nil
	}
	d := &Drift{Baseline: r.baseline, Before: MedianOf(before.Samples).Value, After: MedianOf(after.Samples).Value, Factor: 1}
	if moved := share(d.After, d.Before); math.Abs(moved) > unsteadyDrift {
		return nil, Failf(Unsteady, "the reference network took %v before and %v after: %+.1f %%", d.Before, d.After, 100*moved)
	}
	since := share((d.Before+d.After)/2, d.Baseline)
	if math.Abs(since) > GreatestDrift {
		return nil, Failf(Unsteady, "the reference network takes %+.1f %% of its first %v", 100*since, d.Baseline)
	}
	if math.Abs(since) > noticeableDrift {
		d.Factor = 1 + since
	}
	return d, nil
}

func share(now, then time.Duration) float64 { return float64(now)/float64(then) - 1 }

func (r *reference) close() error {
	if r.engine == nil {
		return nil
	}
	err := r.engine.Close()
	*r = reference{}
	return err
}
