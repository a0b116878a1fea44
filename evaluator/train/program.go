package train

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
)

// Program is a program that keeps the contract, with its limits. Each request
// is a process of its own, so that nothing is left of one when it ends.
type Program struct {
	Name   string // in labels; not its arguments, which may hold secrets
	Source evaluator.AccuracySource
	Path   string
	Args   []string
	Env    []string // "NAME=value" that are added to our environment
	ONNX   bool     // whether it is given the network's ONNX file too

	Time    time.Duration // most for a request; 0 is no limit
	Silence time.Duration // most between two events; 0 is DefaultSilence
	Memory  int64         // most bytes of the machine's memory; 0 is no limit
}

// DefaultSilence is long enough to read a data set or to compile kernels.
const DefaultSilence = 10 * time.Minute

// leave is how long a program may take to end after its last event.
const leave = 30 * time.Second

// SetupError tells that no network can be trained. It ends the run.
type SetupError struct{ Message string }

func (e SetupError) Error() string { return e.Message }

// Describe asks what labels under the settings depend on.
func (p Program) Describe(ctx context.Context, s Settings) (evaluator.Training, error) {
	event, failure, err := p.ask(ctx, Request{Contract: Contract, Do: Describe, Settings: s}, nil)
	if err == nil && failure != nil {
		err = SetupError{fmt.Sprintf("%s could not say what it trains on: %s: %s", p.Name, failure.Class, failure.Message)}
	}
	if err != nil {
		return evaluator.Training{}, err
	}
	return event.training(p, s), nil
}

// reasons to kill a program.
var (
	errSilent = errors.New("silent")
	errOutput = errors.New("bad output")
	errStays  = errors.New("stays")
)

// ask runs the program for one request and tells of its events. What goes wrong
// is a failure; an error is the context's, or a SetupError.
func (p Program) ask(ctx context.Context, r Request, tell func(Event)) (Event, *evaluator.Failure, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return Event{}, nil, err
	}
	within, kill := context.WithCancelCause(ctx)
	defer kill(nil)
	silence := time.AfterFunc(cmp.Or(p.Silence, DefaultSilence), func() { kill(errSilent) })
	defer silence.Stop()
	out := &answer{request: r, heard: func(e Event) {
		silence.Reset(cmp.Or(p.Silence, DefaultSilence))
		if e.ends() {
			silence.Stop()
			time.AfterFunc(leave, func() { kill(errStays) })
		}
		if tell != nil {
			tell(e)
		}
	}, refused: func() { kill(errOutput) }}
	started, err := process.Start(within, process.Command{
		Path: p.Path, Args: p.Args, Env: p.Env, In: bytes.NewReader(append(line, '\n')), Out: out, Time: p.Time, Memory: p.Memory,
	})
	if err != nil {
		return Event{}, nil, SetupError{p.secrets().redact(fmt.Sprintf("%v: check that the program is there and may be run", err))}
	}
	exit, _ := started.Wait()
	if err := ctx.Err(); err != nil {
		return Event{}, nil, err
	}
	_, said := started.Output()
	out.end()
	failure := p.judge(out, exit, context.Cause(within), said)
	if failure != nil && failure.Class == Setup {
		return Event{}, nil, SetupError{fmt.Sprintf("training by %s: %s", p.Name, failure.Message)}
	}
	return out.last, failure, nil
}

// judge tells what became of a request, from the answer and the way in which
// the program ended; said is its standard error.
func (p Program) judge(out *answer, exit trt.Exit, cause error, said string) *evaluator.Failure {
	f := func(class trt.Class, format string, args ...any) *evaluator.Failure {
		return &evaluator.Failure{Class: class, Message: clip(p.secrets().redact(fmt.Sprintf(format, args...)), mostText)}
	}
	last := ""
	if line := lastLine(said); line != "" {
		last = "; it said last: " + line
	}
	switch {
	case out.bad != nil:
		return f(BadOutput, "%v", out.bad)
	case errors.Is(cause, errSilent):
		return f(Silent, "no event for %v%s", cmp.Or(p.Silence, DefaultSilence), last)
	case exit.TimeLimit > 0:
		return f(trt.Timeout, "%v%s", exit, last)
	case exit.MemoryLimit > 0:
		return f(trt.OutOfMemory, "%v", exit)
	case out.last.Event == Failed:
		return f(out.last.Class, "%s", cmp.Or(oneLine(out.last.Message), "it does not say why"))
	case exit != (trt.Exit{}) && !errors.Is(cause, errStays):
		return f(trt.Crash, "%v%s", exit, last)
	case !out.last.ends():
		return f(BadOutput, "it ended without a result%s", last)
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return oneLine(lines[len(lines)-1])
}

// clip keeps the beginning of a text.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
