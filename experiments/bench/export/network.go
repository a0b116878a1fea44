package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/torch"
	"github.com/trtnas/trtnas/space/weights"
)

// What both sides export, for one image.
const (
	network = "TRT-ViT-C"
	side    = 224
)

func lower() (reference.Network, *graph.Graph, error) {
	n, err := reference.Find(network)
	if err != nil {
		return n, nil, err
	}
	g, err := n.Lower(space.Input{Batch: 1, Height: side, Width: side})
	return n, g, err
}

// writeONNX is our side: it reports the seconds of what it does, without the
// process around it.
func writeONNX(path string) error {
	start := time.Now()
	_, g, err := lower()
	if err != nil {
		return err
	}
	if err := onnx.Export(path, g, onnx.Options{}); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report{Seconds: time.Since(start).Seconds(), Versions: runtime.Version()})
}

// writeModule writes what PyTorch's side reads.
func writeModule(folder string) error {
	n, g, err := lower()
	if err != nil {
		return err
	}
	return errors.Join(
		create(filepath.Join(folder, "model.py"), func(w io.Writer) error {
			return torch.WriteModule(w, *n.Arch, torch.Text{Name: n.Name})
		}),
		create(filepath.Join(folder, "weights.safetensors"), func(w io.Writer) error {
			return torch.WriteWeights(w, g, weights.Init{})
		}),
	)
}

func create(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// weightBytes are those of all tensors of the network in fp32.
func weightBytes() (int64, error) {
	_, g, err := lower()
	if err != nil {
		return 0, err
	}
	var bytes int64
	for _, t := range weights.All(g) {
		bytes += 4 * int64(t.Size())
	}
	return bytes, nil
}
