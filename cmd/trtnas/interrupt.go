package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/trtnas/trtnas/experiments"
)

// interruption is what Ctrl-C says: the first one ends the command's context,
// the second one the process, which loses nothing that was stored.
type interruption struct {
	mu            sync.Mutex
	first, second string // empty says nothing
	then          func() // told of the first
}

type interruptionKey struct{}

// onInterrupt changes what Ctrl-C says in a command, and who is told of the first
// one; nil is nobody.
func onInterrupt(ctx context.Context, first, second string, then func()) {
	i, ok := ctx.Value(interruptionKey{}).(*interruption)
	if !ok {
		return // a context of a test
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.first, i.second, i.then = first, second, then
}

func (i *interruption) once(stderr io.Writer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.then != nil {
		i.then()
	}
	if i.first != "" {
		fmt.Fprintln(stderr, "trtnas:", i.first)
	}
}

func (i *interruption) twice(stderr io.Writer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.second != "" {
		fmt.Fprintln(stderr, "trtnas:", i.second)
	}
}

// interruptible returns a context that ends at the first Ctrl-C or SIGTERM; the
// second one ends the process at once.
func interruptible(stderr io.Writer) (context.Context, func()) {
	i := &interruption{first: "finishing what is under way; press Ctrl-C again to stop at once", second: "stopped at once; what was finished before is kept"}
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), interruptionKey{}, i))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		i.once(stderr)
		cancel(experiments.ErrStop)
		if _, ok := <-signals; ok {
			i.twice(stderr)
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel(nil) }
}
