package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// search runs one of our searches and reads from its database what it
// evaluated. Every network competes, as in the searches beside it.
func (o options) search(ctx context.Context, j job) (f found, err error) {
	temp, err := os.MkdirTemp("", "bench-search-*")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	db := filepath.Join(temp, "runs.db")
	start := time.Now()
	if _, err := output(ctx, nil, o.trtnas, "search", "--device", j.device(), "--space", j.Space, "--algo", setups[j.Method].algorithm,
		"--budget", fmt.Sprintf("%gms", budget), "--seed", fmt.Sprint(j.Seed), "--evals", fmt.Sprint(j.Evaluations),
		"--finalists", "0", "--extrapolate", "--name", "run", "--db", db); err != nil {
		return f, err
	}
	f.seconds, f.by = time.Since(start).Seconds(), o.version()
	results, err := evaluations(ctx, db)
	if err != nil {
		return f, err
	}
	for _, r := range results {
		f.points = append(f.points, pointOf(r))
	}
	return f, o.compare(ctx, j, results[:min(len(results), compared)])
}

// version is the commit that our program was built from, if it knows, and that
// of Go.
func (o options) version() string {
	info, err := buildinfo.ReadFile(o.trtnas)
	if err != nil {
		return "trtnas"
	}
	commit := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = " " + s.Value[:min(len(s.Value), 7)]
		case s.Key == "vcs.modified" && s.Value == "true":
			commit += "+"
		}
	}
	return "trtnas" + commit + ", " + info.GoVersion
}

// evaluations are what the run in the database evaluated, in its order.
func evaluations(ctx context.Context, db string) (results []evaluator.Result, err error) {
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	run, err := st.Run(ctx, "run")
	if err != nil {
		return nil, err
	}
	for r, err := range st.Evaluations(ctx, run) {
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

func pointOf(r evaluator.Result) point {
	if r.Failure != nil {
		return point{}
	}
	return point{float64(r.Score.Latency.Value) / float64(time.Millisecond), r.Score.Accuracy.Bound}
}

// answer is a reply of the objective function.
type answer struct {
	Latency  float64         `json:"latency_ms"`
	Accuracy float64         `json:"accuracy"`
	Failure  json.RawMessage `json:"failure"`
	Error    string          `json:"error"`
}

// compared is how many networks of a run the objective function is asked for
// too.
const compared = 200

// compare makes sure that the others are told the same of networks.
func (o options) compare(ctx context.Context, j job, results []evaluator.Result) error {
	s, err := space.Named(j.Space)
	if err != nil {
		return err
	}
	var questions bytes.Buffer
	for _, r := range results {
		g, ok := s.Encode(r.Arch)
		if !ok {
			return fmt.Errorf("space %s can't express %s, which a search in it evaluated", s.Name, r.ID)
		}
		if err := json.NewEncoder(&questions).Encode(question(g)); err != nil {
			return err
		}
	}
	text, err := output(ctx, &questions, o.objective(j)...)
	if err != nil {
		return err
	}
	replies := json.NewDecoder(bytes.NewReader(text))
	for _, r := range results {
		var a answer
		if err := replies.Decode(&a); err != nil {
			return fmt.Errorf("the objective function's reply: %w", err)
		}
		if p := (point{a.Latency, a.Accuracy}); a.Error != "" || p != pointOf(r) {
			return fmt.Errorf("%w: %s is %v and %v %s", errDiffers, r.ID, pointOf(r), p, a.Error)
		}
	}
	return nil
}

// objective is the command of the objective function.
func (o options) objective(j job) []string {
	return []string{o.trtnas, "measure", "--jsonl", "--space", j.Space, "--device", j.device()}
}

// peer runs an optimiser of others.
func (o options) peer(ctx context.Context, j job) (f found, err error) {
	s, err := space.Named(j.Space)
	if err != nil {
		return f, err
	}
	request, err := json.Marshal(map[string]any{
		"command": o.objective(j), "counts": s.Decisions(), "budget": budget, "method": setups[j.Method].algorithm,
		"population": setups[j.Method].population, "seed": j.Seed, "evaluations": j.Evaluations,
	})
	if err != nil {
		return f, err
	}
	start := time.Now()
	text, err := output(ctx, nil, o.python, o.path("peers.py"), string(request))
	if err != nil {
		return f, err
	}
	var reply struct {
		Versions string        `json:"versions"`
		Own      float64       `json:"own_seconds"`
		Points   []*[2]float64 `json:"points"`
	}
	if err := json.Unmarshal(text, &reply); err != nil {
		return f, fmt.Errorf("peers.py printed %.100q: %w", text, err)
	}
	f = found{seconds: time.Since(start).Seconds(), own: reply.Own, by: reply.Versions}
	for _, p := range reply.Points {
		if p == nil {
			p = &[2]float64{}
		}
		f.points = append(f.points, point{p[0], p[1]})
	}
	return f, nil
}

// output runs a program to its end and returns what it printed.
func output(ctx context.Context, in *bytes.Buffer, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	if in != nil {
		cmd.Stdin = in
	}
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(args[:2], " "), err, lastLine(&talk))
	}
	return out.Bytes(), nil
}

func lastLine(text *bytes.Buffer) (last string) {
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		last = lines.Text()
	}
	return last
}
