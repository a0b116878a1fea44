package trtexec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// engine is a plan in a folder of its own. Each call is a process that loads
// it, in a new folder within that, so that no file is left from another.
type engine struct {
	backend *backend
	folder  string
	input   trt.Precision // of the model's input
	info    trt.EngineInfo
}

func (e *engine) plan() string { return filepath.Join(e.folder, "plan") }

func (e *engine) Info() trt.EngineInfo { return e.info }

// Close removes the plan.
func (e *engine) Close() error { return os.RemoveAll(e.folder) }

// Files in the folder of a run, whose names have nothing that trtexec's lists
// of files could split at.
const (
	inputFile  = "input"
	resultFile = "result.json"
)

// profileRuns are enough for the median of a layer to some per cent.
const profileRuns = 50

// run runs the engine with its input, if there is one, in a file of that name,
// and returns what is in the file of the result. Errors are *trt.Failure, the
// context's or of files.
func (e *engine) run(ctx context.Context, name string, arguments []string, input []byte) (t transcript, result string, err error) {
	folder, err := os.MkdirTemp(e.folder, name+"-*")
	if err != nil {
		return t, "", fmt.Errorf("folder of a run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if input != nil {
		if err := os.WriteFile(filepath.Join(folder, inputFile), input, 0o600); err != nil {
			return t, "", err
		}
	}
	t, err = e.backend.run(ctx, step{name: name, arguments: arguments, folder: folder, limit: e.backend.options.RunLimit, fallback: trt.Crash})
	if err != nil {
		return t, "", err
	}
	data, err := os.ReadFile(filepath.Join(folder, resultFile))
	if err != nil {
		return t, "", trt.Failf(trt.Degraded, "%s: trtexec passed without writing its file: %v", name, err)
	}
	return t, string(data), nil
}

// straddling is how many batches more trtexec is asked for: one that begins
// within the warm-up and ends after it counts as an iteration, but is left out
// of the times.
const straddling = 2

// Time runs trtexec for at least n batches. Other processes are counted before
// and after, since nvidia-smi would disturb what is timed.
func (e *engine) Time(ctx context.Context, n int, warmUp time.Duration) (trt.Timing, error) {
	r := e.backend.release
	before, err := e.backend.gpu.Processes(ctx)
	if err != nil {
		return trt.Timing{}, err
	}
	arguments := append(append(r.load(e.plan(), n+straddling, warmUp), r.steady()...), "--exportTimes="+resultFile)
	t, result, err := e.run(ctx, "time", arguments, nil)
	if err != nil {
		return trt.Timing{}, err
	}
	after, err := e.backend.gpu.Processes(ctx)
	if err != nil {
		return trt.Timing{}, err
	}
	samples, err := parseTimes(result)
	if err == nil {
		err = t.confirms(samples, n)
	}
	if err != nil {
		return trt.Timing{}, err
	}
	timing := trt.Timing{Samples: samples, Warnings: t.warnings()}
	if timing.Health, err = e.backend.gpu.Between(t.window()); err != nil {
		timing.Warnings = append(timing.Warnings, fmt.Sprintf("the GPU's clocks are unknown: %v", err))
	}
	for i := range timing.Health {
		timing.Health[i].Processes = max(len(before), len(after)) + 1 // trtexec itself
	}
	return timing, nil
}

// Outputs runs trtexec for one batch of an input from a file.
func (e *engine) Outputs(ctx context.Context, input trt.Tensor) ([]trt.Tensor, error) {
	r := e.backend.release
	arguments := append(r.load(e.plan(), 1, 0), r.transfer(input.Name, inputFile, resultFile)...)
	t, result, err := e.run(ctx, "outputs", arguments, encode(input.Data, e.input))
	if err != nil {
		return nil, err
	}
	return parseOutputs(result, t.outputs())
}

// Profile runs trtexec with its profiler.
func (e *engine) Profile(ctx context.Context) ([]trt.Layer, error) {
	r := e.backend.release
	arguments := append(r.load(e.plan(), profileRuns, 0), r.profile(resultFile)...)
	_, result, err := e.run(ctx, "profile", arguments, nil)
	if err != nil {
		return nil, err
	}
	return parseProfile(result)
}
