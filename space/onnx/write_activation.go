package onnx

import (
	"fmt"
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// activation writes GELU in the form that PyTorch exports below operator set
// 20, node by node, since TensorRT fuses that form into one kernel.
func (e *emitter) activation(n *graph.Node, kind graph.Kind) {
	x := e.value(n, 0)
	switch kind {
	case graph.ReLU:
		e.main(n, "Relu", []string{x})
	case graph.Sigmoid:
		e.main(n, "Sigmoid", []string{x})
	case graph.Tanh:
		e.main(n, "Tanh", []string{x})
	case graph.GELU:
		y := e.emit("Div", n.Name, n.Name+"/div", []string{x, e.scalar(math.Sqrt2)})
		y = e.step(n, "erf", "Erf", []string{y})
		y = e.step(n, "add", "Add", []string{y, e.scalar(1)})
		y = e.step(n, "mul", "Mul", []string{x, y})
		e.last(n, "half", "Mul", []string{y, e.scalar(0.5)})
	case graph.SiLU:
		e.gate(n, x, x)
	case graph.QuickGELU:
		e.gate(n, x, e.step(n, "scale", "Mul", []string{x, e.scalar(1.702)}))
	default:
		e.err = fmt.Errorf("activation %d has no ONNX form", kind)
	}
}

// gate is x * sigmoid(y).
func (e *emitter) gate(n *graph.Node, x, y string) {
	s := e.emit("Sigmoid", n.Name, n.Name+"/sigmoid", []string{y})
	e.last(n, "mul", "Mul", []string{x, s})
}
