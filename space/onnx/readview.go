package onnx

import (
	"fmt"
	"slices"
)

// viewRules are for operators that move elements and compute nothing.
var viewRules = map[string]rule{
	"Identity":  {1, one(identity)},
	"Dropout":   {1, one(identity)},
	"Cast":      {1, one(cast)},
	"CastLike":  {1, one(identity)},
	"Reshape":   {2, one(reshape)},
	"Flatten":   {1, one(flatten)},
	"Squeeze":   {1, one(squeeze)},
	"Unsqueeze": {1, one(unsqueeze)},
	"Transpose": {1, one(transpose)},
	"Expand":    {2, one(expand)},
	"Slice":     {3, one(slice)},
	"Gather":    {2, one(gather)},
	"Split":     {1, split},
	"Concat":    {1, one(concat)},
	"Pad":       {1, one(pad)},
}

func identity(_ *reader, _ *node, in []value) (value, error) { return in[0], nil }

func cast(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	if v.data == nil {
		return v, nil
	}
	const float, double, half, bfloat = 1, 11, 10, 16 // TensorProto.DataType
	to := n.int("to", 0)
	v.integer = to != float && to != double && to != half && to != bfloat
	if !v.integer {
		return v, nil
	}
	integer, err := foldUnary(truncate)(r, n, in)
	integer.integer = true
	return integer, err
}

func truncate(v float64) float64 {
	if v != v {
		return 0
	}
	return float64(int64(min(max(v, -1<<62), 1<<62)))
}

// refit gives a value other extents for the same elements.
func (r *reader) refit(n *node, v value, dims []int) (value, error) {
	if err := checked(dims); err != nil {
		return value{}, err
	}
	if !v.fixed() {
		return r.regroup(n, v, dims)
	}
	if product(dims) != v.elems() {
		return value{}, fmt.Errorf("reshape of %v to %v", v.dims, dims)
	}
	if v.base != nil && product(v.base) != v.elems() {
		v.data = nil
	}
	return value{given: true, dims: dims, data: v.data, integer: v.integer, lookup: v.lookup}, nil
}

func reshape(r *reader, n *node, in []value) (value, error) {
	dims, err := in[1].ints()
	if err != nil {
		return value{}, err
	}
	known, open := 1, -1
	for i, d := range dims {
		switch {
		case d == 0 && n.int("allowzero", 0) == 0 && i < len(in[0].dims):
			dims[i] = in[0].dims[i]
		case d == -1 && open < 0:
			open = i
			continue
		case d < 0:
			return value{}, fmt.Errorf("reshape to %v", dims)
		}
		if known *= max(dims[i], 1); known > maxTensor {
			return value{}, fmt.Errorf("reshape to %v", dims)
		}
	}
	if open >= 0 {
		dims[open] = in[0].elems() / known
	}
	return r.refit(n, in[0], dims)
}

func flatten(r *reader, n *node, in []value) (value, error) {
	d := in[0].dims
	axis := n.int("axis", 1)
	if axis < 0 {
		axis += len(d)
	}
	if axis < 0 || axis > len(d) {
		return value{}, errRank
	}
	return r.refit(n, in[0], []int{product(d[:axis]), product(d[axis:])})
}

// axesOf are an operator's axes, an attribute in older operator sets and an
// operand in newer ones.
func axesOf(n *node, operand value) ([]int, error) {
	if operand.given {
		return operand.ints()
	}
	return n.ints("axes"), nil
}

func squeeze(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	axes, err := axesOf(n, operand(in, 1))
	if err != nil {
		return value{}, err
	}
	drop, err := withinAll(axes, len(v.dims))
	if err != nil {
		return value{}, err
	}
	dims, batch := []int{}, -1
	for i, d := range v.dims {
		if drop[i] && d != 1 {
			return value{}, fmt.Errorf("squeeze of axis %d of %v", i, v.dims)
		}
		if drop[i] || len(axes) == 0 && d == 1 {
			continue
		}
		if i == v.batch {
			batch = len(dims)
		}
		dims = append(dims, d)
	}
	if v.fixed() || batch < 0 {
		return r.refit(n, v, dims)
	}
	return r.view(n, v, dims, batch)
}

func unsqueeze(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	axes, err := axesOf(n, operand(in, 1))
	if err != nil {
		return value{}, err
	}
	rank := len(v.dims) + len(axes)
	if rank > maxRank {
		return value{}, errRank
	}
	fresh, err := withinAll(axes, rank)
	if err != nil {
		return value{}, err
	}
	dims, batch, old := make([]int, rank), 0, 0
	for i := range dims {
		if fresh[i] {
			dims[i] = 1
			continue
		}
		if old == v.batch {
			batch = i
		}
		dims[i] = v.dims[old]
		old++
	}
	if v.fixed() {
		return r.refit(n, v, dims)
	}
	return r.view(n, v, dims, batch)
}

func transpose(r *reader, n *node, in []value) (value, error) {
	v, perm := in[0], n.ints("perm")
	rank := len(v.dims)
	if perm == nil {
		for i := range rank {
			perm = append(perm, rank-1-i)
		}
	}
	if len(perm) != rank {
		return value{}, errRank
	}
	if _, err := withinAll(perm, rank); err != nil || slices.Min(append(perm, 0)) < 0 {
		return value{}, fmt.Errorf("transpose of %v by %v", v.dims, perm)
	}
	dims := make([]int, rank)
	for i, p := range perm {
		dims[i] = v.dims[p]
	}
	if v.fixed() {
		step := strides(v.dims, v.dims)
		out, err := r.pick(v, dims, func(at []int) int {
			from := 0
			for i, p := range perm {
				from += at[i] * step[p]
			}
			return from
		})
		out.lookup = v.lookup
		return out, err
	}
	order := []int{0}
	for _, p := range perm {
		if a := v.axis(p); a != 0 {
			order = append(order, a)
		}
	}
	x, err := r.permute(n, v.node, order)
	return value{given: true, node: x, dims: dims, batch: slices.Index(perm, v.batch), fold: v.fold}, err
}

// pick makes a constant of v's elements: from gives the position in v of the
// element for a place in dims.
func (r *reader) pick(v value, dims []int, from func(at []int) int) (value, error) {
	if err := checked(dims); err != nil {
		return value{}, err
	}
	out := value{given: true, dims: dims, integer: v.integer}
	if v.data == nil || product(dims) > maxDecoded {
		return out, nil
	}
	if err := r.charge(product(dims)); err != nil {
		return value{}, err
	}
	out.data = make([]float64, product(dims))
	walk(dims, func(i int, at []int) { out.data[i] = v.data[from(at)] })
	return out, nil
}

// expand repeats weights, for each image or to fit. What the image decides is
// not repeated.
func expand(r *reader, _ *node, in []value) (value, error) {
	v := in[0]
	to, err := in[1].ints()
	if err != nil {
		return value{}, err
	}
	if err := checked(to); err != nil {
		return value{}, err
	}
	dims, err := broadcastDims(v.dims, to)
	if err != nil {
		return value{}, err
	}
	if slices.Equal(dims, v.dims) {
		return v, nil
	}
	if !v.fixed() {
		return value{}, unsupported("of %v to %v", v.dims, dims)
	}
	step := strides(v.dims, dims)
	out, err := r.pick(v, dims, func(at []int) int { return dot(at, step) })
	out.base = slices.Concat(slices.Repeat([]int{1}, len(dims)-len(v.dims)), v.learned())
	return out, err
}
