//go:build tensorrt && cgo

package nvinfer

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/trtnas/trtnas/trt"
)

// Engine is an engine on the GPU with an execution context. All calls belong on
// the thread that the GPU's context is current on.
type Engine struct {
	c       *C.shim_engine
	library *Library
}

// Tensor is an input or output of an engine.
type Tensor struct {
	Name  string
	Input bool
	Type  trt.Precision // of its elements
	Shape []int
}

// Elements is the number of elements.
func (t Tensor) Elements() int {
	n := 1
	for _, extent := range t.Shape {
		n *= extent
	}
	return n
}

// Bytes is the size on the device.
func (t Tensor) Bytes() int { return t.Elements() * t.Type.Bytes() }

// Load puts a plan on the current GPU.
func (l *Library) Load(plan []byte) (*Engine, error) {
	l.takeLog()
	if len(plan) == 0 {
		return nil, trt.Failf(trt.StaleEngine, "the plan is empty")
	}
	e := &Engine{library: l}
	if err := C.shim_load(l.c, unsafe.Pointer(&plan[0]), C.size_t(len(plan)), &e.c); err != nil {
		return nil, l.failure("", taken(err))
	}
	return e, nil
}

// Close frees the engine.
func (e *Engine) Close() {
	C.shim_unload(e.c)
	e.c = nil
}

// MemoryBytes is the device memory for activations and scratch.
func (e *Engine) MemoryBytes() int64 { return int64(C.shim_device_memory(e.c)) }

// Tensors are the engine's inputs and outputs, in its order.
func (e *Engine) Tensors() ([]Tensor, error) {
	var all []Tensor
	for i := range int(C.shim_tensors(e.c)) {
		var t C.shim_tensor
		C.shim_tensor_at(e.c, C.int(i), &t)
		tensor, err := tensorOf(t)
		if err != nil {
			return nil, err
		}
		all = append(all, tensor)
	}
	return all, nil
}

func tensorOf(c C.shim_tensor) (Tensor, error) {
	t := Tensor{Name: C.GoString(c.name), Input: c.input != 0}
	switch c._type {
	case C.SHIM_FLOAT:
		t.Type = trt.FP32
	case C.SHIM_HALF:
		t.Type = trt.FP16
	default:
		return t, fmt.Errorf("tensor %s is neither fp32 nor fp16", t.Name)
	}
	if c.rank < 0 || c.rank > C.SHIM_MAX_DIMS {
		return t, fmt.Errorf("tensor %s has a shape that is known only when it is computed", t.Name)
	}
	for _, extent := range c.shape[:c.rank] {
		if extent < 0 {
			return t, fmt.Errorf("tensor %s has an open extent: export the network for one batch size and resolution", t.Name)
		}
		t.Shape = append(t.Shape, int(extent))
	}
	return t, nil
}

// Bind gives a tensor its device memory.
func (e *Engine) Bind(tensor string, device uintptr) error {
	name := C.CString(tensor)
	defer C.free(unsafe.Pointer(name))
	if C.shim_bind(e.c, name, C.uintptr_t(device)) != 0 {
		return e.library.failure("", "")
	}
	return nil
}

// Enqueue has the stream, a CUstream, compute one batch.
func (e *Engine) Enqueue(stream unsafe.Pointer) error {
	if C.shim_enqueue(e.c, stream) != 0 {
		return e.library.failure("", "")
	}
	return nil
}

// Profile runs run, which computes one batch to its end, n times, and gives
// each layer's median time.
func (e *Engine) Profile(n int, run func() error) ([]trt.Layer, error) {
	if n < 1 {
		return nil, errors.New("no runs to profile: ask for 1 or more")
	}
	C.shim_profile(e.c, 1)
	defer C.shim_profile(e.c, 0)
	for range n {
		C.shim_profile_next(e.c)
		if err := run(); err != nil {
			return nil, err
		}
	}
	var all []trt.Layer
	for i := range int(C.shim_profile_layers(e.c)) {
		var times *C.float
		var count C.size_t
		name := C.GoString(C.shim_profile_layer(e.c, C.int(i), &times, &count))
		all = append(all, trt.Layer{Name: name, Time: median(unsafe.Slice((*float32)(times), int(count)))})
	}
	if len(all) == 0 {
		return nil, trt.Failf(trt.Degraded, "the engine reported no layers to its profiler")
	}
	return all, nil
}

// median of milliseconds.
func median(ms []float32) time.Duration {
	sorted := slices.Sorted(slices.Values(ms))
	n := len(sorted)
	middle := (float64(sorted[(n-1)/2]) + float64(sorted[n/2])) / 2
	return time.Duration(middle * float64(time.Millisecond))
}
