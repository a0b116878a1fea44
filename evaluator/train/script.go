package train

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/trtnas/trtnas/evaluator"
)

//go:embed script/*.py
var scripts embed.FS

// Script is the training script that comes with trtnas, run by a Python that has
// PyTorch, NumPy and Pillow; empty is python3. remove takes the script's files
// away again.
func Script(python string) (p Program, remove func() error, err error) {
	path, err := exec.LookPath(cmp.Or(python, "python3"))
	if err != nil {
		return p, nil, SetupError{fmt.Sprintf("no Python to train with (%v): give one that has torch, numpy and pillow with --python", err)}
	}
	folder, err := os.MkdirTemp("", "trtnas-train-*")
	if err != nil {
		return p, nil, fmt.Errorf("folder of the training script: %w", err)
	}
	remove = func() error { return os.RemoveAll(folder) }
	files, err := fs.Sub(scripts, "script")
	if err == nil {
		err = os.CopyFS(folder, files)
	}
	if err != nil {
		return p, nil, errors.Join(err, remove())
	}
	return Program{
		Name: "trtnas", Source: evaluator.AccuracyTrained, Path: path,
		// Neither the user's site settings nor old bytecode change what is run.
		Args: []string{"-B", filepath.Join(folder, "train.py")},
		Env: []string{
			"CUBLAS_WORKSPACE_CONFIG=:4096:8", // lets cuBLAS repeat its results (CUDA's documentation of cuBLAS, section 2.1.4)
			"OMP_WAIT_POLICY=PASSIVE",         // threads that wait leave the processor to other programs
		},
	}, remove, nil
}
