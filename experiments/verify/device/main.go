// Command device has bin/trtnas-device, compiled for TensorRT-RTX without
// CUDA, build an engine of every published network, on any machine. It writes
// what came of it to README.md in its own folder:
//
//	make verify-device
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

func main() {
	var o options
	flag.StringVar(&o.program, "program", "bin/trtnas-device-rtx", "device program")
	flag.StringVar(&o.libraries, "libraries", "", "folder of TensorRT-RTX's libraries")
	flag.StringVar(&o.folder, "folder", "experiments/verify/device", "where README.md goes")
	flag.StringVar(&o.target, "target", "8.0", "compute capability to build for")
	flag.StringVar(&o.only, "only", "", "only the network of this name; writes nothing")
	flag.Parse()
	if err := o.run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "device:", err)
		os.Exit(1)
	}
}

type options struct {
	program, libraries, folder, target, only string
}

// input is what engines are built for.
var input = space.Input{Batch: 1, Height: 224, Width: 224}

// run builds all networks, in one process of the program unless it dies.
func (o options) run(ctx context.Context, progress io.Writer) (err error) {
	backend, err := wire.Start(ctx, wire.Options{
		Command: []string{o.program}, Env: []string{"LD_LIBRARY_PATH=" + o.libraries}, Target: o.target,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	page := page{Date: time.Now().Format(time.DateOnly), Device: backend.Device(), Target: o.target, Input: input}
	failed := 0
	for _, n := range reference.All() {
		if o.only != "" && n.Name != o.only {
			continue
		}
		r, err := build(ctx, backend, n)
		if err != nil {
			return err
		}
		fmt.Fprintln(progress, r)
		if r.Failure != nil {
			failed++
		}
		page.Rows = append(page.Rows, r)
	}
	if len(page.Rows) == 0 {
		return fmt.Errorf("no network is called %q", o.only)
	}
	if o.only == "" {
		if err := page.write(filepath.Join(o.folder, "README.md")); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d networks failed", failed, len(page.Rows))
	}
	return nil
}

// row is what came of one network.
type row struct {
	Network reference.Network
	Nodes   int   // of our graph
	Model   int64 // bytes of the ONNX file
	Engine  trt.EngineInfo
	Failure *trt.Failure
}

// String is the row for the terminal.
func (r row) String() string {
	if r.Failure != nil {
		return fmt.Sprintf("%-22s FAILED: %v", r.Network.Name, r.Failure)
	}
	return fmt.Sprintf("%-22s ok, %.1f s, %.1f MiB", r.Network.Name, r.Engine.BuildTime.Seconds(), mebibytes(r.Engine.Bytes))
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// build exports a network in fp16 and builds its engine. Its error is none of
// the network's.
func build(ctx context.Context, backend trt.Backend, n reference.Network) (r row, err error) {
	r.Network = n
	folder, err := os.MkdirTemp("", "verify-device-*")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	model := filepath.Join(folder, "model.onnx")
	g, err := n.Lower(input)
	if err != nil {
		return r, err
	}
	r.Nodes = len(g.Nodes)
	if err := onnx.Export(model, g, onnx.Options{Precision: onnx.FP16}); err != nil {
		return r, err
	}
	file, err := os.Stat(model)
	if err != nil {
		return r, err
	}
	r.Model = file.Size()
	s := trt.Spec{Precision: trt.FP16, Batch: input.Batch, Resolution: [2]int{input.Height, input.Width}, Builder: trt.DefaultBuilder(trt.Strong)}
	engine, err := backend.Build(ctx, trt.Model{ID: n.ID(), File: func(trt.Precision) (string, error) { return model, nil }}, s)
	if errors.As(err, &r.Failure) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	r.Engine = engine.Info()
	return r, engine.Close()
}
