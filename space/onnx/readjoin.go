package onnx

import (
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

func concat(r *reader, n *node, in []value) (value, error) {
	rank := len(in[0].dims)
	axis, err := within(n.int("axis", 0), rank)
	if err != nil {
		return value{}, err
	}
	dims := slices.Clone(in[0].dims)
	dims[axis] = 0
	first := -1 // computed operand
	for i, v := range in {
		if !v.given || len(v.dims) != rank {
			return value{}, errRank
		}
		for a := range dims {
			if a != axis && v.dims[a] != dims[a] {
				return value{}, fmt.Errorf("of %v and %v along axis %d", in[0].dims, v.dims, axis)
			}
		}
		if dims[axis] += v.dims[axis]; dims[axis] > maxTensor {
			return value{}, fmt.Errorf("extent %d", dims[axis])
		}
		if first < 0 && !v.fixed() {
			first = i
		}
	}
	if first < 0 {
		return r.concatFixed(in, dims, axis)
	}
	return r.concatNodes(n, in, dims, axis, in[first])
}

func (r *reader) concatFixed(in []value, dims []int, axis int) (value, error) {
	if err := checked(dims); err != nil {
		return value{}, err
	}
	out := value{given: true, dims: dims, integer: true}
	for _, v := range in {
		out.integer = out.integer && v.integer
		if v.data == nil || product(dims) > maxDecoded {
			return out, nil
		}
	}
	if err := r.charge(product(dims)); err != nil {
		return value{}, err
	}
	out.data = make([]float64, product(dims))
	step, start := strides(dims, dims), 0
	for _, v := range in {
		walk(v.dims, func(i int, at []int) { out.data[start*step[axis]+dot(at, step)] = v.data[i] })
		start += v.dims[axis]
	}
	return out, nil
}

func (r *reader) concatNodes(n *node, in []value, dims []int, axis int, like value) (value, error) {
	if len(in) == 1 {
		return in[0], nil
	}
	if axis == like.batch {
		return value{}, unsupported("along the batch")
	}
	nodes := make([]*graph.Node, len(in))
	for i, v := range in {
		if v.fixed() {
			x, err := r.param(n.in[i], v, like, true)
			if err != nil {
				return value{}, err
			}
			nodes[i] = x
			continue
		}
		if v.batch != like.batch || v.fold != like.fold {
			return value{}, unsupported("of tensors with the batch in different axes")
		}
		nodes[i] = v.node
	}
	op := graph.Concat{Axis: like.axis(axis)}
	x, err := r.rolled(n, nodes, op)
	if x == nil && err == nil {
		x, err = r.add(n, op, nodes...)
	}
	return value{given: true, node: x, dims: dims, batch: like.batch, fold: like.fold}, err
}

// param is the node of a weight as an operand beside a computed value: with a
// leading 1 in place of the batch, and for a concatenation with all extents.
func (r *reader) param(name string, v, like value, whole bool) (*graph.Node, error) {
	learned := v.learned()
	dims := slices.Concat(slices.Repeat([]int{1}, max(0, len(like.dims)-len(learned))), learned)
	shape := graph.Shape{1}
	for i, d := range dims {
		switch {
		case i != like.batch:
			shape = append(shape, d)
		case like.fold > 1 && (d == like.fold || d == 1 && !whole):
			shape = append(shape, d)
		case d != 1 && (d != r.batch || like.fold > 1):
			return nil, unsupported("a weight of extents %v beside %v", v.dims, like.dims)
		}
	}
	if whole {
		for i, d := range shape[1:] {
			if full := r.layout(v.dims, like.batch, like.fold)[i+1]; d != full {
				return nil, unsupported("a weight of extents %v repeated to %v", dims, v.dims)
			}
		}
	}
	key := fmt.Sprint(name, shape)
	if r.params[key] != nil {
		return r.params[key], nil
	}
	op, masked := mask(shape)
	if !masked {
		op = graph.Param{Shape: shape}
	}
	x, err := r.addAs(name, op)
	r.params[key] = x
	return x, err
}

// rolled recognises two pieces of pixels [B,H,W,C] exchanged; two rolls in a
// row along different axes are one.
func (r *reader) rolled(n *node, nodes []*graph.Node, op graph.Concat) (*graph.Node, error) {
	if len(nodes) != 2 || op.Axis > 2 {
		return nil, nil
	}
	end, ok1 := nodes[0].Op.(graph.Slice)
	start, ok2 := nodes[1].Op.(graph.Slice)
	if !ok1 || !ok2 || end.Axis != op.Axis || start.Axis != op.Axis || nodes[0].Inputs[0] != nodes[1].Inputs[0] {
		return nil, nil
	}
	x := nodes[0].Inputs[0]
	extent := x.Shape[op.Axis]
	if len(x.Shape) != 4 || start.Start != 0 || start.End != end.Start || end.End != extent {
		return nil, nil
	}
	by := extent - end.Start
	if by > extent/2 {
		by -= extent // towards the start
	}
	roll := graph.Roll{Rows: by}
	if op.Axis == 2 {
		roll = graph.Roll{Columns: by}
	}
	if before, ok := x.Op.(graph.Roll); ok && before.Columns == 0 && op.Axis == 2 {
		roll.Rows, x = before.Rows, x.Inputs[0]
	}
	return r.add(n, roll, x)
}

// pad appends zeros.
func pad(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	amounts := n.ints("pads")
	if p := operand(in, 1); p.given {
		var err error
		if amounts, err = p.ints(); err != nil {
			return value{}, err
		}
	}
	rank := len(v.dims)
	all := slices.Repeat([]int{0}, 2*rank)
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	if a := operand(in, 3); a.given {
		var err error
		if axes, err = a.ints(); err != nil {
			return value{}, err
		}
	}
	if len(amounts) != 2*len(axes) {
		return value{}, errRank
	}
	for i, a := range axes {
		a, err := within(a, rank)
		if err != nil {
			return value{}, err
		}
		all[a], all[rank+a] = amounts[i], amounts[len(axes)+i]
	}
	if !slices.ContainsFunc(all, func(p int) bool { return p != 0 }) {
		return v, nil
	}
	return r.padNode(n, v, all)
}

func (r *reader) padNode(n *node, v value, amounts []int) (value, error) {
	if v.fixed() {
		return value{}, unsupported("of a weight")
	}
	if mode := n.attrs["mode"].s; mode != "" && mode != "constant" {
		return value{}, unsupported("mode %s", mode)
	}
	rank := len(v.dims)
	after := make(graph.Shape, len(v.node.Shape))
	for i := range rank {
		front, back := amounts[i], amounts[rank+i]
		switch {
		case front == 0 && back == 0:
		case front < 0 || back < 0 || max(front, back) > maxAttribute:
			return value{}, unsupported("by %v", amounts)
		case i == v.batch:
			return value{}, unsupported("of the batch")
		default:
			after[v.axis(i)] = front + back // zeros before cost what zeros behind cost
		}
	}
	x, err := r.add(n, graph.Pad{After: after}, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}
