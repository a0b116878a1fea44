package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// script is the folder of the script that trtnas ships, from the repository's root.
const script = "evaluator/train/script"

// trainer is train.py at work.
type trainer struct {
	command    *exec.Cmd
	requests   io.WriteCloser
	answers    *bufio.Reader
	conditions conditions
}

// answer of train.py: what it trains on, what a training reached, or what failed.
type answer struct {
	Recipe, Fingerprint string
	Threads             int
	Versions            map[string]string

	Top1, Loss, ZiCo, MeCo float64
	CPUSeconds             float64 `json:"cpu_seconds"`

	Message string // of a failure
}

func startTrainer(ctx context.Context, o options) (*trainer, error) {
	t := &trainer{command: exec.CommandContext(ctx, o.python, filepath.Join(o.folder, "train.py"), script, o.images, strconv.Itoa(o.resolution), strconv.Itoa(o.epochs))}
	t.command.Stderr = os.Stderr
	t.command.Env = append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(o.threads), "OMP_WAIT_POLICY=PASSIVE", "CUBLAS_WORKSPACE_CONFIG=:4096:8")
	var err error
	if t.requests, err = t.command.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := t.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.answers = bufio.NewReader(answers)
	if err := t.command.Start(); err != nil {
		return nil, err
	}
	described, err := t.answer()
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.conditions = conditions{
		Images: o.images, Fingerprint: described.Fingerprint, Resolution: o.resolution, Epochs: o.epochs, Recipe: described.Recipe,
		Versions: versions(described),
	}
	return t, nil
}

// versions in the order of their names.
func versions(a answer) string {
	var words []string
	for name, version := range a.Versions {
		words = append(words, name+" "+version)
	}
	slices.Sort(words)
	return strings.Join(words, ", ") + fmt.Sprintf(", threads %d", a.Threads)
}

func (t *trainer) train(j job) (row, error) {
	if err := json.NewEncoder(t.requests).Encode(j); err != nil {
		return row{}, fmt.Errorf("train.py: %w", err)
	}
	a, err := t.answer()
	return row{job: j, Failure: a.Message, Top1: a.Top1, Loss: a.Loss, ZiCo: a.ZiCo, MeCo: a.MeCo, CPUSeconds: a.CPUSeconds}, err
}

func (t *trainer) answer() (a answer, err error) {
	line, err := t.answers.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("train.py ended without an answer (%w): see what it wrote; it needs a -python with experiments/verify/requirements.txt", err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("train.py: %q: %w", line, err)
	}
	return a, nil
}

func (t *trainer) close() error { return errors.Join(t.requests.Close(), t.command.Wait()) }
