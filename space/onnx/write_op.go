package onnx

import (
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
)

// operation emits the ONNX form of an operation on other nodes' values.
func (e *emitter) operation(n *graph.Node, op graph.Op) {
	switch op := op.(type) {
	case graph.Conv:
		e.conv(n, op)
	case graph.Linear:
		e.linear(n, op)
	case graph.MatMul:
		e.matMul(n, op)
	case graph.BatchNorm:
		// PyTorch's epsilon. TensorRT folds the node into the convolution before it.
		inputs := []string{e.value(n, 0), n.Name + ".weight", n.Name + ".bias", n.Name + ".running_mean", n.Name + ".running_var"}
		e.main(n, "BatchNormalization", inputs, attrFloat("epsilon", 1e-5))
	case graph.LayerNorm:
		inputs := []string{e.value(n, 0), n.Name + ".weight", n.Name + ".bias"}
		e.main(n, "LayerNormalization", inputs, attrInt("axis", -1), attrFloat("epsilon", op.Eps))
	case graph.Activation:
		e.activation(n, op.Kind)
	case graph.Scale:
		e.main(n, "Mul", []string{e.value(n, 0), e.scalar(op.Value)})
	case graph.Add:
		e.main(n, "Add", e.operands(n))
	case graph.Sub:
		e.main(n, "Sub", e.operands(n))
	case graph.Mul:
		e.main(n, "Mul", e.operands(n))
	case graph.Softmax:
		e.main(n, "Softmax", e.operands(n), attrInt("axis", -1))
	case graph.Pool:
		e.pool(n, op)
	case graph.GlobalPool:
		x := e.emit("GlobalAveragePool", n.Name, n.Name+"/mean", e.operands(n))
		e.last(n, "flat", "Flatten", []string{x}, attrInt("axis", 1))
	case graph.TokenMean:
		e.main(n, "ReduceMean", e.operands(n), attrInts("axes", 1), attrInt("keepdims", 0))
	default:
		e.spatial(n, op)
	}
}

// spatial emits operations that came with published networks.
func (e *emitter) spatial(n *graph.Node, op graph.Op) {
	switch op := op.(type) {
	case graph.LayerScale:
		e.main(n, "Mul", []string{e.value(n, 0), e.along(n, weights.Of(n)[0], op.Axis)})
	case graph.GroupNorm:
		e.groupNorm(n, op)
	case graph.Resize:
		e.resize(n, op)
	case graph.RelativeBias:
		e.relativeBias(n, op)
	case graph.DistanceBias:
		e.distanceBias(n, op)
	case graph.WindowMask:
		e.constant(n.Name, n.Shape, op.Values)
	default:
		e.layout(n, op)
	}
}

// layout emits operations that move elements.
func (e *emitter) layout(n *graph.Node, op graph.Op) {
	switch op := op.(type) {
	case graph.Reshape:
		// A leading 0 keeps the batch, open or not.
		e.main(n, "Reshape", []string{e.value(n, 0), e.vector(prepend(0, op.To)...)})
	case graph.Transpose:
		e.main(n, "Transpose", e.operands(n), attrInts("perm", op.Perm...))
	case graph.Slice:
		e.main(n, "Slice", e.sliced(e.value(n, 0), op.Axis, op.Start, op.End))
	case graph.Concat:
		e.concat(n, op)
	case graph.Pad:
		after := make([]int64, len(op.After), 2*len(op.After))
		e.main(n, "Pad", []string{e.value(n, 0), e.vector(append(after, widen(op.After)...)...)})
	case graph.Roll:
		e.roll(n, op)
	default:
		e.err = fmt.Errorf("operation %T has no ONNX form", op)
	}
}

// linear is Gemm on vectors. On tokens it is MatMul, with the weight
// transposed by a node: then the initialiser is PyTorch's [out, in] by name,
// shape and value, and every runtime folds the node when it loads the model
// (constant folding; in TensorRT a shuffle of a constant, which takes any type).
// Gemm between two reshapes would keep LayerNormalization and GELU apart
// from the product they are fused with.
func (e *emitter) linear(n *graph.Node, op graph.Linear) {
	x, weight, bias := e.value(n, 0), n.Name+".weight", n.Name+".bias"
	if len(n.Shape) == 2 {
		inputs := []string{x, weight}
		if op.Bias {
			inputs = append(inputs, bias)
		}
		e.main(n, "Gemm", inputs, attrInt("transB", 1))
		return
	}
	weight = e.step(n, "weight.t", "Transpose", []string{weight}, attrInts("perm", 1, 0))
	if !op.Bias {
		e.main(n, "MatMul", []string{x, weight})
		return
	}
	x = e.emit("MatMul", n.Name, n.Name+"/product", []string{x, weight})
	e.last(n, "bias", "Add", []string{x, bias})
}

// matMul scales the left operand rather than the product, as timm does: a
// product of queries and keys comes nearer to fp16's range.
func (e *emitter) matMul(n *graph.Node, op graph.MatMul) {
	a, b := e.value(n, 0), e.value(n, 1)
	if op.Scale != 0 {
		a = e.step(n, "scale", "Mul", []string{a, e.scalar(op.Scale)})
	}
	if op.TransB {
		perm := make([]int, len(n.Shape))
		for i := range perm {
			perm[i] = i
		}
		r := len(perm)
		perm[r-2], perm[r-1] = r-1, r-2
		b = e.step(n, "t", "Transpose", []string{b}, attrInts("perm", perm...))
	}
	e.main(n, "MatMul", []string{a, b})
}

// sliced are the inputs of a Slice.
func (e *emitter) sliced(x string, axis, start, end int) []string {
	return []string{x, e.vector(int64(start)), e.vector(int64(end)), e.vector(int64(axis))}
}

// concat gives parameters among the operands the batch's extent.
func (e *emitter) concat(n *graph.Node, op graph.Concat) {
	inputs := make([]string, len(n.Inputs))
	for i, in := range n.Inputs {
		inputs[i] = e.value(n, i)
		if e.batched[n.ID] && !e.batched[in.ID] && (e.o.DynamicBatch || n.Shape[0] > 1) {
			inputs[i] = e.expand(n, i)
		}
	}
	e.main(n, "Concat", inputs, attrInt("axis", op.Axis))
}

// expand repeats the i-th operand for each image of the batch, whose extent, if
// open, is read off another operand.
func (e *emitter) expand(n *graph.Node, i int) string {
	suffix := func(s string) string { return fmt.Sprintf("%s.%d", s, i) }
	s := n.Inputs[i].Shape
	if !e.o.DynamicBatch {
		return e.step(n, suffix("expand"), "Expand", []string{e.value(n, i), e.vector(prepend(n.Shape[0], s[1:])...)})
	}
	whole := slices.IndexFunc(n.Inputs, func(in *graph.Node) bool { return e.batched[in.ID] })
	shape := e.openShape(n, suffix("shape"), e.value(n, whole), s[1:])
	return e.step(n, suffix("expand"), "Expand", []string{e.value(n, i), shape})
}

// openShape computes the shape that has x's batch, and the given extents behind
// it.
func (e *emitter) openShape(n *graph.Node, suffix, x string, extents graph.Shape) string {
	batch := e.step(n, suffix, "Shape", []string{x})
	batch = e.step(n, suffix+".batch", "Slice", e.sliced(batch, 0, 0, 1))
	return e.step(n, suffix+".whole", "Concat", []string{batch, e.vector(widen(extents)...)}, attrInt("axis", 0))
}
