// Package ort computes what a network's outputs should be, with ONNX Runtime
// on the CPU in a Python of the user's.
package ort

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
	"github.com/trtnas/trtnas/trt/wire"
)

//go:embed run.py
var script string

// limit on one network. The largest published ones take seconds.
const limit = 5 * time.Minute

// Oracle is ONNX Runtime in a Python.
type Oracle struct {
	python  string
	version string
}

// Find looks for ONNX Runtime in a Python; an empty path is python3. The error
// says how to install it.
func Find(ctx context.Context, python string) (*Oracle, error) {
	o := &Oracle{python: cmp.Or(python, "python3")}
	out, err := o.call(ctx, "version")
	if err != nil {
		return nil, fmt.Errorf("no ONNX Runtime to check outputs with: %w; install it with %s -m pip install onnxruntime", err, o.python)
	}
	o.version = strings.TrimSpace(out)
	return o, nil
}

// Version of ONNX Runtime, such as "1.32.0".
func (o *Oracle) Version() string { return o.version }

// Run computes the outputs of an ONNX file in the model's order. It is a
// trt.Oracle.
func (o *Oracle) Run(ctx context.Context, model string, input trt.Tensor) (all []trt.Tensor, err error) {
	folder, err := os.MkdirTemp("", "trtnas-ort-*")
	if err != nil {
		return nil, fmt.Errorf("folder of tensors: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "input")
	if err := wire.WriteTensor(path, input.Data); err != nil {
		return nil, err
	}
	arguments := []string{model, path, folder}
	for _, d := range input.Shape {
		arguments = append(arguments, strconv.Itoa(d))
	}
	out, err := o.call(ctx, arguments...)
	if err != nil {
		return nil, fmt.Errorf("ONNX Runtime %s on %s: %w", o.version, model, err)
	}
	var tensors []wire.Tensor
	if err := json.Unmarshal([]byte(out), &tensors); err != nil {
		return nil, fmt.Errorf("ONNX Runtime %s on %s: its script printed %.60q: %w", o.version, model, out, err)
	}
	for _, t := range tensors {
		tensor, err := t.Read()
		if err != nil {
			return nil, err
		}
		all = append(all, tensor)
	}
	return all, nil
}

// call runs the script and returns what it printed. The error has the last
// line of what it said.
func (o *Oracle) call(ctx context.Context, arguments ...string) (string, error) {
	r, err := process.Run(ctx, process.Command{Path: o.python, Args: append([]string{"-c", script}, arguments...), Time: limit})
	if err != nil {
		return "", err
	}
	if r.Exit != (trt.Exit{}) {
		said := strings.Split(strings.TrimSpace(r.Err), "\n")
		return "", fmt.Errorf("%v: %s", r.Exit, said[len(said)-1])
	}
	return r.Out, nil
}
