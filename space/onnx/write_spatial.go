package onnx

import (
	"fmt"
	"strings"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
)

// windowAttributes are those of convolutions and poolings.
func windowAttributes(kernel, stride, pad int) []*wire.AttributeProto {
	return []*wire.AttributeProto{
		attrInts("kernel_shape", kernel, kernel), attrInts("strides", stride, stride), attrInts("pads", pad, pad, pad, pad),
	}
}

// pool says of an average's padding what ONNX would leave out by default, and
// PyTorch would count.
func (e *emitter) pool(n *graph.Node, op graph.Pool) {
	attributes := windowAttributes(op.Kernel, op.Stride, op.Pad)
	if op.Max {
		e.main(n, "MaxPool", e.operands(n), attributes...)
		return
	}
	if op.Pad > 0 && !op.InsideOnly {
		attributes = append(attributes, attrInt("count_include_pad", 1))
	}
	e.main(n, "AveragePool", e.operands(n), attributes...)
}

// along gives a vector of channels the extents to be broadcast along an axis.
// The initialiser keeps PyTorch's shape; runtimes fold the node.
func (e *emitter) along(n *graph.Node, t weights.Tensor, axis int) string {
	if axis == len(n.Shape)-1 {
		return t.Name
	}
	shape := []int64{int64(n.Shape[axis])}
	for range n.Shape[axis+1:] {
		shape = append(shape, 1)
	}
	suffix := strings.TrimPrefix(t.Name, n.Name+".")
	return e.step(n, suffix, "Reshape", []string{t.Name, e.vector(shape...)})
}

// groupNorm is instance normalisation of the groups, then scale and shift, as
// PyTorch exports it: GroupNormalization needs operator set 21.
func (e *emitter) groupNorm(n *graph.Node, op graph.GroupNorm) {
	s, vectors := n.Shape, weights.Of(n)
	x := e.step(n, "groups", "Reshape", []string{e.value(n, 0), e.vector(0, int64(op.Groups), int64(s[1]/op.Groups*s[2]*s[3]))})
	one, zero := e.repeated(1, op.Groups), e.repeated(0, op.Groups)
	x = e.emit("InstanceNormalization", n.Name, n.Name+"/norm", []string{x, one, zero}, attrFloat("epsilon", op.Eps))
	x = e.step(n, "map", "Reshape", []string{x, e.vector(prepend(0, s[1:])...)})
	x = e.step(n, "scale", "Mul", []string{x, e.along(n, vectors[0], 1)})
	e.last(n, "shift", "Add", []string{x, e.along(n, vectors[1], 1)})
}

// repeated is a vector of equal constants.
func (e *emitter) repeated(v float32, count int) string {
	name := fmt.Sprintf("const.%vx%d", v, count)
	if !e.shared[name] {
		e.shared[name] = true
		e.constant(name, graph.Shape{count}, func() []float32 {
			values := make([]float32, count)
			for i := range values {
				values[i] = v
			}
			return values
		})
	}
	return name
}

// resize gives the extents rather than scales, whose rounding could lose a
// pixel.
func (e *emitter) resize(n *graph.Node, op graph.Resize) {
	x, extents := e.value(n, 0), n.Shape[1:]
	var sizes string
	if e.o.DynamicBatch {
		sizes = e.openShape(n, "shape", x, extents)
	} else {
		sizes = e.vector(widen(n.Shape)...)
	}
	e.main(n, "Resize", []string{x, "", "", sizes}, attrString("mode", "linear"), attrString("coordinate_transformation_mode", "half_pixel"))
}

// relativeBias gathers the table's rows, and puts the heads before the pairs.
// It depends on weights alone, so runtimes compute it when they load the model.
func (e *emitter) relativeBias(n *graph.Node, op graph.RelativeBias) {
	index := e.sharedInts(fmt.Sprintf("const.offsets.%dx%d", op.Window.Height, op.Window.Width), widen(op.Index()))
	x := e.emit("Gather", n.Name, n.Name+"/rows", []string{e.value(n, 0), index}, attrInt("axis", 1))
	x = e.step(n, "t", "Transpose", []string{x}, attrInts("perm", 0, 2, 1))
	e.last(n, "map", "Reshape", []string{x, e.vector(widen(n.Shape)...)})
}

// distanceBias gathers likewise from a table that has the heads first.
func (e *emitter) distanceBias(n *graph.Node, op graph.DistanceBias) {
	index := e.sharedInts(fmt.Sprintf("const.distances.%dx%d", op.Height, op.Width), widen(op.Index()))
	x := e.emit("Gather", n.Name, n.Name+"/pairs", []string{e.value(n, 0), index}, attrInt("axis", 2))
	e.last(n, "map", "Reshape", []string{x, e.vector(widen(n.Shape)...)})
}
