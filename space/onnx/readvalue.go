package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// value is what a name of the file stands for: a tensor that is known without
// the image (a weight, or a constant with its data), or one that a node of the
// graph computes.
//
// The graph keeps the batch on axis 0; ONNX lets it wander, and lets windows or
// heads be merged with it. A computed value of ONNX's shape dims has the batch
// in axis dims[batch], which holds batch*fold places. Its node has the shape
// [batch, dims...] with fold in place of dims[batch], which is left out where
// it is 1.
type value struct {
	given   bool // false for an operand that is left out
	dims    []int
	data    []float64 // nil where unknown
	integer bool
	base    []int // extents before it was expanded; nil where it was not
	lookup  *lookup
	node    *graph.Node
	batch   int
	fold    int
}

func (v value) fixed() bool { return v.node == nil }

func (v value) elems() int { return product(v.dims) }

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// learned are the extents that count for a weight.
func (v value) learned() []int {
	if v.base != nil {
		return v.base
	}
	return v.dims
}

// axis is the node's axis of one of dims; 0 if that is the batch with nothing
// merged into it.
func (v value) axis(i int) int {
	switch {
	case i == v.batch && v.fold == 1:
		return 0
	case i > v.batch && v.fold == 1:
		return i
	}
	return i + 1
}

// layout is the node shape of a value with these extents.
func (r *reader) layout(dims []int, batch, fold int) graph.Shape {
	s := graph.Shape{r.batch}
	for i, d := range dims {
		switch {
		case i != batch:
			s = append(s, d)
		case fold > 1:
			s = append(s, fold)
		}
	}
	return s
}

var errRank = errors.New("rank of an operand")

// wrap makes a value of a node whose layout is v's with other extents.
func (v value) wrap(n *graph.Node) value {
	out := value{given: true, node: n, batch: v.batch, fold: v.fold, dims: slices.Clone(v.dims)}
	for i := range out.dims {
		if i != v.batch {
			out.dims[i] = n.Shape[v.axis(i)]
		}
	}
	return out
}

// add adds a node of the graph, called after the ONNX node, and checks that
// its extents stay within the limits.
func (r *reader) add(n *node, op graph.Op, inputs ...*graph.Node) (*graph.Node, error) {
	return r.addAs(n.name, op, inputs...)
}

func (r *reader) addAs(name string, op graph.Op, inputs ...*graph.Node) (*graph.Node, error) {
	out := r.b.Add(r.unique(name), op, inputs...)
	if out == nil {
		return nil, r.b.Err()
	}
	dims := make([]int64, len(out.Shape))
	for i, d := range out.Shape {
		dims[i] = int64(d)
	}
	if _, elems, err := extents(dims); err != nil || elems == 0 {
		return nil, fmt.Errorf("result of extents %v", out.Shape)
	}
	return out, nil
}

// unique makes names of nodes, from which those of tensors follow, differ.
func (r *reader) unique(name string) string {
	if name == "" {
		name = "node"
	}
	candidate := name
	for i := 2; r.names[candidate]; i++ {
		candidate = fmt.Sprintf("%s#%d", name, i)
		if i > maxNodes {
			i = 2
			name = candidate
		}
	}
	r.names[candidate] = true
	return candidate
}

// reshape gives a node another shape behind the batch. Reshapes in a row are
// one.
func (r *reader) reshape(n *node, x *graph.Node, to graph.Shape) (*graph.Node, error) {
	for {
		if slices.Equal(x.Shape, to) {
			return x, nil
		}
		if _, ok := x.Op.(graph.Reshape); !ok {
			return r.add(n, graph.Reshape{To: to[1:]}, x)
		}
		x = x.Inputs[0]
	}
}

// view gives v other extents with the batch in the given axis.
func (r *reader) view(n *node, v value, dims []int, batch int) (value, error) {
	fold := dims[batch] / r.batch
	x, err := r.reshape(n, v.node, r.layout(dims, batch, fold))
	return value{given: true, node: x, dims: dims, batch: batch, fold: fold}, err
}

// regroup is a reshape in ONNX's sense. The batch stays outermost in its axis,
// and what is before that axis stays before it.
func (r *reader) regroup(n *node, v value, dims []int) (value, error) {
	if product(dims) != v.elems() {
		return value{}, fmt.Errorf("reshape of %v to %v", v.dims, dims)
	}
	before := product(v.dims[:v.batch])
	for i, d := range dims {
		if product(dims[:i]) == before && d%r.batch == 0 {
			return r.view(n, v, dims, i)
		}
	}
	return value{}, unsupported("reshape of %v to %v, which mixes images", v.dims, dims)
}

// plain is v as a tensor of the given rank whose batch is axis 0 with nothing
// merged into it.
func (v value) plain(rank int) (*graph.Node, error) {
	if v.fixed() {
		return nil, unsupported("on a weight")
	}
	if len(v.dims) != rank || v.batch != 0 || v.fold != 1 {
		return nil, unsupported("on extents %v with the batch in axis %d of %d images' parts", v.dims, v.batch, v.fold)
	}
	return v.node, nil
}

// charge accounts for a constant of so many elements.
func (r *reader) charge(elems int) error {
	if r.left -= elems; elems > maxDecoded || r.left < 0 {
		return fmt.Errorf("a constant of %d elements", elems)
	}
	return nil
}

// ints is the data of a constant of whole numbers, cut to what an extent can
// be.
func (v value) ints() ([]int, error) {
	if v.data == nil {
		return nil, unsupported("extents or indices that depend on the image or on weights")
	}
	out := make([]int, len(v.data))
	for i, d := range v.data {
		if d != d {
			return nil, errors.New("not a number among extents or indices")
		}
		out[i] = int(min(max(d, -maxTensor-1), maxTensor+1))
	}
	return out, nil
}

// checked refuses extents beyond the limits.
func checked(dims []int) error {
	wide := make([]int64, len(dims))
	for i, d := range dims {
		wide[i] = int64(d)
	}
	if len(dims) > maxRank {
		return errRank
	}
	_, _, err := extents(wide)
	return err
}

// within gives an axis, counted from the end where negative.
func within(axis, rank int) (int, error) {
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		return 0, fmt.Errorf("axis %d of %d", axis, rank)
	}
	return axis, nil
}

// withinAll likewise, for distinct axes.
func withinAll(axes []int, rank int) ([]bool, error) {
	chosen := make([]bool, rank)
	for _, a := range axes {
		a, err := within(a, rank)
		if err != nil {
			return nil, err
		}
		if chosen[a] {
			return nil, fmt.Errorf("axis %d twice", a)
		}
		chosen[a] = true
	}
	return chosen, nil
}

// broadcastDims is ONNX's multidirectional broadcasting.
func broadcastDims(a, b []int) ([]int, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out, shift := slices.Clone(a), len(a)-len(b)
	for i, d := range b {
		switch o := out[shift+i]; {
		case o == d || d == 1:
		case o == 1:
			out[shift+i] = d
		default:
			return nil, fmt.Errorf("extents %v and %v", a, b)
		}
	}
	return out, checked(out)
}
