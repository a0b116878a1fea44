//go:build cuda && cgo

package gpu

import (
	"context"
	"errors"
	"time"

	"gorgonia.org/cu"

	"github.com/trtnas/trtnas/trt"
)

// Timing is how long batches ran on the device, and its health meanwhile.
type Timing struct {
	Samples []time.Duration
	Health  []trt.Health
}

// Time has launch enqueue batches for the warm-up's time, and then times n.
// While one batch computes the next one waits in the stream, as in trtexec:
// what the host takes for a launch is not in a sample, but for hosts that are
// slower than the GPU.
func (d *Device) Time(ctx context.Context, s *Stream, n int, warmUp time.Duration, launch func() error) (Timing, error) {
	if n < 1 {
		return Timing{}, errors.New("no samples to take: ask for 1 or more")
	}
	for begun := time.Now(); ; {
		if err := launch(); err != nil {
			return Timing{}, err
		}
		if err := errors.Join(s.Finish(), ctx.Err()); err != nil {
			return Timing{}, err
		}
		if time.Since(begun) >= warmUp {
			break
		}
	}
	stop := d.state.watch()
	samples, err := s.samples(ctx, n, launch)
	return Timing{samples, stop()}, err
}

// batch is one that computes or waits, between its events.
type batch struct{ start, end cu.Event }

func makeBatch() (b batch, err error) {
	if b.start, err = cu.MakeEvent(cu.DefaultEvent); err != nil {
		return b, failed("making an event", err)
	}
	if b.end, err = cu.MakeEvent(cu.DefaultEvent); err != nil {
		return b, failed("making an event", errors.Join(err, cu.DestroyEvent(&b.start)))
	}
	return b, nil
}

func (b *batch) close() error { return errors.Join(cu.DestroyEvent(&b.start), cu.DestroyEvent(&b.end)) }

func (b *batch) enqueue(s *Stream, launch func() error) error {
	if err := b.start.Record(s.s); err != nil {
		return failed("recording an event", err)
	}
	if err := launch(); err != nil {
		return err
	}
	if err := b.end.Record(s.s); err != nil {
		return failed("recording an event", err)
	}
	return nil
}

// wait spins until the batch is done, and gives its time. Blocking would let
// the CPU's core sleep, and the next launch come late.
func (b *batch) wait() (time.Duration, error) {
	err := b.end.Query()
	for errors.Is(err, cu.NotReady) {
		err = b.end.Query()
	}
	if err != nil {
		return 0, failed("running a batch", err)
	}
	ms, err := b.start.Elapsed(b.end)
	if err != nil {
		return 0, failed("reading the time of a batch", err)
	}
	return time.Duration(ms * float64(time.Millisecond)), nil
}

// samples times n batches after one that only gets the stream busy.
func (s *Stream) samples(ctx context.Context, n int, launch func() error) (all []time.Duration, err error) {
	var two [2]batch
	for i := range two {
		if two[i], err = makeBatch(); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, two[i].close()) }()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Finish())
		}
	}()
	if err := two[0].enqueue(s, launch); err != nil {
		return nil, err
	}
	for i := range n + 1 {
		if i < n {
			if err := two[(i+1)%2].enqueue(s, launch); err != nil {
				return nil, err
			}
		}
		took, err := two[i%2].wait()
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if i > 0 {
			all = append(all, took)
		}
	}
	return all, nil
}
