package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
)

// draftModel is a model in the making, with the output called "y".
type draftModel struct {
	image   []any // extents of the input "x", an int or the name of an open one
	nodes   []*wire.NodeProto
	tensors []*wire.TensorProto
	opset   int64
}

// op adds an operator; its result is called after it. Attributes follow the
// operands.
func (d *draftModel) op(kind, result string, in []string, attributes ...*wire.AttributeProto) string {
	d.nodes = append(d.nodes, &wire.NodeProto{
		Name: proto.String("/" + result), OpType: proto.String(kind), Input: in, Output: []string{result}, Attribute: attributes,
	})
	return result
}

// weight adds a tensor of zeros.
func (d *draftModel) weight(name string, dims ...int64) string {
	n := int64(1)
	for _, v := range dims {
		n *= v
	}
	d.tensors = append(d.tensors, &wire.TensorProto{
		Name: &name, Dims: dims, DataType: proto.Int32(int32(wire.TensorProto_FLOAT)), RawData: make([]byte, 4*n),
	})
	return name
}

// number adds a constant without extents.
func (d *draftModel) number(v float32) string {
	name := fmt.Sprint("number", len(d.tensors))
	d.tensors = append(d.tensors, &wire.TensorProto{Name: &name, DataType: proto.Int32(int32(wire.TensorProto_FLOAT)), FloatData: []float32{v}})
	return name
}

func (d *draftModel) numbers(v ...int64) string {
	name := fmt.Sprint("numbers", len(d.tensors))
	d.tensors = append(d.tensors, &wire.TensorProto{
		Name: &name, Dims: []int64{int64(len(v))}, DataType: proto.Int32(int32(wire.TensorProto_INT64)), Int64Data: v,
	})
	return name
}

