package onnx

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/trtnas/trtnas/space/graph"
)

// ReadOptions say what a model's file leaves open; what it fixes stays as it is.
type ReadOptions struct {
	Batch         int // 0 means 1
	Height, Width int // of the image, in pixels; 0 makes an open one an error
}

// Read gives the graph of the image classifier in an ONNX file: what
// torch.onnx.export writes in operator sets 11 to 20, and what Write and Export
// write. Constants are folded, decomposed operators (GELU, layer normalisation,
// group normalisation, attention's scale and transposition) are put together
// again. Nodes keep their ONNX names.
//
// Only the structure is read: weights stay in the file, and files beside it
// with external data are never opened, so that a model of any size takes little
// memory. Three things that the file does not say are taken from what they look
// like: a batch normalisation that an exporter folded into a convolution is
// gone, with half of its parameters; uneven padding becomes even where that
// gives the same extents; an addition's constant counts as learned unless it has
// the shape of an attention mask over windows.
//
// A model with operators that the graph cannot express gives an
// *UnsupportedError, which lists them all. Other errors mean that the file is no
// model, contradicts itself, or exceeds the reader's limits.
func Read(path string, o ReadOptions) (*graph.Graph, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: no regular file", path)
	}
	g, err := read(f, info.Size(), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func read(r io.ReaderAt, size int64, o ReadOptions) (*graph.Graph, error) {
	f, err := parse(newSource(r), size)
	if err != nil {
		return nil, err
	}
	c, err := index(f)
	if err != nil {
		return nil, err
	}
	rd := &reader{
		chart: c, values: map[string]value{}, params: map[string]*graph.Node{}, names: map[string]bool{}, cuts: map[*graph.Node]bool{},
		unsupported: &UnsupportedError{}, left: maxDecodedSum,
	}
	return rd.read(o)
}

// reader turns a file's nodes into a graph's.
type reader struct {
	*chart
	b           graph.Builder
	batch       int
	image       *graph.Node
	values      map[string]value
	params      map[string]*graph.Node
	names       map[string]bool      // of the graph's nodes
	cuts        map[*graph.Node]bool // transpositions that cut a map into windows, for the next to undo
	unsupported *UnsupportedError
	left        int // elements that constants may still take
}

func (r *reader) read(o ReadOptions) (*graph.Graph, error) {
	if err := r.input(o); err != nil {
		return nil, err
	}
	for _, n := range r.order {
		if err := r.operator(n); err != nil {
			return nil, fmt.Errorf("node %q (%s): %w", n.name, n.op, err)
		}
	}
	if len(r.unsupported.Operators) > 0 {
		return nil, r.unsupported
	}
	var outputs []*graph.Node
	for _, name := range r.outputs {
		v, ok := r.values[name]
		if !ok || v.node == nil {
			return nil, fmt.Errorf("output %q does not depend on the input", name)
		}
		outputs = append(outputs, v.node)
	}
	g, err := r.b.Graph(outputs...)
	if err != nil {
		return nil, err
	}
	prune(g, r.image)
	annotate(g)
	return g, checkTotal(g)
}

// input adds the image and the initialisers.
func (r *reader) input(o ReadOptions) error {
	for name, t := range r.tensors {
		r.values[name] = value{dims: t.dims, data: t.data, integer: t.integer, given: true}
	}
	images := 0
	for _, in := range r.inputs {
		if r.tensors[in.name] != nil {
			continue
		}
		images++
		shape, err := o.shape(in)
		if err != nil {
			return fmt.Errorf("input %q: %w", in.name, err)
		}
		r.batch = shape[0]
		r.image = r.b.Input(r.unique(in.name), shape)
		r.values[in.name] = value{dims: shape, node: r.image, fold: 1, given: true}
	}
	if images != 1 {
		return fmt.Errorf("%d inputs: an image classifier has one", images)
	}
	return nil
}

// shape fills in the extents that the file leaves open.
func (o ReadOptions) shape(in input) (graph.Shape, error) {
	if len(in.dims) != 4 {
		return nil, fmt.Errorf("%d extents, an image has [batch,channels,height,width]", len(in.dims))
	}
	dims := append([]int64(nil), in.dims...)
	given := []int{max(o.Batch, 0), 0, max(o.Height, 0), max(o.Width, 0)}
	for i, what := range []string{"batch", "channels", "height", "width"} {
		want := int64(given[i])
		switch {
		case dims[i] == 0 && i == 0:
			dims[i] = max(1, want)
		case dims[i] == 0 && want == 0:
			return nil, fmt.Errorf("the file leaves the %s open", what)
		case dims[i] == 0:
			dims[i] = want
		}
	}
	shape, elems, err := extents(dims)
	if elems == 0 && err == nil {
		err = fmt.Errorf("extents %v", dims)
	}
	return shape, err
}

// checkTotal refuses graphs whose counts would overflow.
func checkTotal(g *graph.Graph) error {
	var sum float64
	for _, n := range g.Nodes {
		sum += float64(n.MACs()) + float64(n.Params())
	}
	if sum > math.MaxInt64/2 {
		return errors.New("more multiplications than can be counted")
	}
	return nil
}

// prune removes the nodes that no output depends on, but for the input, and
// puts constants right behind that, as they are there before what they are
// fused with.
func prune(g *graph.Graph, image *graph.Node) {
	live := make([]bool, len(g.Nodes))
	live[image.ID] = true
	for _, out := range g.Outputs {
		live[out.ID] = true
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if live[i] {
			for _, in := range g.Nodes[i].Inputs {
				live[in.ID] = true
			}
		}
	}
	nodes := g.Nodes
	g.Nodes = nil
	for _, constants := range []bool{true, false} {
		for i, n := range nodes {
			if live[i] && (i == image.ID || constant(n)) == constants {
				g.Nodes = append(g.Nodes, n)
			}
		}
	}
	for i, n := range g.Nodes {
		n.ID = i
	}
}

// constant reports whether a node depends on weights alone.
func constant(n *graph.Node) bool {
	for {
		switch n.Op.(type) {
		case graph.Param, graph.WindowMask:
			return true
		case graph.Reshape, graph.RelativeBias, graph.DistanceBias:
			n = n.Inputs[0]
		default:
			return false
		}
	}
}
