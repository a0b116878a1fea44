// Package process runs programs that may hang, crash or take all memory: each
// in a process group of its own, within limits, and with all that it started
// gone when it ends. A program that leaves its group (setsid) is beyond that.
// If this process itself is killed, Linux kills the program with it, though not
// what that started.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// Command is a program to run and its limits.
type Command struct {
	Path string
	Args []string
	Dir  string   // empty is ours
	Env  []string // "NAME=value" that are added to our environment
	In   io.Reader
	// Out and Err take the standard output and error as they come. Without them
	// their ends are kept for Process.Output.
	Out, Err io.Writer

	Time time.Duration // most that it may take; 0 is no limit
	// Memory is the most bytes of the machine's memory that the group may have
	// resident, looked at every memoryPeriod; 0 is no limit. Address space, which
	// the kernel could limit, tells nothing of CUDA programs: they reserve some
	// of it for all of the GPU's memory.
	Memory int64
}

// Process is a running program.
type Process struct {
	command  *exec.Cmd
	caller   context.Context
	ctx      context.Context // ends with the caller's, and when a limit is exceeded
	cancel   context.CancelCauseFunc
	out, err Tail
	done     chan struct{}
	exit     trt.Exit // once done
}

// The reasons to kill a program.
var (
	errTime   = errors.New("time limit")
	errMemory = errors.New("memory limit")
	errKilled = errors.New("killed")
)

// grace is how long output is read that a program left behind: what it started
// may keep its standard output open.
const grace = time.Second

// Start starts a program, which is killed when ctx ends.
func Start(ctx context.Context, c Command) (*Process, error) {
	p := &Process{caller: ctx, done: make(chan struct{})}
	stop := context.CancelFunc(func() {})
	if c.Time > 0 {
		ctx, stop = context.WithTimeoutCause(ctx, c.Time, errTime)
	}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.command = exec.CommandContext(p.ctx, c.Path, c.Args...)
	p.command.Dir = c.Dir
	p.command.Env = append(os.Environ(), c.Env...)
	p.command.SysProcAttr = attributes()
	p.command.Cancel = p.killGroup
	p.command.WaitDelay = grace
	p.command.Stdin, p.command.Stdout, p.command.Stderr = c.In, &p.out, &p.err
	if c.Out != nil {
		p.command.Stdout = c.Out
	}
	if c.Err != nil {
		p.command.Stderr = c.Err
	}
	started := make(chan error)
	go func() {
		defer stop()
		// Linux takes the end of the thread that starts a program for the end of
		// this process, so the thread stays until the program is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			p.wait(c)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", c.Path, err)
	}
	if c.Memory > 0 {
		go p.watchMemory(c.Memory)
	}
	return p, nil
}

// wait reaps the program and kills what it left.
func (p *Process) wait(c Command) {
	_ = p.command.Wait() // the state tells more
	_ = p.killGroup()
	if s, ok := p.command.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		p.exit.Signal = s.Signal()
		switch context.Cause(p.ctx) {
		case errTime:
			p.exit.TimeLimit = c.Time
		case errMemory:
			p.exit.MemoryLimit = c.Memory
		}
	} else {
		p.exit.Code = p.command.ProcessState.ExitCode()
	}
	p.cancel(nil)
	close(p.done)
}

// killGroup kills the program and all that it started.
func (p *Process) killGroup() error {
	return syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
}

// Kill ends the program and all that it started, and waits for that.
func (p *Process) Kill() {
	p.cancel(errKilled)
	<-p.done
}

// Wait waits for the program's end. The error is that of the context which the
// program was started with, if it was killed for that.
func (p *Process) Wait() (trt.Exit, error) {
	<-p.done
	if p.exit.Signal == syscall.SIGKILL && p.exit.TimeLimit == 0 && p.exit.MemoryLimit == 0 {
		return p.exit, p.caller.Err()
	}
	return p.exit, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Output is the end of what the program wrote to its standard output and to
// its standard error.
func (p *Process) Output() (out, err string) { return p.out.String(), p.err.String() }

// Result is what became of a program.
type Result struct {
	Out, Err string // the ends of its standard output and error
	Exit     trt.Exit
}

// All is the output for trt.Classify: errors come last.
func (r Result) All() string { return strings.TrimSuffix(r.Out, "\n") + "\n" + r.Err }

// Run runs a program to its end. The error is that of starting it, or the
// context's.
func Run(ctx context.Context, c Command) (Result, error) {
	p, err := Start(ctx, c)
	if err != nil {
		return Result{}, err
	}
	exit, err := p.Wait()
	r := Result{Exit: exit}
	r.Out, r.Err = p.Output()
	return r, err
}
