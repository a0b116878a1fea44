// Package export writes a network as a folder that is used without trtnas:
// ONNX, PyTorch, weights, the architecture, and what is known of it.
package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/torch"
	"github.com/trtnas/trtnas/space/weights"
	"github.com/trtnas/trtnas/trt"
)

// The files of a folder. A network that is no architecture of a space has
// neither module nor weights, nor a file of the architecture.
const (
	ONNX     = "model.onnx"
	ONNXFP16 = "model.fp16.onnx"
	Module   = "model.py"
	Weights  = "weights.safetensors"
	Arch     = "arch.json"
	Readme   = "README.md"
)

// Network is what a folder is written of.
type Network struct {
	reference.Network
	Point      report.Point
	Conditions evaluator.Conditions
	Run        string // that found it; empty for a published network
}

// Options say how.
type Options struct {
	Weights      weights.Init
	DynamicBatch bool
}

// ErrExists is the error of a folder that is there already.
var ErrExists = errors.New("exists already: remove it, or choose another --out")

// Folder writes the network to a new folder, complete or not at all.
func Folder(dir string, n Network, o Options) (err error) {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", dir, ErrExists)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(parent, ".export-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(draft))
		}
	}()
	if err := n.write(draft, o); err != nil {
		return err
	}
	// MkdirTemp's folders are for the owner alone, exports are for everyone.
	if err := os.Chmod(draft, 0o755); err != nil {
		return err
	}
	return os.Rename(draft, dir)
}

func (n Network) write(dir string, o Options) error {
	g, err := n.Lower(input(n.Conditions.Spec))
	if err != nil {
		return err
	}
	for name, precision := range map[string]onnx.Precision{ONNX: onnx.FP32, ONNXFP16: onnx.FP16} {
		err := onnx.Export(filepath.Join(dir, name), g, onnx.Options{
			Weights: o.Weights, Precision: precision, DynamicBatch: o.DynamicBatch,
			Metadata: map[string]string{"architecture": n.ID(), "network": n.Name},
		})
		if err != nil {
			return err
		}
	}
	if n.Arch != nil {
		if err := n.writeArch(dir, g, o); err != nil {
			return err
		}
	}
	return create(filepath.Join(dir, Readme), func(w io.Writer) error { return n.writeReadme(w, o) })
}

// writeArch writes what only architectures of a space have.
func (n Network) writeArch(dir string, g *graph.Graph, o Options) error {
	// The module has a classifier even where the engine has none.
	in := input(n.Conditions.Spec)
	in.Features = false
	whole, err := n.Lower(in)
	if err != nil {
		return err
	}
	text := torch.Text{Name: n.Name, Notes: n.notes()}
	return errors.Join(
		create(filepath.Join(dir, Module), func(w io.Writer) error { return torch.WriteModule(w, *n.Arch, text) }),
		create(filepath.Join(dir, Weights), func(w io.Writer) error { return torch.WriteWeights(w, whole, o.Weights) }),
		create(filepath.Join(dir, Arch), func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(report.NewArchExport(n.Run, n.Conditions, n.Point))
		}),
	)
}

func input(s trt.Spec) space.Input {
	return space.Input{Batch: s.Batch, Height: s.Resolution[0], Width: s.Resolution[1], Features: s.Output == trt.Features}
}

func create(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
