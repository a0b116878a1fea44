package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// stretch is what is taken of an axis: count places from start.
type stretch struct{ axis, start, step, count int }

func slice(r *reader, n *node, in []value) (value, error) {
	var lists [4][]int // starts, ends, axes, steps
	for i := range lists {
		if v := operand(in, i+1); v.given {
			list, err := v.ints()
			if err != nil {
				return value{}, err
			}
			lists[i] = list
		}
	}
	v, count := in[0], len(lists[0])
	if lists[2] == nil {
		for i := range count {
			lists[2] = append(lists[2], i)
		}
	}
	if lists[3] == nil {
		lists[3] = slices.Repeat([]int{1}, count)
	}
	if len(lists[1]) != count || len(lists[2]) != count || len(lists[3]) != count {
		return value{}, fmt.Errorf("bounds %v", lists)
	}
	for i, axis := range lists[2] {
		axis, err := within(axis, len(v.dims))
		if err != nil {
			return value{}, err
		}
		s, err := bounds(v.dims[axis], axis, lists[0][i], lists[1][i], lists[3][i])
		if err != nil {
			return value{}, err
		}
		if v, err = r.take(n, v, s); err != nil {
			return value{}, err
		}
	}
	return v, nil
}

// bounds cuts a slice's bounds to the axis; a step below 0 goes towards its
// start.
func bounds(extent, axis, start, end, step int) (stretch, error) {
	if step == 0 {
		return stretch{}, errors.New("step 0")
	}
	if step > 0 {
		start, end = cut(start, extent), cut(end, extent)
		return stretch{axis, start, step, max(0, (end-start+step-1)/step)}, nil
	}
	if start < 0 {
		start += extent
	}
	if end < 0 {
		end += extent
	}
	start, end = min(max(start, -1), extent-1), min(max(end, -1), extent-1)
	return stretch{axis, start, step, max(0, (start-end-step-1)/-step)}, nil
}

// take takes a stretch of one axis.
func (r *reader) take(n *node, v value, s stretch) (value, error) {
	if s.start == 0 && s.step == 1 && s.count == v.dims[s.axis] {
		return v, nil
	}
	if v.fixed() {
		dims := slices.Clone(v.dims)
		dims[s.axis] = s.count
		step := strides(v.dims, v.dims)
		return r.pick(v, dims, func(at []int) int {
			return dot(at, step) + step[s.axis]*(s.start+at[s.axis]*(s.step-1))
		})
	}
	if s.count == 0 || s.step < 0 {
		return value{}, unsupported("to nothing or backwards")
	}
	axis := v.axis(s.axis)
	if s.axis == v.batch && (r.batch > 1 || axis == 0) {
		return value{}, unsupported("of the batch")
	}
	x, err := r.cutNode(n, v.node, axis, s)
	if err != nil {
		return value{}, err
	}
	out := v.wrap(x)
	if s.axis == v.batch {
		out.dims[s.axis] = s.count
		return r.view(n, out, out.dims, v.batch)
	}
	return out, nil
}

// cutNode slices a node. A step above 1 becomes an axis of its own, of which
// one place is taken.
func (r *reader) cutNode(n *node, x *graph.Node, axis int, s stretch) (*graph.Node, error) {
	if s.step == 1 {
		return r.add(n, graph.Slice{Axis: axis, Start: s.start, End: s.start + s.count}, x)
	}
	extent := x.Shape[axis]
	if extent%s.step != 0 || s.start >= s.step || s.count != extent/s.step {
		return nil, unsupported("step %d of an axis of %d", s.step, extent)
	}
	apart := slices.Concat(x.Shape[:axis], graph.Shape{s.count, s.step}, x.Shape[axis+1:])
	y, err := r.reshape(n, x, apart)
	if err != nil {
		return nil, err
	}
	if y, err = r.add(n, graph.Slice{Axis: axis + 1, Start: s.start, End: s.start + 1}, y); err != nil {
		return nil, err
	}
	return r.reshape(n, y, slices.Concat(x.Shape[:axis], graph.Shape{s.count}, x.Shape[axis+1:]))
}

func split(r *reader, n *node, in []value) ([]value, error) {
	v := in[0]
	axis, err := within(n.int("axis", 0), len(v.dims))
	if err != nil {
		return nil, err
	}
	sizes := n.ints("split")
	if s := operand(in, 1); s.given {
		if sizes, err = s.ints(); err != nil {
			return nil, err
		}
	}
	if sizes == nil {
		each := (v.dims[axis] + len(n.out) - 1) / max(1, len(n.out))
		for left := v.dims[axis]; left > 0 && each > 0; left -= each {
			sizes = append(sizes, min(each, left))
		}
	}
	if len(sizes) != len(n.out) {
		return nil, fmt.Errorf("parts %v for %d results", sizes, len(n.out))
	}
	var parts []value
	start := 0
	for _, size := range sizes {
		if size < 0 || size > v.dims[axis]-start {
			return nil, fmt.Errorf("parts %v of an axis of %d", sizes, v.dims[axis])
		}
		part, err := r.take(n, v, stretch{axis, start, 1, size})
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		start += size
	}
	return parts, nil
}

func gather(r *reader, n *node, in []value) (value, error) {
	v, index := in[0], in[1]
	axis, err := within(n.int("axis", 0), len(v.dims))
	if err != nil {
		return value{}, err
	}
	if v.fixed() {
		return r.gatherFixed(v, index, axis)
	}
	at, err := index.ints()
	if err != nil {
		return value{}, err
	}
	extent := v.dims[axis]
	for i := range at {
		if at[i], err = within(at[i], extent); err != nil {
			return value{}, err
		}
		if at[i] != at[0]+i {
			return value{}, unsupported("of places that do not follow each other")
		}
	}
	if len(at) == 0 || len(index.dims) > 1 {
		return value{}, unsupported("with an index of extents %v", index.dims)
	}
	part, err := r.take(n, v, stretch{axis, at[0], 1, len(at)})
	if err != nil || len(index.dims) == 1 {
		return part, err
	}
	dims, batch := slices.Delete(slices.Clone(part.dims), axis, axis+1), part.batch
	if axis == batch {
		return r.refit(n, part, dims)
	}
	if axis < batch {
		batch--
	}
	return r.view(n, part, dims, batch)
}

func (r *reader) gatherFixed(v, index value, axis int) (value, error) {
	if !index.fixed() {
		return value{}, unsupported("with an index that the image decides")
	}
	dims := slices.Concat(v.dims[:axis], index.dims, v.dims[axis+1:])
	if v.data == nil || index.data == nil {
		out := value{given: true, dims: dims, lookup: lookUp(v, index, axis)}
		return out, checked(dims)
	}
	at, err := index.ints()
	if err != nil {
		return value{}, err
	}
	for i := range at {
		if at[i], err = within(at[i], v.dims[axis]); err != nil {
			return value{}, err
		}
	}
	step, rank := strides(v.dims, v.dims), len(index.dims)
	indexStep := strides(index.dims, index.dims)
	return r.pick(v, dims, func(place []int) int {
		from := dot(place[:axis], step[:axis]) + dot(place[axis+rank:], step[axis+1:])
		return from + step[axis]*at[dot(place[axis:axis+rank], indexStep)]
	})
}
