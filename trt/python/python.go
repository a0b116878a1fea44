// Package python reaches TensorRT through its own Python bindings. The user
// needs them (pip install tensorrt), a Python of 3.8 or later and NVIDIA's
// driver, nothing else: CUDA and NVML are called through ctypes.
package python

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

//go:embed driver
var driver embed.FS

// Options say which Python to use, and how. The zero Options take python3 from
// the path, and the first of TensorRT's modules that it has.
type Options struct {
	Python string // path or name of the interpreter; empty is python3
	// Module is the bindings' module: tensorrt, tensorrt_bindings, tensorrt_rtx
	// or tensorrt_rtx_bindings. Empty is the first of these that is installed.
	Module       string
	wire.Options // but for the command
}

// Open starts the driver in Python; see wire.Start for what the backend does
// and returns. Without bindings the error is a *trt.Failure of class
// Incomplete that says how to install them.
func Open(ctx context.Context, o Options) (trt.Backend, error) {
	folder, err := os.MkdirTemp("", "trtnas-python-*")
	if err != nil {
		return nil, fmt.Errorf("folder of the Python driver: %w", err)
	}
	if err := os.CopyFS(folder, driver); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the Python driver: %w", err), os.RemoveAll(folder))
	}
	w := o.Options
	w.Command = []string{cmp.Or(o.Python, "python3"), filepath.Join(folder, "driver", "main.py")}
	if o.Module != "" {
		w.Command = append(w.Command, o.Module)
	}
	b, err := wire.Start(ctx, w)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return backend{b, folder}, nil
}

// backend is a running driver and its files, which a restart needs.
type backend struct {
	trt.Backend
	folder string
}

func (b backend) Close() error {
	return errors.Join(b.Backend.Close(), os.RemoveAll(b.folder))
}
