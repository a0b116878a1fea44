package fleet

import (
	"context"
	"sync"
	"time"

	"github.com/trtnas/trtnas/evaluator"
)

// every calls do again and again until it is stopped.
func every(ctx context.Context, d time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				do()
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); running.Wait() }
}

// beat announces the worker at once and again and again.
func (w *Worker) beat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	w.announce(ctx)
	end := every(ctx, w.Queue.patience/3, func() { w.announce(ctx) })
	return func() { cancel(); end() }
}

// announce tells how the worker is. That it can't be told is no reason to stop:
// it is told again.
func (w *Worker) announce(ctx context.Context) {
	w.mu.Lock()
	e := w.entry
	w.mu.Unlock()
	_ = w.Queue.announce(ctx, e)
}

// state is announced with the next beat.
func (w *Worker) state(s State, network string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entry.State, w.entry.Network = s, network
}

func (w *Worker) count(r evaluator.Result) {
	w.mu.Lock()
	if r.Failure != nil {
		w.entry.Failed++
	} else {
		w.entry.Done++
	}
	w.mu.Unlock()
	if w.Measured != nil {
		w.Measured(r)
	}
}
