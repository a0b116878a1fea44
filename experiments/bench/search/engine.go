package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// engine runs package search by itself, without a database, and against the
// objective function that the others have.
func (o options) engine(ctx context.Context, j job) (f found, err error) {
	s, err := space.Named(j.Space)
	if err != nil {
		return f, err
	}
	served, err := serve(ctx, o.objective(j))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, served.stop()) }()
	model, err := serve(ctx, []string{o.trtnas, "measure", "--jsonl", "--space", j.Space, "--device", truth{}.device(j.Seed, 0)})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, model.stop()) }()
	start := time.Now()
	_, err = search.Run(ctx, search.Config[space.Genotype]{
		Problem: s, Budget: j.Evaluations, Reference: corner,
		Strategy: strategy(j, model),
		Evaluate: served.evaluate,
	})
	f.seconds, f.by = time.Since(start).Seconds(), o.version()
	f.own, f.points = f.seconds-served.took.Seconds(), served.points
	return f, err
}

// served is the objective function as a process of its own.
type served struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	took   time.Duration // waiting for replies, and reading and writing them
	points []point
}

func serve(ctx context.Context, command []string) (*served, error) {
	s := &served{cmd: exec.CommandContext(ctx, command[0], command[1:]...)}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return s, s.cmd.Start()
}

func (s *served) stop() error { return errors.Join(s.in.Close(), s.cmd.Wait()) }

// evaluate is a search.Evaluate.
func (s *served) evaluate(_ context.Context, gs []space.Genotype) ([]search.Outcome, error) {
	answers, err := s.ask(gs)
	if err != nil {
		return nil, err
	}
	outcomes := make([]search.Outcome, len(gs))
	for i, a := range answers {
		outcomes[i] = a.outcome()
		s.points = append(s.points, point{a.Latency, a.Accuracy})
	}
	return outcomes, nil
}

// ask asks for networks one by one.
func (s *served) ask(gs []space.Genotype) ([]answer, error) {
	start := time.Now()
	defer func() { s.took += time.Since(start) }()
	answers := make([]answer, len(gs))
	for i, g := range gs {
		if err := json.NewEncoder(s.in).Encode(question(g)); err != nil {
			return nil, err
		}
		line, err := s.out.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(line, &answers[i]); err != nil || answers[i].Error != "" {
			return nil, fmt.Errorf("the objective function replied %s: %w", line, err)
		}
	}
	return answers, nil
}

func (a answer) outcome() search.Outcome {
	if a.Failure != nil {
		return search.Failed()
	}
	return search.Outcome{
		Objectives: []float64{a.Latency, -a.Accuracy},
		Violation:  max(0, (a.Latency-budget)/budget),
	}
}

// question is a line for the objective function.
func question(g space.Genotype) any {
	decisions := make([]int, len(g))
	for i, gene := range g {
		decisions[i] = int(gene)
	}
	return map[string]any{"decisions": decisions}
}
