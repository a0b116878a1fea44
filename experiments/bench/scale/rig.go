package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

var spec = trt.Spec{Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}

// sleeper is a device on which a network takes a while and nothing else.
type sleeper struct {
	spec trt.Spec
	took func(space.Arch) time.Duration
}

func (s sleeper) Conditions() evaluator.Conditions {
	d := trt.Device{Name: "sleeper", Driver: "none", Library: trt.TensorRT, Version: "none", Access: trt.AccessSim}
	return evaluator.Conditions{Spec: d.Conditions(s.spec), Latency: string(trt.AccessSim)}
}

func (s sleeper) Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error) {
	a, ok := n.(space.Arch)
	if !ok {
		return evaluator.Result{}, fmt.Errorf("network %s is no architecture", n.ID())
	}
	select {
	case <-time.After(s.took(a)):
	case <-ctx.Done():
		return evaluator.Result{}, ctx.Err()
	}
	m := trt.Measurement{Checked: trt.CheckedORT, Simulated: true}
	for range samples {
		m.Samples = append(m.Samples, time.Millisecond)
	}
	m.Median = trt.MedianOf(m.Samples)
	return evaluator.Result{ID: n.ID(), Measurement: &m}, nil
}

// samples of a measurement are some 2 kB on the wire, as a real one's are at
// least.
const samples = 200

func (s sleeper) Renew(context.Context) error { return nil }
func (s sleeper) Close() error                { return nil }

// rig is a server with workers, each of which has a connection of its own.
type rig struct {
	server *embed.Server
	fleet  *fleet.Fleet
	folder string
	ended  chan error
	close  []func() error
}

// newRig starts workers that take as long as took says for each network.
func newRig(ctx context.Context, workers int, took func(space.Arch) time.Duration) (r *rig, err error) {
	r = &rig{ended: make(chan error, workers)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.folder, err = os.MkdirTemp("", "scale"); err != nil {
		return r, err
	}
	r.close = append(r.close, func() error { return os.RemoveAll(r.folder) })
	if r.server, err = embed.Start(fleet.Access{URL: "nats://127.0.0.1:0"}, r.folder); err != nil {
		return r, err
	}
	r.close = append(r.close, r.server.Close)
	if err := r.hire(ctx, workers, took); err != nil {
		return r, err
	}
	q, err := r.connect(ctx)
	if err != nil {
		return r, err
	}
	all := func(fleet.Fingerprint) bool { return true }
	for {
		members, err := q.Workers(ctx)
		if err != nil {
			return r, err
		}
		if len(members) == workers {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	f, err := q.Gather(ctx, all)
	if err != nil {
		return r, err
	}
	if r.fleet, err = fleet.New(q, f, spec, 1, accuracy.Default()); err != nil {
		return r, err
	}
	r.close = append(r.close, r.fleet.Close)
	return r, nil
}

func (r *rig) connect(ctx context.Context) (*fleet.Queue, error) {
	q, err := fleet.Connect(ctx, r.server.Access, fleet.DefaultPatience)
	if err == nil {
		r.close = append(r.close, q.Close)
	}
	return q, err
}

func (r *rig) hire(ctx context.Context, workers int, took func(space.Arch) time.Duration) error {
	working, dismiss := context.WithCancel(context.WithoutCancel(ctx))
	var busy sync.WaitGroup
	for i := range workers {
		q, err := r.connect(ctx)
		if err != nil {
			dismiss()
			return err
		}
		w := &fleet.Worker{
			Name: fmt.Sprintf("w%d", i), Queue: q,
			Open: func(_ context.Context, s trt.Spec) (fleet.Device, error) { return sleeper{s, took}, nil },
		}
		busy.Go(func() { r.ended <- w.Run(working, spec) })
	}
	r.close = append(r.close, func() error {
		dismiss()
		busy.Wait()
		close(r.ended)
		var err error
		for one := range r.ended {
			err = errors.Join(err, one)
		}
		return err
	})
	return nil
}

// Close ends all in the reverse order.
func (r *rig) Close() error {
	var err error
	for i := range r.close {
		err = errors.Join(err, r.close[len(r.close)-1-i]())
	}
	r.close = nil
	return err
}

// draw are n different architectures.
func draw(n int, rng *rand.Rand) ([]space.Arch, error) {
	s, err := space.Load("open")
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	var all []space.Arch
	for len(all) < n {
		if a := s.Decode(s.Sample(rng)); !known[a.ID()] {
			known[a.ID()] = true
			all = append(all, a)
		}
	}
	return all, nil
}

// evaluate has the networks measured round by round, and fails if one was not.
func (r *rig) evaluate(ctx context.Context, archs []space.Arch, batch int) (time.Duration, error) {
	begun := time.Now()
	for from := 0; from < len(archs); from += batch {
		round, err := r.fleet.Evaluate(ctx, archs[from:min(from+batch, len(archs))])
		if err != nil {
			return 0, err
		}
		for _, one := range round {
			if one.Failure != nil {
				return 0, fmt.Errorf("network %s: %s: %s", one.ID, one.Failure.Class, one.Failure.Message)
			}
		}
	}
	return time.Since(begun), nil
}
