package onnx

import (
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// pointwiseRules are for activations and arithmetic on what the image decides.
var pointwiseRules map[string]rule

func init() {
	pointwiseRules = map[string]rule{
		"Add": {2, one(add)},
		"Sub": {2, one(sub)},
		"Mul": {2, one(mul)},
		"Div": {2, one(div)},
		"Neg": {1, one(func(r *reader, n *node, in []value) (value, error) {
			if in[0].fixed() {
				return foldUnary(func(v float64) float64 { return -v })(r, n, in)
			}
			return r.scale(n, in[0], -1)
		})},
	}
	for op, kind := range activations {
		pointwiseRules[op] = unary(func(*reader, *node) (graph.Op, error) { return graph.Activation{Kind: kind}, nil })
	}
}

var activations = map[string]graph.Kind{
	"Relu": graph.ReLU, "Gelu": graph.GELU, opSiLU: graph.SiLU, "Swish": graph.SiLU, opQuickGELU: graph.QuickGELU,
	"Sigmoid": graph.Sigmoid, "Tanh": graph.Tanh,
}

func add(r *reader, n *node, in []value) (value, error) {
	if both(in) {
		return r.foldBinary(in[0], in[1], func(a, b float64) float64 { return a + b })
	}
	v, weight, name := in[0], in[1], n.in[0]
	if v.fixed() {
		v, weight, name = weight, v, n.in[1]
	}
	if r.takesBias(v, weight, name) {
		return v, nil
	}
	return r.combine(n, in, graph.Add{})
}

func sub(r *reader, n *node, in []value) (value, error) {
	if both(in) {
		return r.foldBinary(in[0], in[1], func(a, b float64) float64 { return a - b })
	}
	return r.combine(n, in, graph.Sub{})
}

func mul(r *reader, n *node, in []value) (value, error) {
	if both(in) {
		return r.foldBinary(in[0], in[1], func(a, b float64) float64 { return a * b })
	}
	for i, factor := range in[:2] {
		v := in[1-i]
		if !factor.fixed() {
			continue
		}
		if factor.elems() == 1 && len(factor.data) == 1 && len(factor.dims) <= len(v.dims) {
			return r.scale(n, v, factor.data[0])
		}
		if axis, ok := channels(v, factor); ok {
			x, err := r.add(n, graph.LayerScale{Axis: v.axis(axis)}, v.node)
			if err != nil {
				return value{}, err
			}
			return v.wrap(x), nil
		}
	}
	return r.combine(n, in, graph.Mul{})
}

func div(r *reader, n *node, in []value) (value, error) {
	if both(in) {
		integer := in[0].integer && in[1].integer
		return r.foldBinary(in[0], in[1], func(a, b float64) float64 {
			if integer {
				return truncate(a / b)
			}
			return a / b
		})
	}
	if !in[0].fixed() && in[1].fixed() && len(in[1].data) == 1 && len(in[1].dims) <= len(in[0].dims) {
		return r.scale(n, in[0], 1/in[1].data[0])
	}
	return value{}, unsupported("by what is no constant number")
}

func both(in []value) bool { return in[0].fixed() && in[1].fixed() }

func (r *reader) scale(n *node, v value, by float64) (value, error) {
	if by == 1 {
		return v, nil
	}
	x, err := r.add(n, graph.Scale{Value: by}, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

// takesBias makes a vector the bias of the linear layer before it, which must
// have no other reader.
func (r *reader) takesBias(v, bias value, name string) bool {
	linear, ok := v.node.Op.(graph.Linear)
	if !ok || linear.Bias || r.uses[name] != 1 || bias.elems() != linear.Out || len(bias.dims) > len(v.dims) {
		return false
	}
	if len(bias.dims) == 0 || bias.dims[len(bias.dims)-1] != linear.Out {
		return false
	}
	linear.Bias = true
	v.node.Op = linear
	return true
}

// channels reports which axis of v a learned factor runs along: 1 of a map, or
// the last.
func channels(v, factor value) (axis int, ok bool) {
	rank, shift := len(v.dims), len(v.dims)-len(factor.dims)
	if shift < 0 {
		return 0, false
	}
	for i, d := range factor.dims {
		if d == factor.elems() && d == v.dims[shift+i] && d > 1 {
			axis, ok = shift+i, true
			break
		}
	}
	return axis, ok && axis != v.batch && (axis == rank-1 || axis == 1 && rank == 4)
}

// combine is arithmetic on two tensors, the second of which is broadcast.
func (r *reader) combine(n *node, in []value, op graph.Op) (value, error) {
	dims, err := broadcastDims(in[0].dims, in[1].dims)
	if err != nil {
		return value{}, err
	}
	a, b, names := in[0], in[1], n.in[:2]
	if a.fixed() || !slices.Equal(a.dims, dims) {
		if _, ordered := op.(graph.Sub); ordered {
			return value{}, unsupported("of %v and %v", a.dims, b.dims)
		}
		a, b, names = b, a, []string{n.in[1], n.in[0]}
	}
	if a.fixed() || !slices.Equal(a.dims, dims) {
		return value{}, unsupported("of %v and %v", a.dims, b.dims)
	}
	second, err := r.beside(n, a, b, names[1])
	if err != nil {
		return value{}, err
	}
	for i, d := range second.Shape {
		if d != 1 && d != a.node.Shape[i] {
			return value{}, unsupported("of %v and %v", a.dims, b.dims)
		}
	}
	x, err := r.add(n, op, a.node, second)
	if err != nil {
		return value{}, err
	}
	return a.wrap(x), nil
}

// beside is the node of b in the layout of a, for broadcasting.
func (r *reader) beside(n *node, a, b value, name string) (*graph.Node, error) {
	if b.fixed() {
		s := r.layout(slices.Repeat([]int{1}, len(a.dims)), a.batch, a.fold)
		if len(s) < 4 || b.lookup == nil {
			return r.param(name, b, a, false)
		}
		for i := range a.dims {
			if k := i - (len(a.dims) - len(b.dims)); k >= 0 && i != a.batch {
				s[a.axis(i)] = b.dims[k]
			}
		}
		s[0] = 1
		if a.fold > 1 {
			s[a.axis(a.batch)] = 1
		}
		bias, err := r.bias(n, b, s)
		if bias != nil || err != nil {
			return bias, err
		}
		return r.param(name, b, a, false)
	}
	shift := len(a.dims) - len(b.dims)
	if b.batch+shift != a.batch || b.fold != a.fold && b.fold != 1 {
		return nil, unsupported("of %v and %v, with the batch in axes %d and %d", a.dims, b.dims, a.batch, b.batch+shift)
	}
	s := graph.Shape{r.batch}
	for i := range a.dims {
		d := 1
		if i >= shift {
			d = b.dims[i-shift]
		}
		switch {
		case i != a.batch:
			s = append(s, d)
		case a.fold > 1:
			s = append(s, b.fold)
		}
	}
	if len(s) != len(a.node.Shape) {
		return nil, fmt.Errorf("of %v and %v", a.dims, b.dims)
	}
	return r.reshape(n, b.node, s)
}
