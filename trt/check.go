package trt

import (
	"context"
	"errors"
	"math"
	"math/rand"
	"slices"
)

// Oracle computes the outputs of an ONNX file by other means than TensorRT.
type Oracle func(ctx context.Context, model string, input Tensor) ([]Tensor, error)

// tolerance on the outputs' error, relative to their root mean square. fp16
// keeps 11 bits, and errors of the networks' exports in ONNX Runtime are below
// 1 %; fp32 engines may compute products in TF32. What is wrong in the way
// that is looked for is wrong by about 100 %.
var tolerance = map[Precision]float64{FP16: 0.05, FP32: 0.01}

// check compares the engine's outputs with the oracle's, or with those of an
// engine in fp32 where there is no oracle.
func (b *Bench) check(ctx context.Context, m Model, s Spec, engine Engine) (by Check, why string, err error) {
	if !slices.Equal(b.input.Shape, m.Input.Shape) {
		b.input = testInput(m.Input)
	}
	input := Tensor{TensorType: m.Input, Data: b.input.Data}
	got, err := engine.Outputs(ctx, input)
	if err != nil {
		return CheckedNo, "", err
	}
	by = CheckedORT
	want, oracleErr := b.oracle(ctx, m, input)
	if oracleErr != nil || want == nil {
		by = CheckedFP32
		want, err = b.fp32Outputs(ctx, m, s, input)
	}
	switch c := ClassOf(err); {
	case ctx.Err() != nil:
		return CheckedNo, "", ctx.Err()
	case RemedyOf(c).Fatal, c == DeviceLost, c == Crash, c == Timeout:
		return CheckedNo, "", err // the device's trouble, not the check's
	case err != nil || want == nil:
		return CheckedNo, reason(oracleErr, err), nil
	}
	return by, "", compare(got, want, tolerance[s.Precision])
}

// reason says why nothing could be compared with.
func reason(oracle, engine error) string {
	if oracle == nil {
		oracle = errors.New("there is no ONNX Runtime")
	}
	if engine == nil {
		engine = errors.New("an engine in fp32 can't be compared with itself")
	}
	return oracle.Error() + "; " + engine.Error()
}

// oracle is nil without one.
func (b *Bench) oracle(ctx context.Context, m Model, input Tensor) ([]Tensor, error) {
	if b.options.Oracle == nil {
		return nil, nil
	}
	path, err := m.File(FP32)
	if err != nil {
		return nil, err
	}
	return b.options.Oracle(ctx, path, input)
}

// fp32Outputs is nil where the engine is in fp32 itself.
func (b *Bench) fp32Outputs(ctx context.Context, m Model, s Spec, input Tensor) (out []Tensor, err error) {
	if s.Precision == FP32 {
		return nil, nil
	}
	s.Precision = FP32
	engine, err := b.backend.Build(ctx, m, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	return engine.Outputs(ctx, input)
}

// testInput is normalised noise, the same each time.
func testInput(t TensorType) Tensor {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	rng := rand.New(rand.NewSource(1))
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(rng.NormFloat64())
	}
	return Tensor{TensorType: t, Data: data}
}

func compare(got, want []Tensor, tolerance float64) error {
	if len(got) != len(want) {
		return Failf(WrongOutput, "the engine has %d outputs, the model %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if len(g.Data) != len(w.Data) {
			return Failf(WrongOutput, "output %s has %d values, the model's %d", w.Name, len(g.Data), len(w.Data))
		}
		if e := relativeError(g.Data, w.Data); !(e <= tolerance) {
			return Failf(WrongOutput, "output %s is off by %.3g of its root mean square, %.3g is allowed", w.Name, e, tolerance)
		}
	}
	return nil
}

// relativeError is the root mean square of the difference by that of want; NaN
// if a value is not a number.
func relativeError(got, want []float32) float64 {
	difference, size := 0.0, 0.0
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		difference += d * d
		size += float64(w) * float64(w)
	}
	if difference == 0 {
		return 0
	}
	return math.Sqrt(difference / size)
}
