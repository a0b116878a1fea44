package onnx

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
)

// conv convolves windows, where they are more than one, as images of a larger
// batch.
func (e *emitter) conv(n *graph.Node, op graph.Conv) {
	in := n.Inputs[0].Shape
	x := e.value(n, 0)
	inputs := []string{x, n.Name + ".weight"}
	if op.Bias {
		inputs = append(inputs, n.Name+".bias")
	}
	attributes := append(windowAttributes(op.Kernel, op.Stride, op.Pad), attrInt("group", max(1, op.Groups)))
	w := op.Window
	if w == (graph.Window{}) || w.Height == in[2] && w.Width == in[3] {
		e.main(n, "Conv", inputs, attributes...)
		return
	}
	inputs[0] = e.split(n, x, in, w)
	y := e.emit("Conv", n.Name, n.Name+"/conv", inputs, attributes...)
	e.join(n, y, w)
}

// split turns a map [B,C,H,W] into the batch of its windows [B*windows,C,h,w].
func (e *emitter) split(n *graph.Node, x string, s graph.Shape, w graph.Window) string {
	rows, columns := int64(s[2]/w.Height), int64(s[3]/w.Width)
	c, h, width := int64(s[1]), int64(w.Height), int64(w.Width)
	x = e.step(n, "grid", "Reshape", []string{x, e.vector(0, c, rows, h, columns, width)})
	x = e.step(n, "grid.t", "Transpose", []string{x}, attrInts("perm", 0, 2, 4, 1, 3, 5))
	return e.step(n, "windows", "Reshape", []string{x, e.vector(-1, c, h, width)})
}

// join puts windows [B*windows,C,h,w] back into the node's map.
func (e *emitter) join(n *graph.Node, y string, w graph.Window) {
	c, h, width := int64(n.Shape[1]), int64(w.Height), int64(w.Width)
	rows, columns := int64(n.Shape[2])/h, int64(n.Shape[3])/width
	y = e.step(n, "join", "Reshape", []string{y, e.vector(-1, rows, columns, c, h, width)})
	y = e.step(n, "join.t", "Transpose", []string{y}, attrInts("perm", 0, 3, 1, 4, 2, 5))
	e.last(n, "map", "Reshape", []string{y, e.vector(0, c, int64(n.Shape[2]), int64(n.Shape[3]))})
}

// roll cuts each axis that moves in two and exchanges the pieces.
func (e *emitter) roll(n *graph.Node, op graph.Roll) {
	x := e.value(n, 0)
	if op.Columns == 0 {
		e.rollAxis(n, n.Name, e.values[n.ID], x, 1, op.Rows)
		return
	}
	if op.Rows != 0 {
		name := n.Name + "/rows"
		x = e.rollAxis(n, name, name, x, 1, op.Rows)
	}
	e.rollAxis(n, n.Name, e.values[n.ID], x, 2, op.Columns)
}

// rollAxis shifts one axis by so many places, of which there may be none.
func (e *emitter) rollAxis(n *graph.Node, name, output, x string, axis, by int) string {
	extent := n.Shape[axis]
	cut := (extent - by) % extent
	if cut == 0 {
		return e.emit("Identity", name, output, []string{x})
	}
	end := e.step(n, fmt.Sprintf("end.%d", axis), "Slice", e.sliced(x, axis, cut, extent))
	start := e.step(n, fmt.Sprintf("start.%d", axis), "Slice", e.sliced(x, axis, 0, cut))
	return e.emit("Concat", name, output, []string{end, start}, attrInt("axis", axis))
}
