//go:build tensorrt && !cuda && cgo

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// These tests have TensorRT-RTX build: its libraries must be where the loader
// finds them (make test-device).

func TestWhoItIs(t *testing.T) {
	d := mustStart(t, wire.Options{Target: "8.0"}).Device()
	if d.Library != trt.TensorRTRTX || d.Version == "" || d.Access != trt.AccessProgram || len(d.Typings) != 1 || d.Typings[0] != trt.Strong || d.Name != "" {
		t.Errorf("got %+v", d)
	}
	_, err := start(t, wire.Options{})
	if trt.ClassOf(err) != trt.NoDevice || !strings.Contains(err.Error(), "cuda") {
		t.Errorf("as one that measures: got %v", err)
	}
}

func TestNeedsNothing(t *testing.T) {
	if got := needs(t); len(got) > 0 {
		t.Errorf("the program needs %v", got)
	}
}

// A network with convolutions and attention.
func network(t *testing.T) trt.Model {
	t.Helper()
	arch := space.Arch{}
	for i, block := range []space.Block{space.BottleNeck, space.BottleNeck, space.MixBlockC, space.Transformer} {
		arch.Stages[i] = space.Stage{Depth: 1, Width: 32 << i, Block: block, Mixed: 1, R: 0.5, S: 1, K: 3}
	}
	g, err := arch.Canonical().Lower(space.Input{Batch: 1, Height: 64, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := onnx.Export(path, g, onnx.Options{Precision: onnx.FP16}); err != nil {
		t.Fatal(err)
	}
	return file(path)
}

func checkBuilds(t *testing.T, b trt.Backend, m trt.Model) {
	t.Helper()
	e, err := b.Build(t.Context(), m, strong())
	if err != nil {
		t.Fatal(err)
	}
	if info := e.Info(); info.Bytes < 1<<10 || info.BuildTime <= 0 || info.BuildTime > time.Minute || info.Cache != trt.CacheNone {
		t.Errorf("got %+v", info)
	}
	if _, err := e.Time(t.Context(), 1, 0); trt.ClassOf(err) != trt.NoDevice {
		t.Errorf("timing without CUDA: got %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// One process builds, refuses, and builds again; TensorRT-RTX 1.7 crashes on
// ONNX's Attention, and a new process builds again.
func TestBuild(t *testing.T) {
	b := mustStart(t, wire.Options{Target: "8.0"})
	good := network(t)
	checkBuilds(t, b, good)

	_, err := b.Build(t.Context(), unary(t, "Sing", 1), strong())
	var f *trt.Failure
	if !errors.As(err, &f) || f.Class != trt.InvalidNetwork || !strings.Contains(f.Message, `Sing "the node" (node 0)`) || !strings.Contains(f.Output, "[E] [TRT]") {
		t.Errorf("an unknown op: got %v", err)
	}
	checkBuilds(t, b, good)

	_, err = b.Build(t.Context(), unary(t, "Attention", 3), strong())
	if trt.ClassOf(err) != trt.Crash {
		t.Errorf("a crash: got %v", err)
	}
	checkBuilds(t, b, good)
}

func TestRefusals(t *testing.T) {
	weak, level, workspace := strong(), strong(), strong()
	weak.Builder.Typing, level.Builder.Level, workspace.Builder.WorkspaceMiB = trt.Weak, 6, -1
	tests := []struct {
		name, target string
		model        trt.Model
		spec         trt.Spec
		want         string
	}{
		{"typing", "8.0", unary(t, "Relu", 1), weak, "does not build with weak typing"},
		{"level", "8.0", unary(t, "Relu", 1), level, "optimisation level 6"},
		{"workspace", "8.0", unary(t, "Relu", 1), workspace, "workspace of -1 MiB"},
		{"target of another form", "sm_80", unary(t, "Relu", 1), strong(), `target "sm_80": no compute capability`},
		{"target that it lacks", "9.0", unary(t, "Relu", 1), strong(), "capability 9.0"},
		{"no file", "8.0", file("none.onnx"), strong(), "none.onnx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := mustStart(t, wire.Options{Target: test.target}).Build(t.Context(), test.model, test.spec)
			var f *trt.Failure
			if !errors.As(err, &f) || !strings.Contains(f.Message+f.Output, test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// unary is a model of one node with the input as all of its inputs. The numbers
// are those of onnx.proto.
func unary(t *testing.T, op string, inputs int) trt.Model {
	t.Helper()
	var shape []byte
	for _, extent := range []int64{1, 8, 16, 16} {
		shape = append(shape, message(1, number(1, extent))...)
	}
	tensor := func(name string) []byte {
		kind := slices.Concat(number(1, 1 /* float */), message(2, shape))
		return slices.Concat(message(1, []byte(name)), message(2, message(1, kind)))
	}
	node := slices.Concat(bytes.Repeat(message(1, []byte("x")), inputs), message(2, []byte("y")), message(3, []byte("the node")), message(4, []byte(op)))
	graph := slices.Concat(message(1, node), message(2, []byte("g")), message(11, tensor("x")), message(12, tensor("y")))
	model := slices.Concat(number(1, 10 /* IR version */), message(7, graph), message(8, number(2, 23 /* opset */)))
	path := filepath.Join(t.TempDir(), op+".onnx")
	if err := os.WriteFile(path, model, 0o644); err != nil {
		t.Fatal(err)
	}
	return file(path)
}

// message is a field of bytes in protobuf's encoding, number one of a number.
func message(field byte, content []byte) []byte {
	return append(binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(content))), content...)
}

func number(field byte, value int64) []byte {
	return binary.AppendUvarint([]byte{field << 3}, uint64(value))
}
