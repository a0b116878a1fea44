package onnx

import (
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

func matMul(r *reader, n *node, in []value) (value, error) {
	a, b := in[0], in[1]
	last := len(a.dims) - 1
	if a.fixed() && b.fixed() {
		return value{}, unsupported("of two weights")
	}
	if a.fixed() || last < 1 {
		return value{}, unsupported("with a weight on the left")
	}
	if !b.fixed() {
		return r.product(n, a, b)
	}
	if len(b.dims) != 2 {
		return value{}, unsupported("with a weight of extents %v", b.dims)
	}
	return r.linear(n, a, b.dims[0], b.dims[1], false)
}

func (r *reader) linear(n *node, v value, from, to int, bias bool) (value, error) {
	last := len(v.dims) - 1
	if v.dims[last] != from || to < 1 {
		return value{}, fmt.Errorf("weight [%d %d] for %v", from, to, v.dims)
	}
	if v.batch == last {
		return value{}, unsupported("across images")
	}
	x, err := r.add(n, graph.Linear{Out: to, Bias: bias}, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

func gemm(r *reader, n *node, in []value) (value, error) {
	v, weight := in[0], in[1]
	if v.fixed() || !weight.fixed() || len(v.dims) != 2 || len(weight.dims) != 2 || n.int("transA", 0) != 0 {
		return value{}, unsupported("of %v and %v", v.dims, weight.dims)
	}
	from, to := weight.dims[0], weight.dims[1]
	if n.int("transB", 0) != 0 {
		from, to = to, from
	}
	bias := operand(in, 2)
	if bias.given && !bias.fixed() {
		return value{}, unsupported("with a bias that the image decides")
	}
	return r.linear(n, v, from, to, bias.given)
}

// product is attention's. The scale of its operands becomes its own, and a
// right operand with its last two axes exchanged is read transposed.
func (r *reader) product(n *node, a, b value) (value, error) {
	rank := len(a.dims)
	if len(b.dims) != rank || rank < 3 || a.batch != b.batch || a.fold != b.fold || a.batch >= rank-2 ||
		!slices.Equal(a.dims[:rank-2], b.dims[:rank-2]) {
		return value{}, unsupported("of %v and %v", a.dims, b.dims)
	}
	if a.dims[rank-1] != b.dims[rank-2] {
		return value{}, fmt.Errorf("of %v and %v", a.dims, b.dims)
	}
	op, left, right := unscaled(n.name, a.node, b.node)
	if t, ok := right.Op.(graph.Transpose); ok {
		perm := slices.Clone(t.Perm)
		k := len(perm) - 1
		perm[k-1], perm[k] = perm[k], perm[k-1]
		if perm[k] == k {
			x, err := r.permute(n, right.Inputs[0], perm)
			if err != nil {
				return value{}, err
			}
			op.TransB, right = true, x
		}
	}
	x, err := r.add(n, op, left, right)
	if err != nil {
		return value{}, err
	}
	return a.wrap(x), nil
}

// unscaled takes the scale off a product's operands where it is the product's:
// on both, as PyTorch exports its fused attention, or on the left as Write puts
// it. Queries scaled by themselves, as in Swin, stay so.
func unscaled(name string, left, right *graph.Node) (op graph.MatMul, a, b *graph.Node) {
	q, scaled := left.Op.(graph.Scale)
	if !scaled {
		return op, left, right
	}
	if left.Name == name+"/scale" {
		op.Scale = q.Value
		return op, left.Inputs[0], right
	}
	k, scaled := right.Op.(graph.Scale)
	if !scaled {
		return op, left, right
	}
	op.Scale = q.Value * k.Value
	return op, left.Inputs[0], right.Inputs[0]
}

// softmax is over the last axis. Before operator set 13 it took all axes from
// the given one as one.
func softmax(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	last := len(v.dims) - 1
	otherwise := -1
	if r.opset < 13 {
		otherwise = 1
	}
	axis, err := within(n.int("axis", otherwise), len(v.dims))
	if err != nil {
		return value{}, err
	}
	if v.fixed() || axis != last || v.batch == last {
		return value{}, unsupported("over axis %d of %v", axis, v.dims)
	}
	x, err := r.add(n, graph.Softmax{}, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}
