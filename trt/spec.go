// Package trt knows TensorRT: under which conditions a latency holds and, for
// measurements, how it was obtained.
package trt

import "fmt"

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
	}
	return "", fmt.Errorf("unknown precision %q: choose fp16 or fp32", s)
}

// Bytes is the size of one element.
func (p Precision) Bytes() int {
	if p == FP32 {
		return 4
	}
	return 2
}

// Spec is the conditions of a latency. Without them it means nothing, so they
// are part of every result and of every key under which one is kept.
type Spec struct {
	Device     string    `json:"device"`           // a GPU's name, or the profile that stands for it
	Driver     string    `json:"driver,omitempty"` // of the GPU; empty for a prediction
	TensorRT   string    `json:"tensorrt"`         // version
	Precision  Precision `json:"precision"`
	Batch      int       `json:"batch"`
	Resolution [2]int    `json:"resolution"` // height, width
	Output     Output    `json:"output"`
}

// Output is what the engine computes.
type Output string

// The outputs.
const (
	Classifier Output = "classifier"
	Features   Output = "features" // the four maps of a pyramid
)