func (d *draftModel) bytes() []byte {
	shape := &wire.TensorShapeProto{}
	for _, extent := range d.image {
		dim := &wire.TensorShapeProto_Dimension{}
		switch extent := extent.(type) {
		case int:
			dim.Value = &wire.TensorShapeProto_Dimension_DimValue{DimValue: int64(extent)}
		case string:
			dim.Value = &wire.TensorShapeProto_Dimension_DimParam{DimParam: extent}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	if d.opset == 0 {
		d.opset = 17
	}
	model := &wire.ModelProto{
		OpsetImport: []*wire.OperatorSetIdProto{{Version: &d.opset}},
		Graph: &wire.GraphProto{
			Node: d.nodes, Initializer: d.tensors,
			Input: []*wire.ValueInfoProto{{Name: proto.String("x"), Type: &wire.TypeProto{
				Value: &wire.TypeProto_TensorType{TensorType: &wire.TypeProto_Tensor{Shape: shape}},
			}}},
			Output: []*wire.ValueInfoProto{{Name: proto.String("y")}},
		},
	}
	b, err := proto.Marshal(model)
	if err != nil {
		panic(err)
	}
	return b
}

func (d *draftModel) read(o ReadOptions) (*graph.Graph, error) {
	b := d.bytes()
	return read(bytes.NewReader(b), int64(len(b)), o)
}

func operations(g *graph.Graph) string {
	var words []string
	for _, n := range g.Nodes[1:] {
		words = append(words, fmt.Sprintf("%T%+v", n.Op, n.Op)[len("graph."):])
	}
	return strings.Join(words, " ")
}

// Each case is a decomposition and what it is read as.
func TestDecompositionsArePutTogether(t *testing.T) {
	image := []any{1, 4, 8, 8}
	in := func(names ...string) []string { return names }
	tests := []struct {
		name  string
		build func(d *draftModel)
		want  string
	}{
		{"GELU as x * (1+erf) * 1/2", func(d *draftModel) {
			e := d.op("Add", "a", in(d.op("Erf", "e", in(d.op("Div", "d", in("x", d.number(1.4142135))))), d.number(1)))
			d.op("Mul", "y", in(d.op("Mul", "m", in("x", e)), d.number(0.5)))
		}, "Activation{Kind:GELU}"},
		{"GELU as x/2 * (1+erf)", func(d *draftModel) {
			e := d.op("Add", "a", in(d.number(1), d.op("Erf", "e", in(d.op("Mul", "d", in("x", d.number(0.70710677)))))))
			d.op("Mul", "y", in(d.op("Mul", "m", in(d.number(0.5), "x")), e))
		}, "Activation{Kind:GELU}"},
		{"GELU by tanh", func(d *draftModel) {
			cube := d.op("Mul", "c", in(d.op("Pow", "p", in("x", d.number(3))), d.number(0.044715)))
			inner := d.op("Mul", "i", in(d.op("Add", "s", in("x", cube)), d.number(0.7978846)))
			gate := d.op("Add", "a", in(d.op("Tanh", "t", in(inner)), d.number(1)))
			d.op("Mul", "y", in(d.op("Mul", "h", in("x", d.number(0.5))), gate))
		}, "Activation{Kind:GELU}"},
		{"SiLU", func(d *draftModel) { d.op("Mul", "y", in(d.op("Sigmoid", "s", in("x")), "x")) }, "Activation{Kind:SiLU}"},
		{"a gate that is none", func(d *draftModel) {
			d.op("Mul", "y", in("x", d.op("Sigmoid", "s", in(d.op("Relu", "r", in("x"))))))
		}, "Activation{Kind:ReLU} Activation{Kind:Sigmoid} Mul{}"},
		{"layer normalisation of the last axis", func(d *draftModel) { decomposedNorm(d, -1, d.weight("w", 8)) }, "LayerNorm{Eps:1e-06}"},
		{"layer normalisation of the channels", func(d *draftModel) { decomposedNorm(d, 1, d.weight("w", 4, 1, 1)) },
			"Transpose{Perm:[0 2 3 1]} LayerNorm{Eps:1e-06} Transpose{Perm:[0 3 1 2]}"},
		{"layer scale", func(d *draftModel) { d.op("Mul", "y", in("x", d.weight("w", 4, 1, 1))) }, "LayerScale{Axis:1}"},
		{"division by a number", func(d *draftModel) { d.op("Div", "y", in("x", d.number(4))) }, "Scale{Value:0.25}"},
		{"linear layer with its bias", func(d *draftModel) {
			d.op("Add", "y", in(d.weight("b", 5), d.op("MatMul", "m", in("x", d.weight("w", 8, 5)))))
		}, "Linear{Out:5 Bias:true}"},
		{"linear layer that is read twice", func(d *draftModel) {
			m := d.op("MatMul", "m", in("x", d.weight("w", 8, 8)))
			d.op("Add", "y", in(d.op("Add", "a", in(m, d.weight("b", 8))), m))
		}, "Param{Shape:[1 1 1 8]} Linear{Out:8 Bias:false} Add{} Add{}"},
		{"a shape that is computed", func(d *draftModel) {
			first := d.op("Gather", "g", in(d.op("Shape", "s", in("x")), d.numbers(0)))
			d.op("Reshape", "y", in("x", d.op("Concat", "c", in(first, d.numbers(-1)), attrInt("axis", 0))))
		}, "Reshape{To:[256]}"},
		{"a batch that wanders", func(d *draftModel) {
			v := d.op("Transpose", "t", in("x"), attrInts("perm", 2, 0, 1, 3))
			v = d.op("Gather", "g", in(v, d.numbers(3)))
			d.op("Squeeze", "y", in(v, d.numbers(0)))
		}, "Transpose{Perm:[0 2 1 3]} Slice{Axis:1 Start:3 End:4} Reshape{To:[4 8]}"},
		{"what nothing needs", func(d *draftModel) {
			d.op("Relu", "y", in("x"))
			d.op("NonZero", "z", in("x"))
		}, "Activation{Kind:ReLU}"},
	}
	for _, test := range tests {
		d := &draftModel{image: image}
		test.build(d)
		g, err := d.read(ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := operations(g); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func decomposedNorm(d *draftModel, axis int, weight string) {
	in := func(names ...string) []string { return names }
	mean := d.op("ReduceMean", "mean", in("x"), attrInts("axes", axis))
	sub := d.op("Sub", "sub", in("x", mean))
	variance := d.op("ReduceMean", "variance", in(d.op("Pow", "p", in(sub, d.number(2)))), attrInts("axes", axis))
	div := d.op("Div", "div", in(sub, d.op("Sqrt", "root", in(d.op("Add", "e", in(variance, d.number(1e-6)))))))
	d.op("Add", "y", in(d.op("Mul", "m", in(div, weight)), weight))
}

func TestAllThatIsNotUnderstoodIsListed(t *testing.T) {
	d := &draftModel{image: []any{1, 4, 8, 8}}
	in := func(names ...string) []string { return names }
	v := d.op("Selu", "a", in("x"))
	v = d.op("Relu", "b", in(v))
	v = d.op("Selu", "c", in(v))
	d.op("ConvTranspose", "d", in(v, d.weight("w", 4, 4, 2, 2)))
	d.op("Conv", "e", in("x", d.weight("k", 4, 4, 3, 1)))
	d.op("Add", "y", in("d", "e"))
	_, err := d.read(ReadOptions{})
	var list *UnsupportedError
	if !errors.As(err, &list) {
		t.Fatalf("error %v", err)
	}
	want := []Unsupported{
		{"Selu", "", 2, "/a"}, {"ConvTranspose", "", 1, "/d"}, {"Conv", "kernel [3 1], strides [1 1]", 1, "/e"},
	}
	if !slices.Equal(list.Operators, want) {
		t.Errorf("%+v, want %+v", list.Operators, want)
	}
	if text := `not understood: 2 Selu, first "/a"; 1 ConvTranspose, first "/d"; 1 Conv (kernel [3 1], strides [1 1]), first "/e"`; err.Error() != text {
		t.Errorf("%q", err)
	}
}

func TestOpenExtents(t *testing.T) {
	tests := []struct {
		image []any
		o     ReadOptions
		want  string // shape, or part of the error
	}{
		{[]any{"batch", 3, "h", "w"}, ReadOptions{Batch: 4, Height: 16, Width: 8}, "[4 3 16 8]"},
		{[]any{"batch", 3, 16, 8}, ReadOptions{}, "[1 3 16 8]"},
		{[]any{2, 3, 16, 8}, ReadOptions{}, "[2 3 16 8]"},
		{[]any{2, 3, 16, 8}, ReadOptions{Batch: 3, Height: 32}, "[2 3 16 8]"},
		{[]any{2, 3, "h", "w"}, ReadOptions{Height: 16}, "the file leaves the width open"},
		{[]any{2, "c", 4, 4}, ReadOptions{}, "the file leaves the channels open"},
		{[]any{2, 3, 4}, ReadOptions{}, "3 extents"},
	}
	for _, test := range tests {
		d := &draftModel{image: test.image}
		d.op("Relu", "y", []string{"x"})
		g, err := d.read(test.o)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint([]int(g.Outputs[0].Shape))
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%v with %+v: %s, want %s", test.image, test.o, got, test.want)
		}
	}
}
