package onnx

import (
	"fmt"
	"slices"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
	"google.golang.org/protobuf/proto"
)

// batchDim is the name of an open batch.
const batchDim = "batch"

// emitter turns a graph's nodes into ONNX nodes and initialisers.
type emitter struct {
	g       *graph.Graph
	o       Options
	values  []string        // names of the nodes' outputs
	results map[int]string  // names that outputs of the graph get, by node
	batched []bool          // whether the node's output has the batch's extent; a parameter has a leading 1
	taken   map[string]bool // names of values
	named   map[string]bool // names of ONNX nodes
	shared  map[string]bool // constants that several nodes read
	err     error           // the first

	nodes   []*wire.NodeProto
	tensors []*initialiser
	inputs  []*wire.ValueInfoProto
	outputs []*wire.ValueInfoProto
}

func newEmitter(g *graph.Graph, o Options) *emitter {
	return &emitter{
		g: g, o: o,
		values: make([]string, len(g.Nodes)), results: map[int]string{}, batched: make([]bool, len(g.Nodes)),
		taken: map[string]bool{}, named: map[string]bool{}, shared: map[string]bool{},
	}
}

func (e *emitter) graph() error {
	names := resultNames(e.g.Outputs)
	for i, out := range e.g.Outputs {
		if _, again := e.results[out.ID]; !again && computed(out) {
			e.results[out.ID] = names[i]
		}
	}
	for _, n := range e.g.Nodes {
		e.node(n)
		if e.err != nil {
			return fmt.Errorf("%s: %w", n.Name, e.err)
		}
	}
	for i, out := range e.g.Outputs {
		// An output that is no node's own, or that another name has, is a copy.
		if e.values[out.ID] != names[i] {
			e.emit("Identity", names[i], names[i], []string{e.values[out.ID]})
		}
		e.outputs = append(e.outputs, e.valueInfo(names[i], out))
	}
	return e.err
}

func resultNames(outputs []*graph.Node) []string {
	if len(outputs) == 1 && len(outputs[0].Shape) == 2 {
		return []string{"logits"}
	}
	var names []string
	for i := range outputs {
		names = append(names, fmt.Sprintf("features.%d", i))
	}
	return names
}

// computed nodes have an ONNX node that gives their value its name.
func computed(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.Input, graph.Param, graph.WindowMask, graph.Contiguous:
		return false
	}
	return true
}

// node emits one node of the graph. One ONNX node has its name, and further
// ones the name with a slash and a suffix, so that a layer of an engine can be
// traced to its stage and block.
func (e *emitter) node(n *graph.Node) {
	e.batched[n.ID] = slices.ContainsFunc(n.Inputs, func(in *graph.Node) bool { return e.batched[in.ID] })
	e.values[n.ID] = n.Name
	if name, ok := e.results[n.ID]; ok {
		e.values[n.ID] = name
	}
	if _, param := n.Op.(graph.Param); !param {
		for _, t := range weights.Of(n) {
			e.weight(t)
		}
	}
	switch op := n.Op.(type) {
	case graph.Input:
		e.input(n)
	case graph.Param:
		e.weight(weights.Of(n)[0])
	case graph.Contiguous:
		e.values[n.ID] = e.values[n.Inputs[0].ID]
	default:
		e.operation(n, op)
	}
}

func (e *emitter) input(n *graph.Node) {
	e.batched[n.ID] = true
	e.take(n.Name)
	e.inputs = append(e.inputs, e.valueInfo(n.Name, n))
}

// value is the name of the node's i-th operand.
func (e *emitter) value(n *graph.Node, i int) string { return e.values[n.Inputs[i].ID] }

// operands are the names of all the node's operands.
func (e *emitter) operands(n *graph.Node) []string {
	names := make([]string, len(n.Inputs))
	for i := range n.Inputs {
		names[i] = e.value(n, i)
	}
	return names
}

func (e *emitter) take(name string) {
	if e.taken[name] && e.err == nil {
		e.err = fmt.Errorf("two values are called %q", name)
	}
	e.taken[name] = true
}

// emit adds an ONNX node with one output.
func (e *emitter) emit(op, name, output string, inputs []string, attributes ...*wire.AttributeProto) string {
	if e.named[name] && e.err == nil {
		e.err = fmt.Errorf("two nodes are called %q", name)
	}
	e.named[name] = true
	e.take(output)
	e.nodes = append(e.nodes, &wire.NodeProto{OpType: &op, Name: &name, Input: inputs, Output: []string{output}, Attribute: attributes})
	return output
}

// main emits the ONNX node that has the graph node's name and value.
func (e *emitter) main(n *graph.Node, op string, inputs []string, attributes ...*wire.AttributeProto) {
	e.emit(op, n.Name, e.values[n.ID], inputs, attributes...)
}

// step emits an ONNX node beside the main one; its value has its name.
func (e *emitter) step(n *graph.Node, suffix, op string, inputs []string, attributes ...*wire.AttributeProto) string {
	name := n.Name + "/" + suffix
	return e.emit(op, name, name, inputs, attributes...)
}

// last emits the ONNX node that gives the graph node its value, where another
// has its name.
func (e *emitter) last(n *graph.Node, suffix, op string, inputs []string, attributes ...*wire.AttributeProto) {
	e.emit(op, n.Name+"/"+suffix, e.values[n.ID], inputs, attributes...)
}

func (e *emitter) float() wire.TensorProto_DataType {
	if e.o.Precision == FP16 {
		return wire.TensorProto_FLOAT16
	}
	return wire.TensorProto_FLOAT
}

func (e *emitter) valueInfo(name string, n *graph.Node) *wire.ValueInfoProto {
	shape := &wire.TensorShapeProto{}
	for i, d := range n.Shape {
		dim := &wire.TensorShapeProto_Dimension{Value: &wire.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}}
		if i == 0 && e.o.DynamicBatch && e.batched[n.ID] {
			dim.Value = &wire.TensorShapeProto_Dimension_DimParam{DimParam: batchDim}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	tensor := &wire.TypeProto_Tensor{ElemType: proto.Int32(int32(e.float())), Shape: shape}
	return &wire.ValueInfoProto{Name: &name, Type: &wire.TypeProto{Value: &wire.TypeProto_TensorType{TensorType: tensor}}}
}
