package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
)

// pymoo is the other side, a Python process that answers one request at a time.
type pymoo struct {
	Python, Pymoo, Numpy, Moocore string // versions

	command *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
}

func startPymoo(python, script string) (*pymoo, error) {
	p := &pymoo{command: exec.Command(python, script)}
	// One thread each: numpy's linear algebra must not use more.
	p.command.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	p.command.Stderr = os.Stderr
	in, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w; install requirements.txt into a virtual environment and name its Python with -python", python, err)
	}
	p.in, p.out = in, json.NewDecoder(out)
	if err := p.out.Decode(p); err != nil {
		return nil, fmt.Errorf("%s %s did not start (%w); install requirements.txt for it", python, script, err)
	}
	return p, nil
}

func (p *pymoo) ask(request, answer any) error {
	if err := json.NewEncoder(p.in).Encode(request); err != nil {
		return err
	}
	if err := p.out.Decode(answer); err != nil {
		return fmt.Errorf("no answer from pymoo: %w", err)
	}
	return nil
}

func (p *pymoo) stop() error {
	p.in.Close()
	return p.command.Wait()
}

// check compares the problem's values at points with pymoo's.
func (p *pymoo) check(problem problem, points [][]float64) error {
	request := struct {
		Problem string      `json:"problem"`
		Points  [][]float64 `json:"points"`
	}{problem.name, points}
	var answer struct {
		Objectives [][]float64
		Violations []float64
	}
	if err := p.ask(request, &answer); err != nil {
		return err
	}
	f := make([]float64, problem.objectives)
	for i, x := range points {
		got := append(f, problem.score(x, f))
		for k, want := range append(answer.Objectives[i], answer.Violations[i]) {
			if math.Abs(got[k]-want) > 1e-12*(1+math.Abs(want)) {
				return fmt.Errorf("%s at %v is %v (objectives, violation), for pymoo %v %v",
					problem.name, x, got, answer.Objectives[i], answer.Violations[i])
			}
		}
	}
	return nil
}
