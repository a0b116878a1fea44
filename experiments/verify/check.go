package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/trtnas/trtnas/experiments/export"
	"github.com/trtnas/trtnas/experiments/verify/peers"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/weights"
)

// Row is what the programs say of one network.
type Row struct {
	Name, Family, Definition string
	Checked                  string  // on which day
	Params, MACs             int64   // ours, for one image of 224x224
	Published                *Counts `json:",omitempty"` // the authors' figures
	Outside                  Outside
	RTX                      map[string]Engine // by the model's file
	Training                 *Training         `json:",omitempty"` // of the networks that are small enough
	Error                    string            `json:",omitempty"` // of the first program that failed
}

// Counts are parameters and multiply-accumulates.
type Counts struct{ Params, ParamsWithin, MACs, MACsWithin int64 }

// Outside is what check.py reports.
type Outside struct {
	Peer       string  `json:"peer"` // PyTorch side of the comparison: module or timm; empty for none
	Params     int64   `json:"params"`
	MACs       int64   `json:"macs"`
	TimmParams int64   `json:"timm_params"`
	TimmMACs   int64   `json:"timm_macs"`
	FP32       float64 `json:"fp32_error"` // largest difference from PyTorch over the largest output
	FP16       float64 `json:"fp16_error"` // of ONNX Runtime in fp16 from itself in fp32
}

// Engine is what build_rtx.py reports.
type Engine struct {
	Version string  `json:"rtx"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
}

// Training is what train.py reports of a module: the first loss and the last,
// the maps of the backbone, and the error of PyTorch's own export.
type Training struct {
	Loss        [2]float64 `json:"loss"`
	Maps        [][]int    `json:"maps"`
	ExportError float64    `json:"export_error"`
}

// tolerance of the fp32 comparison: rounding in another order of summation
// stays far below.
const tolerance = 1e-4

// check exports the network and asks every program.
func check(ctx context.Context, o options, n export.Network) Row {
	r := Row{Name: n.Name, Family: n.Family, Definition: string(n.Definition), Params: n.Point.Params, MACs: n.Point.MACs, RTX: map[string]Engine{}}
	if p := n.Published; p.Params > 0 {
		r.Published = &Counts{p.Params, p.ParamsWithin, p.MACs, p.MACsWithin}
	}
	if err := r.ask(ctx, o, n); err != nil {
		r.Error = err.Error()
	}
	return r
}

func (r *Row) ask(ctx context.Context, o options, n export.Network) (err error) {
	dir, err := os.MkdirTemp("", "verify-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	folder := filepath.Join(dir, "network")
	if err := export.Folder(folder, n, export.Options{Weights: probe}); err != nil {
		return err
	}
	learned, err := writeLearned(dir, n)
	if err != nil {
		return err
	}
	args := []string{filepath.Join(o.folder, "check.py"), folder, learned}
	if peer := peers.Timm[n.Name]; peer != "" {
		args = append(args, "--timm", peer)
	}
	if err := python(ctx, o, &r.Outside, args...); err != nil {
		return err
	}
	for _, file := range []string{export.ONNX, export.ONNXFP16} {
		var e Engine
		if err := python(ctx, o, &e, filepath.Join(o.folder, "build_rtx.py"), filepath.Join(folder, file)); err != nil {
			return err
		}
		r.RTX[file] = e
	}
	if trained[n.Family] {
		r.Training = &Training{}
		if err := python(ctx, o, r.Training, filepath.Join(o.folder, "train.py"), folder); err != nil {
			return err
		}
	}
	return r.judge()
}

// writeLearned lists the names of the network's tensors, which tells them from
// the ONNX file's constants.
func writeLearned(dir string, n export.Network) (string, error) {
	g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		return "", err
	}
	var names strings.Builder
	for _, t := range weights.All(g) {
		names.WriteString(t.Name + "\n")
	}
	path := filepath.Join(dir, "learned.txt")
	return path, os.WriteFile(path, []byte(names.String()), 0o644)
}

// judge compares the figures.
func (r *Row) judge() error {
	x := r.Outside
	var errs []error
	differs := func(what string, got, want int64) {
		if want != 0 && got != want {
			errs = append(errs, fmt.Errorf("%s: we count %d, %s %d", what, got, x.Peer, want))
		}
	}
	differs("parameters", r.Params, x.Params)
	differs("parameters", r.Params, x.TimmParams)
	differs("MACs", r.MACs, x.MACs)
	differs("MACs", r.MACs, x.TimmMACs)
	if x.FP32 > tolerance {
		errs = append(errs, fmt.Errorf("ONNX Runtime and PyTorch differ by %.1e", x.FP32))
	}
	return errors.Join(errs...)
}

// python runs a script in a process of its own and reads the last line of
// its output.
func python(ctx context.Context, o options, to any, args ...string) error {
	cmd := exec.CommandContext(ctx, o.python, args...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, tail(talk.String()))
	}
	return json.Unmarshal([]byte(tail(out.String())), to)
}

// tail is the last line of a text.
func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// line is the row for the terminal.
func (r Row) line() string {
	if r.Error != "" {
		return fmt.Sprintf("%-20s FAILED: %s", r.Name, r.Error)
	}
	return fmt.Sprintf("%-20s ok; fp32 %.1e (%s), fp16 %.1e, engines in %.1f and %.1f s",
		r.Name, r.Outside.FP32, r.Outside.Peer, r.Outside.FP16, r.RTX[export.ONNX].Seconds, r.RTX[export.ONNXFP16].Seconds)
}
