package zerocost

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt/process"
)

//go:embed score.py
var script string

// limit on one request. The largest published networks take half a minute.
const limit = 10 * time.Minute

// request is a line to the script.
type request struct {
	ID     int    `json:"id"`
	Op     string `json:"op"`
	Model  string `json:"model,omitempty"`
	Images string `json:"images,omitempty"`
	Shape  []int  `json:"shape,omitempty"`
	forwardTaps
	Features *tap    `json:"features,omitempty"`
	Norms    []tap   `json:"norms"`
	Noise    string  `json:"noise,omitempty"`
	Scale    float64 `json:"scale"`
	Module   string  `json:"module,omitempty"`
	Weights  string  `json:"weights,omitempty"`
	Labels   []int   `json:"labels,omitempty"`
}

// answer is the line in reply.
type answer struct {
	ID       int                `json:"id"`
	Versions map[string]string  `json:"versions"`
	Scores   map[Proxy]*float64 `json:"scores"`
	Error    string             `json:"error"`
}

// program is one life of the script in a Python.
type program struct {
	process *process.Process
	in, out *os.File
	lines   *bufio.Reader
	asked   int
}

// start starts the command. What it is asked later is not bound to ctx.
func start(ctx context.Context, command []string) (*program, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirIn.Close(), in.Close())
	}
	p, err := process.Start(context.WithoutCancel(ctx), process.Command{Path: command[0], Args: command[1:], In: theirIn, Out: theirOut})
	// The program has copies of its own, or there is none.
	err = errors.Join(err, theirIn.Close(), theirOut.Close())
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return &program{process: p, in: in, out: out, lines: bufio.NewReader(out)}, nil
}

// errDied tells that the program is gone; another one can be started.
var errDied = errors.New("the scoring program ended")

// ask sends a request and waits for its answer. An error is errDied or the
// context's; what the script says of a network is in the answer.
func (p *program) ask(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("a network took longer than %v to score", limit))
	defer cancel()
	stop := context.AfterFunc(ctx, p.process.Kill)
	defer stop()
	p.asked++
	r.ID = p.asked
	line, err := json.Marshal(r)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err == nil {
		line, err = p.lines.ReadBytes('\n')
		var a answer
		switch {
		case err != nil:
		case json.Unmarshal(line, &a) == nil && a.ID == r.ID:
			return a, nil
		default:
			p.process.Kill()
			return answer{}, fmt.Errorf("%w: it answered %.60q", errDied, line)
		}
	}
	if ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	return answer{}, p.death()
}

// death says why the program is gone.
func (p *program) death() error {
	exit, err := p.process.Wait()
	if err != nil {
		return err
	}
	_, said := p.process.Output()
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return fmt.Errorf("%w: %v: %s", errDied, exit, lines[len(lines)-1])
}

// close ends the program.
func (p *program) close() error {
	err := errors.Join(p.in.Close(), p.out.Close())
	p.process.Kill()
	return err
}
