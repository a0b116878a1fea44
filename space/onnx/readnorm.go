package onnx

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
)

// epsilon is ONNX's default.
const epsilon = 1e-5

// batchNorm normalises the channels of a map, or of what becomes one by further
// axes of extent 1.
func batchNorm(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	rank := len(v.dims)
	if v.fixed() || v.batch != 0 || v.fold != 1 || rank < 2 || rank > 4 {
		return value{}, unsupported("on extents %v", v.dims)
	}
	if in[1].elems() != v.dims[1] {
		return value{}, fmt.Errorf("weight %v for %v", in[1].dims, v.dims)
	}
	s := append(graph.Shape(nil), v.node.Shape...)
	for len(s) < 4 {
		s = append(s, 1)
	}
	x, err := r.reshape(n, v.node, s)
	if err != nil {
		return value{}, err
	}
	if x, err = r.add(n, graph.BatchNorm{}, x); err != nil {
		return value{}, err
	}
	return r.view(n, value{node: x}, v.dims, 0)
}

func layerNorm(r *reader, n *node, in []value) (value, error) {
	axis, err := within(n.int("axis", -1), len(in[0].dims))
	if err != nil {
		return value{}, err
	}
	return r.layerNorm(n, in[0], in[1], axis, n.float("epsilon", epsilon))
}

// layerNorm takes weights of the last axis, the only one that is normalised.
func (r *reader) layerNorm(n *node, v, weight value, axis int, eps float64) (value, error) {
	last := len(v.dims) - 1
	if v.fixed() || axis != last || v.batch == last {
		return value{}, unsupported("over axis %d of %v", axis, v.dims)
	}
	if weight.elems() != v.dims[last] {
		return value{}, fmt.Errorf("weight %v for %v", weight.dims, v.dims)
	}
	x, err := r.add(n, graph.LayerNorm{Eps: eps}, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

// layerNormParts is matchLayerNorm's: the operands are what is normalised,
// weight, bias, epsilon, and the axes where these are no attribute. Over the
// channels of a map it is put between two transpositions, as engines run it.
func layerNormParts(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	axes, err := axesOf(n, operand(in, 4))
	if err != nil {
		return value{}, err
	}
	if len(axes) != 1 || len(in[3].data) != 1 {
		return value{}, unsupported("over axes %v", axes)
	}
	axis, err := within(axes[0], len(v.dims))
	if err != nil {
		return value{}, err
	}
	eps := in[3].data[0]
	if axis != 1 || len(v.dims) != 4 {
		return r.layerNorm(n, v, in[1], axis, eps)
	}
	x, err := v.plain(4)
	if err != nil {
		return value{}, err
	}
	pixels, err := r.permute(n, x, []int{0, 2, 3, 1})
	if err != nil {
		return value{}, err
	}
	if pixels, err = r.add(n, graph.LayerNorm{Eps: eps}, pixels); err != nil {
		return value{}, err
	}
	if x, err = r.permute(n, pixels, []int{0, 3, 1, 2}); err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

// groupNorm is matchGroupNorm's: the operands are what is normalised, the
// groups' weight of ones, and the channels' weight and bias.
func groupNorm(r *reader, n *node, in []value) (value, error) {
	return r.groupNorm(n, in[0], in[2], in[1].elems(), n.float("epsilon", epsilon))
}

func groupNormalization(r *reader, n *node, in []value) (value, error) {
	return r.groupNorm(n, in[0], in[1], n.int("num_groups", 0), n.float("epsilon", epsilon))
}

func (r *reader) groupNorm(n *node, v, weight value, groups int, eps float64) (value, error) {
	x, err := v.plain(4)
	if err != nil {
		return value{}, err
	}
	if weight.elems() != v.dims[1] || groups < 1 || v.dims[1]%groups != 0 {
		return value{}, unsupported("%d groups with weight %v for %v", groups, weight.dims, v.dims)
	}
	if x, err = r.add(n, graph.GroupNorm{Groups: groups, Eps: eps}, x); err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}
