//go:build tensorrt && !cuda && cgo

package main

import (
	"context"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// measurer is the part of a program without CUDA: it refuses.
type measurer struct{}

const withoutCUDA = "trtnas-device was compiled without the tag cuda: it builds engines and can't run them"

func openMeasurer(int) (*measurer, error) { return &measurer{}, nil }

func (*measurer) close() error { return nil }

func (*measurer) fingerprint() (trt.Device, string, error) { return trt.Device{}, withoutCUDA, nil }

func refuse() error { return trt.Failf(trt.NoDevice, "%s", withoutCUDA) }

// builds tells whether engines can be built.
func (*measurer) builds(library trt.Library, target string) error {
	if library != trt.TensorRTRTX {
		return trt.Failf(trt.NoDevice, "%s builds on the GPU that its engines are for: compile trtnas-device with the tag cuda", library)
	}
	if target == "" {
		return trt.Failf(trt.NoDevice, `%s; give the compute capability to build for as the target, such as "8.0"`, withoutCUDA)
	}
	return nil
}

// Load refuses.
func (*measurer) Load(context.Context, wire.LoadRequest) (wire.LoadResponse, error) {
	return wire.LoadResponse{}, refuse()
}

// Time refuses.
func (*measurer) Time(context.Context, wire.TimeRequest) (wire.TimeResponse, error) {
	return wire.TimeResponse{}, refuse()
}

// Outputs refuses.
func (*measurer) Outputs(context.Context, wire.OutputsRequest) ([]wire.Tensor, error) {
	return nil, refuse()
}

// Profile refuses.
func (*measurer) Profile(context.Context, wire.ProfileRequest) ([]trt.Layer, error) {
	return nil, refuse()
}

// Unload refuses.
func (*measurer) Unload(context.Context, wire.UnloadRequest) error { return refuse() }
