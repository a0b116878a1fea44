package device

import (
	"context"
	"errors"

	"github.com/trtnas/trtnas/trt"
)

// Wanted is a device for conditions.
type Wanted struct {
	Spec    trt.Spec // whose device is replaced
	Options Options
}

// OpenAll opens a device for each of the conditions: the first one, with the
// others beside it. Those on one GPU share it, and measure in turns.
func OpenAll(ctx context.Context, all []Wanted, t Tools) (*Device, error) {
	if len(all) > 1 {
		t.gpus = &gpus{open: map[int]*sharedGPU{}}
	}
	var d *Device
	for _, w := range all {
		next, err := Open(ctx, w.Spec, w.Options, t)
		switch {
		case err != nil && d != nil:
			return nil, errors.Join(err, d.Close())
		case err != nil:
			return nil, err
		case d == nil:
			d = next
		default:
			d.Beside = append(d.Beside, next)
		}
	}
	return d, nil
}

// All are the device and those beside it.
func (d *Device) All() []*Device { return append([]*Device{d}, d.Beside...) }

// gpus are the GPUs of this machine that are open, by their index.
type gpus struct{ open map[int]*sharedGPU }

// sharedGPU is a GPU that several devices measure on, never two at a time. It is
// freed with the last of them.
type sharedGPU struct {
	trt.Backend
	users int
	free  func()
}

// take opens the GPU, or shares the one that is open.
func (g *gpus) take(index int, open func() (trt.Backend, error)) (trt.Backend, error) {
	if g == nil {
		return open()
	}
	gpu := g.open[index]
	if gpu == nil {
		backend, err := open()
		if err != nil {
			return nil, err
		}
		gpu = &sharedGPU{Backend: backend, free: func() { delete(g.open, index) }}
		g.open[index] = gpu
	}
	gpu.users++
	return gpu, nil
}

// Close frees the GPU when nobody uses it any more.
func (g *sharedGPU) Close() error {
	if g.users--; g.users > 0 {
		return nil
	}
	g.free()
	return g.Backend.Close()
}
