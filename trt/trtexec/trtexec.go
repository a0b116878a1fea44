// Package trtexec reaches TensorRT through trtexec, the program that comes
// with TensorRT's packages: releases 8.6 to 11. Each build and each timing is
// a process of its own, so that it may die without harm.
package trtexec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
	"github.com/trtnas/trtnas/trt/smi"
)

// Options say which trtexec to run and how. The zero Options take the first
// GPU and what is on the PATH, without timing caches.
type Options struct {
	Path   string // of trtexec; empty is trtexec
	Index  int    // of the GPU, in the order of the PCI bus and of CUDA_VISIBLE_DEVICES
	Caches trt.TimingCaches

	BuildLimit  time.Duration // on a build, beyond which it is a Timeout; 0 is 10 minutes
	RunLimit    time.Duration // on another run; 0 is 2 minutes
	MemoryLimit int64         // of a run in bytes, resident on the machine; 0 is none
	SMI         string        // path of nvidia-smi; empty is nvidia-smi
}

// Open asks trtexec for its release and nvidia-smi for the GPU, and watches
// this until the backend is closed. The error is a *trt.Failure, the context's
// or one of files.
func Open(ctx context.Context, o Options) (trt.Backend, error) {
	path, err := exec.LookPath(cmp.Or(o.Path, "trtexec"))
	if err == nil {
		o.Path, err = filepath.Abs(path) // it runs in folders of its own
	}
	if err != nil {
		return nil, trt.Failf(trt.Incomplete, "%v", err)
	}
	o.BuildLimit = cmp.Or(o.BuildLimit, 10*time.Minute)
	o.RunLimit = cmp.Or(o.RunLimit, 2*time.Minute)
	r, err := probe(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	gpu, err := smi.Open(ctx, o.SMI, visible(os.Getenv("CUDA_VISIBLE_DEVICES"), o.Index))
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "trtnas-trtexec-*")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("folder of plans: %w", err), gpu.Close())
	}
	b := &backend{options: o, release: r, gpu: gpu, folder: folder, device: gpu.Device()}
	b.device.Library, b.device.Version, b.device.Access = trt.TensorRT, r.version, trt.AccessTrtexec
	b.device.Typings = r.typings()
	return b, nil
}

// visible is the GPU with an index, as nvidia-smi has it: CUDA counts only
// those in its list, which are indices or UUIDs.
func visible(list string, index int) string {
	gpus := strings.Split(list, ",")
	if list == "" || index >= len(gpus) {
		return strconv.Itoa(index)
	}
	return strings.TrimSpace(gpus[index])
}

// backend keeps plans in a folder.
type backend struct {
	options Options
	release release
	gpu     *smi.GPU
	device  trt.Device
	folder  string
}

func (b *backend) Device() trt.Device { return b.device }

// Close ends the watch of the GPU and removes all plans.
func (b *backend) Close() error {
	return errors.Join(b.gpu.Close(), os.RemoveAll(b.folder))
}

// Build builds a plan, to be loaded by each run of the engine.
func (b *backend) Build(ctx context.Context, m trt.Model, s trt.Spec) (trt.Engine, error) {
	precision, err := b.release.precision(s)
	if err != nil {
		return nil, err
	}
	model, err := m.Path(s)
	if err == nil {
		model, err = filepath.Abs(model) // trtexec runs in another folder
	}
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(b.folder, "engine-*")
	if err != nil {
		return nil, fmt.Errorf("folder of a plan: %w", err)
	}
	e := &engine{backend: b, folder: folder, input: trt.FP32}
	if s.Builder.Typing == trt.Strong {
		e.input = s.Precision
	}
	err = b.options.Caches.Use(b.device, s, func(cache string) error {
		if cache != "" {
			if cache, err = filepath.Abs(cache); err != nil {
				return err
			}
		}
		arguments := append(b.release.build(s.Builder, model, e.plan(), cache), precision...)
		begun := time.Now()
		r, err := b.run(ctx, step{name: "build", arguments: arguments, folder: folder, limit: b.options.BuildLimit, fallback: trt.InvalidNetwork})
		if err != nil {
			return err
		}
		e.info, err = r.built(e.plan(), time.Since(begun))
		return err
	})
	if err == nil && e.info.Cache == trt.CacheDropped {
		err = b.options.Caches.Drop(b.device, s) // trtexec need not have replaced what it could not read
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// step is one run of trtexec.
type step struct {
	name      string
	arguments []string
	folder    string // to run in, and of its files
	limit     time.Duration
	fallback  trt.Class // of a failure that tells nothing
}

// run runs trtexec. What it returns passed by its own account; whether its
// files are there and make sense is to be seen.
func (b *backend) run(ctx context.Context, s step) (transcript, error) {
	var said process.Tail
	end := &mark{text: []byte(traceLine)}
	r, err := process.Run(ctx, process.Command{
		Path: b.options.Path, Args: append(s.arguments, fmt.Sprintf("--device=%d", b.options.Index)), Dir: s.folder,
		Env: []string{"CUDA_DEVICE_ORDER=PCI_BUS_ID"}, Out: io.MultiWriter(&said, end), Time: s.limit, Memory: b.options.MemoryLimit,
	})
	if err != nil {
		return transcript{}, err
	}
	r.Out = said.String()
	t := parse(r, end.at)
	if used := t.find(selectedGPU); used != nil && b.device.UUID != "" && used[1] != b.device.UUID {
		return t, fmt.Errorf("trtexec uses the GPU %s, and nvidia-smi watches %s: set CUDA_VISIBLE_DEVICES to the one to use", used[1], b.device.UUID)
	}
	if (r.Exit != trt.Exit{}) || !t.passed {
		f := trt.Classify(r.All(), r.Exit)
		if f.Class == "" && r.Exit == (trt.Exit{}) {
			f.Class = trt.Degraded
		}
		f.Class, f.Message = cmp.Or(f.Class, s.fallback), s.name+": "+f.Message
		return t, f
	}
	return t, nil
}
