package trt

import (
	"context"
	"time"
)

// Driver measures networks on one device, one at a time. Its errors are
// *Failure for what a network or the device did, and others for what ends the
// run (see IsFatal).
type Driver interface {
	Device() Device
	Measure(ctx context.Context, m Model, s Spec) (Measurement, error)
	Close() error
}

// Model is a network to be measured.
type Model struct {
	ID string
	// File returns the path of the network as ONNX with weights of the
	// precision, for the batch and resolution of the conditions. It is written
	// when it is first asked for.
	File func(Precision) (string, error)
	// Input is the name and shape of the input, batch first.
	Input TensorType
}

// TensorType is a tensor without its values.
type TensorType struct {
	Name  string
	Shape []int
}

// Path is the file that an engine under the conditions is built from: what is
// weakly typed is built from fp32.
func (m Model) Path(s Spec) (string, error) {
	if s.Builder.Typing == Weak {
		return m.File(FP32)
	}
	return m.File(s.Precision)
}

// Backend is one way to a TensorRT library on one GPU: Bench turns it into a
// Driver. Its methods are not called concurrently. Errors are *Failure where
// the failure is of a known class.
type Backend interface {
	Device() Device
	// Build builds an engine and leaves it ready to be timed.
	Build(ctx context.Context, m Model, s Spec) (Engine, error)
	Close() error
}

// Engine is a built engine. It survives a crash of the process that runs it:
// the next call starts a new one and loads the engine again.
type Engine interface {
	Info() EngineInfo
	// Time warms up and then times n batches.
	Time(ctx context.Context, n int, warmUp time.Duration) (Timing, error)
	// Outputs computes the outputs for an input, whatever the engine's
	// precision, in the order of the model's outputs.
	Outputs(ctx context.Context, input Tensor) ([]Tensor, error)
	// Profile times each layer, in a run of its own since that slows it down.
	Profile(ctx context.Context) ([]Layer, error)
	Close() error
}

// Timing is what one call of Engine.Time saw.
type Timing struct {
	Samples []time.Duration // in the order in which they ran, without the warm-up
	// Health was sampled between the end of the warm-up and the end of the
	// timing, so that its clocks are those of a busy GPU.
	Health   []Health
	Warnings []string // such as a CUDA graph that could not be captured
}

// Tensor is an input or output in fp32, row by row.
type Tensor struct {
	TensorType
	Data []float32
}
