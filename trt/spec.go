// Package trt measures how long TensorRT takes for a network: under which
// conditions a latency holds, how it is taken so that one can rely on it, and
// what can go wrong. Packages below it are the ways to a TensorRT library.
package trt

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Precision is the numeric format of an engine.
type Precision string

// The precisions.
const (
	FP32 Precision = "fp32"
	FP16 Precision = "fp16"
)

// ParsePrecision reads a precision's name.
func ParsePrecision(s string) (Precision, error) {
	switch p := Precision(s); p {
	case FP32, FP16:
		return p, nil
	case "int8", "fp8", "int4", "fp4", "bf16":
		return "", fmt.Errorf("precision %s is not supported: what it costs a network's accuracy is not known without training or calibration, so a front would compare unlike things; choose fp16 or fp32", s)
	}
	return "", fmt.Errorf("unknown precision %q: choose fp16 or fp32", s)
}

// Beyond these no GPU of today has the memory; they catch mistyped numbers.
const (
	maxBatch = 4096
	maxSide  = 8192
)

// ParseResolution reads a height and width such as "800x1333", or "224" for
// both.
func ParseResolution(s string) ([2]int, error) {
	a, b, two := strings.Cut(s, "x")
	if !two {
		b = a
	}
	h, errH := strconv.Atoi(a)
	w, errW := strconv.Atoi(b)
	if errH != nil || errW != nil {
		return [2]int{}, fmt.Errorf("%q is no size: write HEIGHTxWIDTH such as 224x224", s)
	}
	return [2]int{h, w}, CheckInput(1, [2]int{h, w})
}

// CheckInput says what makes a batch or a resolution impossible.
func CheckInput(batch int, resolution [2]int) error {
	if batch < 1 || batch > maxBatch {
		return fmt.Errorf("batch of %d images, need 1 to %d", batch, maxBatch)
	}
	if min(resolution[0], resolution[1]) < 1 || max(resolution[0], resolution[1]) > maxSide {
		return fmt.Errorf("resolution %dx%d, need sides of 1 to %d", resolution[0], resolution[1], maxSide)
	}
	return nil
}

// Bytes is the size of one element.
func (p Precision) Bytes() int {
	if p == FP32 {
		return 4
	}
	return 2
}

// Spec is the conditions of a latency. Without them it means nothing, so they
// are part of every result and of every key under which one is kept. Builder
// and Protocol are zero for a prediction.
type Spec struct {
	Device     string    `json:"device"`           // a GPU's name, or the profile that stands for it
	Driver     string    `json:"driver,omitempty"` // of the GPU; empty for a prediction
	TensorRT   string    `json:"tensorrt"`         // version
	Precision  Precision `json:"precision"`
	Batch      int       `json:"batch"`
	Resolution [2]int    `json:"resolution"` // height, width
	Output     Output    `json:"output"`
	Builder    Builder   `json:"builder,omitzero"`
	Protocol   Protocol  `json:"protocol,omitzero"`
}

// Output is what the engine computes.
type Output string

// The outputs.
const (
	Classifier Output = "classifier"
	Features   Output = "features" // the four maps of a pyramid
)

// Typing is who chooses the numeric format of a layer.
type Typing string

// The typings. TensorRT up to 10 takes a model in fp32 and is allowed fp16
// (weak); from 11 on, and TensorRT-RTX, takes the formats from the model.
const (
	Weak   Typing = "weak"
	Strong Typing = "strong"
)

// Builder is how engines are built.
type Builder struct {
	Typing       Typing `json:"typing"`
	Level        int    `json:"optimization_level"`      // 0 to 5
	WorkspaceMiB int    `json:"workspace_mib,omitempty"` // most scratch memory of a layer; 0 is the device's
}

// DefaultBuilder is TensorRT's own default (trtexec: level 3, no limit on the
// workspace).
func DefaultBuilder(t Typing) Builder { return Builder{Typing: t, Level: 3} }

// Protocol is how an engine is timed. Samples are the GPU's compute time for
// one batch each, without transfers, CUDA graph and spin wait on, the next batch
// enqueued while one runs.
type Protocol struct {
	WarmUp     time.Duration `json:"warm_up_ns"`
	MinSamples int           `json:"min_samples"`
	MaxSamples int           `json:"max_samples"`
	MinTime    time.Duration `json:"min_time_ns"` // of measuring
	MaxTime    time.Duration `json:"max_time_ns"`
	HalfWidth  float64       `json:"half_width"` // of the median's 95 % interval, as a share of the median, at which sampling ends
}

// DefaultProtocol warms up beyond trtexec's 200 ms, in which clocks still
// rise, and takes at least the 100 samples that a 1 % interval of a latency
// with a spread of 5 % needs (half width 1.25 * 1.96 * 5 % / sqrt(100)).
func DefaultProtocol() Protocol {
	return Protocol{
		WarmUp: 500 * time.Millisecond, MinSamples: 100, MaxSamples: 5000,
		MinTime: time.Second, MaxTime: 20 * time.Second, HalfWidth: 0.01,
	}
}
