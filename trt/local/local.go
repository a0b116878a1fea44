// Package local finds the ways to TensorRT on this machine.
package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/python"
	"github.com/trtnas/trtnas/trt/trtexec"
	"github.com/trtnas/trtnas/trt/wire"
)

// Options say where to look and which way to take. The zero Options take the
// first way that works.
type Options struct {
	Access  trt.Access // empty is the first that works
	Trtexec string     // program; empty is trtexec on the PATH
	Python  string     // interpreter; empty is python3 on the PATH
	Program string     // trtnas-device; empty is the one beside this program, or on the PATH
	Index   int        // of the GPU
	Caches  trt.TimingCaches
	Build   time.Duration // limit of one build; 0 is the way's default
}

// Finding is what became of one way.
type Finding struct {
	Access trt.Access
	Path   string // of the program; empty if there is none
	Device trt.Device
	Err    error // why this way is closed; nil if it is open
}

// way is one way to TensorRT.
type way struct {
	access trt.Access
	advice string // how to get it
	find   func(Options) (string, error)
	open   func(ctx context.Context, path string, o Options) (trt.Backend, error)
}

// ways are in the order of preference: what keeps the GPU's context between
// candidates comes first.
var ways = []way{
	{trt.AccessProgram, "`make device-program` builds it", findProgram, openProgram},
	{trt.AccessTrtexec, "trtexec comes with TensorRT's tar or deb package; --trtexec says where it is", findTrtexec, openTrtexec},
	{trt.AccessPython, "`pip install tensorrt` installs TensorRT's bindings; --python says which Python has them", findPython, openPython},
}

// Open opens the way that the options ask for, or the first that works.
func Open(ctx context.Context, o Options) (trt.Backend, error) {
	if err := Present(); err != nil {
		return nil, err
	}
	var reasons []string
	for _, w := range ways {
		if o.Access != "" && o.Access != w.access {
			continue
		}
		b, _, err := w.try(ctx, o)
		if err == nil {
			held, err := lease(b, os.TempDir())
			if err != nil {
				return nil, errors.Join(err, b.Close())
			}
			return held, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reasons = append(reasons, fmt.Sprintf("  %s: %v", w.access, err))
	}
	return nil, fmt.Errorf("no way to TensorRT works on this machine (`trtnas doctor` looks closer):\n%s", strings.Join(reasons, "\n"))
}

// Survey tries every way and closes it again.
func Survey(ctx context.Context, o Options) []Finding {
	var all []Finding
	for _, w := range ways {
		b, path, err := w.try(ctx, o)
		f := Finding{Access: w.access, Path: path, Err: err}
		if err == nil {
			f.Device = b.Device()
			f.Err = b.Close()
		}
		all = append(all, f)
	}
	return all
}

func (w way) try(ctx context.Context, o Options) (trt.Backend, string, error) {
	path, err := w.find(o)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s", err, w.advice)
	}
	b, err := w.open(ctx, path, o)
	return b, path, err
}

// devices are the files by which NVIDIA's drivers show a GPU: on Linux, on
// Jetson, in WSL.
var devices = []string{"/dev/nvidia[0-9]*", "/dev/nvhost-gpu", "/dev/nvgpu*", "/dev/dxg"}

// Present is an error unless the machine has a GPU with NVIDIA's driver.
func Present() error {
	for _, pattern := range devices {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return nil
		}
	}
	return trt.Failf(trt.NoDevice, "no NVIDIA GPU is visible on this machine (no /dev/nvidia0): %s", trt.RemedyOf(trt.NoDevice).Advice)
}

// find is the program that was asked for, or the one on the PATH.
func find(asked, name string) (string, error) {
	if asked != "" {
		name = asked
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is not there", name)
	}
	return path, nil
}

// pciOrder numbers GPUs as nvidia-smi does; else CUDA would by speed.
const pciOrder = "CUDA_DEVICE_ORDER=PCI_BUS_ID"

func findProgram(o Options) (string, error) {
	const name = "trtnas-device"
	if o.Program == "" {
		self, err := os.Executable()
		if err == nil {
			beside := filepath.Join(filepath.Dir(self), name)
			if _, err := os.Stat(beside); err == nil {
				return beside, nil
			}
		}
	}
	return find(o.Program, name)
}

func openProgram(ctx context.Context, path string, o Options) (trt.Backend, error) {
	return wire.Start(ctx, wire.Options{
		Command: []string{path, "--device", strconv.Itoa(o.Index)}, Env: []string{pciOrder}, Caches: o.Caches, BuildLimit: o.Build,
	})
}

// debTrtexec is where TensorRT's deb package puts it, which is on no PATH.
const debTrtexec = "/usr/src/tensorrt/bin/trtexec"

func findTrtexec(o Options) (string, error) {
	path, err := find(o.Trtexec, "trtexec")
	if err != nil && o.Trtexec == "" {
		if installed, debErr := find(debTrtexec, ""); debErr == nil {
			return installed, nil
		}
	}
	return path, err
}

func openTrtexec(ctx context.Context, path string, o Options) (trt.Backend, error) {
	return trtexec.Open(ctx, trtexec.Options{Path: path, Index: o.Index, Caches: o.Caches, BuildLimit: o.Build})
}

func findPython(o Options) (string, error) { return find(o.Python, "python3") }

func openPython(ctx context.Context, path string, o Options) (trt.Backend, error) {
	w := wire.Options{Caches: o.Caches, BuildLimit: o.Build}
	if o.Index > 0 {
		w.Env = []string{pciOrder, "CUDA_VISIBLE_DEVICES=" + strconv.Itoa(o.Index)}
	}
	b, err := python.Open(ctx, python.Options{Python: path, Options: w})
	var f *trt.Failure
	if errors.As(err, &f) {
		return nil, f
	}
	return b, err
}
