//go:build tensorrt && cgo

package nvinfer

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/trtnas/trtnas/trt"
)

// Options say how an engine is built.
type Options struct {
	Precision    trt.Precision // of weakly typed networks
	Typing       trt.Typing
	Level        int    // of optimisation, 0 to 5
	WorkspaceMiB int    // 0 is the device's memory
	Target       string // compute capability such as "8.0", TensorRT-RTX only; empty is the GPU's
	// Cache is the timing cache to begin with. Nil is none; an empty one is new.
	Cache []byte
}

// Built is an engine in memory, which Close frees.
type Built struct {
	Plan     []byte // valid until Close
	Cache    []byte // the timing cache with what was learned; nil where there is none
	State    trt.CacheState
	Warnings []string

	c C.shim_built
}

// Build builds an engine of the ONNX file model. A network that the parser
// refuses is a failure of the class trt.InvalidNetwork; the class of others is
// left empty, to be read from their text.
func (l *Library) Build(model string, o Options) (*Built, error) {
	target, err := l.check(o)
	if err != nil {
		return nil, err
	}
	if err := l.Ready(); err != nil {
		return nil, err
	}
	path := C.CString(model)
	cache := C.CBytes(o.Cache)
	defer C.free(unsafe.Pointer(path))
	defer C.free(cache)
	options := C.shim_options{
		model: path, fp16: flag(o.Precision == trt.FP16), strong: flag(o.Typing == trt.Strong), level: C.int(o.Level),
		workspace: C.size_t(o.WorkspaceMiB) << 20, target: C.int(target),
		cache: cache, cache_size: C.size_t(len(o.Cache)), cached: flag(o.Cache != nil),
	}
	b := &Built{}
	if err := C.shim_build(l.c, &options, &b.c); err != nil {
		class := trt.Class("")
		if b.c.invalid != 0 {
			class = trt.InvalidNetwork
		}
		return nil, l.failure(class, taken(err))
	}
	b.Plan = bytesOf(b.c.plan)
	b.Cache = slices.Clone(bytesOf(b.c.cache))
	b.State = l.cacheState(o, b.c.cache_dropped != 0)
	b.Warnings = l.warnings()
	return b, nil
}

// check refuses options that the library can't follow, and reads the target.
func (l *Library) check(o Options) (target int, err error) {
	if !slices.Contains(l.Typings(), o.Typing) {
		return 0, fmt.Errorf("%s %s does not build with %s typing, only %v: give a model in the precision that is asked for", l.Name(), l.Version(), o.Typing, l.Typings())
	}
	if o.Level < 0 || o.Level > 5 {
		return 0, fmt.Errorf("optimisation level %d: give 0 to 5", o.Level)
	}
	if o.WorkspaceMiB < 0 {
		return 0, fmt.Errorf("workspace of %d MiB: give 0 for the device's memory, or more", o.WorkspaceMiB)
	}
	if o.Target != "" && l.Name() != trt.TensorRTRTX {
		return 0, fmt.Errorf("%s builds for the GPU at hand: only TensorRT-RTX has targets", l.Name())
	}
	target, err = capability(o.Target)
	if err != nil {
		return 0, fmt.Errorf("target %q: %w", o.Target, err)
	}
	return target, nil
}

func (l *Library) cacheState(o Options, dropped bool) trt.CacheState {
	switch {
	case l.Name() == trt.TensorRTRTX:
		return trt.CacheNone
	case dropped:
		return trt.CacheDropped
	case len(o.Cache) > 0:
		return trt.CacheWarm
	}
	return trt.CacheCold
}

// Close frees the plan.
func (b *Built) Close() {
	C.shim_release(&b.c.plan)
	C.shim_release(&b.c.cache)
	b.Plan = nil
}

func bytesOf(m C.shim_memory) []byte {
	if m.size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(m.data), int(m.size))
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
