package fleet

import (
	"context"
	"sync"
	"time"
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
func (h *hand) beat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	h.announce(ctx)
	end := every(ctx, h.queue.patience/3, func() { h.announce(ctx) })
	return func() { cancel(); end() }
}

// announce tells how the worker is. That it can't be told is no reason to stop:
// it is told again.
func (h *hand) announce(ctx context.Context) {
	h.mu.Lock()
	e := h.entry
	h.mu.Unlock()
	_ = h.queue.announce(ctx, e)
}

// state is announced with the next beat.
func (h *hand) state(s State, network string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entry.State, h.entry.Network = s, network
}

func (h *hand) count(failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if failed {
		h.entry.Failed++
	} else {
		h.entry.Done++
	}
}
