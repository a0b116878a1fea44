package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// role is a program that is started again whenever it is killed.
type role struct {
	name    string
	command func() *exec.Cmd
	// bears tells whether an end that is neither success nor a kill may be, and
	// does what is due before the next start; nil bears none.
	bears func(code int, said string) bool

	mu      sync.Mutex
	process *exec.Cmd // nil while there is none
}

// errEnded tells of a program that ended by itself.
type errEnded struct {
	name, said string
	code       int
}

func (e errEnded) Error() string {
	return fmt.Sprintf("%s ended with code %d: %s", e.name, e.code, e.said)
}

// rest before a program is started again.
const rest = 50 * time.Millisecond

// run starts the program until it ends with success or as it may not.
func (r *role) run(ctx context.Context) error {
	for {
		code, said, err := r.once(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case code == 0:
			return nil
		case code > 0 && (r.bears == nil || !r.bears(code, said)):
			return errEnded{r.name, said, code}
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
		}
	}
}

// once is one life of the program. The code is -1 if it was killed.
func (r *role) once(ctx context.Context) (code int, said string, err error) {
	c := r.command()
	var out bytes.Buffer
	c.Stderr = &out
	if err := r.start(c); err != nil {
		return 0, "", err
	}
	stop := context.AfterFunc(ctx, func() { r.signal(syscall.SIGKILL) })
	defer stop()
	err = c.Wait()
	r.mu.Lock()
	r.process = nil
	r.mu.Unlock()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	text := out.String()
	return c.ProcessState.ExitCode(), text[max(0, len(text)-2000):], err
}

func (r *role) start(c *exec.Cmd) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := c.Start(); err != nil {
		return err
	}
	r.process = c
	return nil
}

// signal reports whether there was a process to signal.
func (r *role) signal(s syscall.Signal) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process != nil && r.process.Process.Signal(s) == nil
}
