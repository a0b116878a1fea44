package onnx

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
)

var updateGolden = flag.Bool("update", false, "write testdata/*.golden anew")

// The text of a written graph, node by node: what runtimes are known to fuse
// depends on these very nodes.
func TestNodes(t *testing.T) {
	tests := []struct {
		file string
		g    *graph.Graph
		o    Options
	}{
		{"tiny.golden", lowerTiny(t, 1, false), Options{}},
		{"tokens.golden", buildGraph(t, graph.Shape{2, 12, 32}, tokenOps), Options{DynamicBatch: true, Precision: FP16}},
		{"tokens-fixed.golden", buildGraph(t, graph.Shape{2, 12, 32}, tokenOps), Options{}},
		{"maps.golden", buildGraph(t, graph.Shape{2, 8, 8, 8}, mapOps), Options{DynamicBatch: true}},
		{"maps-fixed.golden", buildGraph(t, graph.Shape{2, 8, 8, 8}, mapOps), Options{}},
		{"windows.golden", buildGraph(t, graph.Shape{2, 6, 6, 4}, windowOps), Options{}},
	}
	for _, test := range tests {
		checkStructure(t, test.g, test.o)
		got, path := graphText(structure(t, test.g, test.o)), filepath.Join("testdata", test.file)
		if *updateGolden {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (go test ./space/onnx -run Nodes -update writes it anew); got\n%s", path, got)
		}
	}
}

func buildGraph(t *testing.T, s graph.Shape, f func(b *graph.Builder, x *graph.Node) []*graph.Node) *graph.Graph {
	t.Helper()
	var b graph.Builder
	g, err := b.Graph(f(&b, b.Input("image", s))...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// tokenOps are the operations on tokens, and outputs that are no node's own.
func tokenOps(b *graph.Builder, x *graph.Node) []*graph.Node {
	in := x
	x = b.Add("concat", graph.Concat{Axis: 1}, b.Add("cls", graph.Param{Shape: graph.Shape{1, 1, 32}}), x)
	x = b.Add("norm", graph.LayerNorm{Eps: 1e-6}, x)
	heads := b.Add("split", graph.Reshape{To: graph.Shape{13, 2, 16}}, x)
	heads = b.Add("t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, heads)
	scores := b.Add("scores", graph.MatMul{TransB: true, Scale: 0.25}, heads, b.Add("contiguous", graph.Contiguous{}, heads))
	b.Add("softmax", graph.Softmax{}, scores)
	for _, kind := range []graph.Kind{graph.GELU, graph.SiLU, graph.QuickGELU, graph.Sigmoid, graph.Tanh} {
		x = b.Add("act."+kind.String(), graph.Activation{Kind: kind}, x)
	}
	x = b.Add("gamma", graph.LayerScale{Axis: 2}, x)
	x = b.Add("plain", graph.Linear{Out: 8}, x)
	x = b.Add("biased", graph.Linear{Out: 8, Bias: true}, x)
	x = b.Add("sub", graph.Sub{}, x, b.Add("mean.param", graph.Param{Shape: graph.Shape{1, 1, 8}}))
	mean := b.Add("mean", graph.TokenMean{}, x)
	return []*graph.Node{in, b.Add("fc", graph.Linear{Out: 5}, mean), b.Add("same", graph.Contiguous{}, x), x, x}
}

// mapOps are the operations on feature maps.
func mapOps(b *graph.Builder, x *graph.Node) []*graph.Node {
	x = b.Add("windowed", graph.Conv{Out: 8, Kernel: 3, Stride: 1, Pad: 1, Groups: 8, Bias: true, Window: graph.Window{Height: 4, Width: 2}}, x)
	x = b.Add("whole", graph.Conv{Out: 8, Kernel: 3, Stride: 1, Pad: 1, Window: graph.Window{Height: 8, Width: 8}}, x)
	x = b.Add("bn", graph.BatchNorm{}, x)
	x = b.Add("gn", graph.GroupNorm{Groups: 2, Eps: 1e-5}, x)
	x = b.Add("ls", graph.LayerScale{Axis: 1}, x)
	x = b.Add("counted", graph.Pool{Kernel: 3, Stride: 1, Pad: 1}, x)
	x = b.Add("inside", graph.Pool{Kernel: 3, Stride: 1, Pad: 1, InsideOnly: true}, x)
	x = b.Add("max", graph.Pool{Max: true, Kernel: 3, Stride: 2, Pad: 1}, x)
	gate := b.Add("gate", graph.Reshape{To: graph.Shape{8, 1, 1}}, b.Add("pool", graph.GlobalPool{}, x))
	x = b.Add("mul", graph.Mul{}, x, gate)
	return []*graph.Node{b.Add("resize", graph.Resize{Height: 7, Width: 9}, x)}
}

// windowOps are the operations of windowed attention, on pixels.
func windowOps(b *graph.Builder, x *graph.Node) []*graph.Node {
	w := graph.Window{Height: 4, Width: 4}
	x = b.Add("pad", graph.Pad{After: graph.Shape{0, 2, 2, 0}}, x)
	x = b.Add("roll", graph.Roll{Rows: -2, Columns: -2}, x)
	x = b.Add("rows", graph.Roll{Rows: 1}, x)
	x = b.Add("columns", graph.Roll{Columns: 3}, x)
	x = b.Add("still", graph.Roll{}, x)
	x = b.Add("grid", graph.Reshape{To: graph.Shape{4, 16, 2, 2}}, x)
	x = b.Add("heads", graph.Transpose{Perm: []int{0, 1, 3, 2, 4}}, x)
	scores := b.Add("scores", graph.MatMul{TransB: true}, x, x)
	table := b.Add("table", graph.Param{Shape: graph.Shape{1, 49, 2}})
	scores = b.Add("bias.add", graph.Add{}, scores, b.Add("bias", graph.RelativeBias{Window: w}, table))
	mask := graph.WindowMask{Height: 8, Width: 8, Window: w, Rows: 2, Columns: 2}
	scores = b.Add("mask.add", graph.Add{}, scores, b.Add("mask", mask))
	scores = b.Add("flat", graph.Reshape{To: graph.Shape{8, 16, 16}}, scores)
	far := b.Add("far", graph.DistanceBias{Height: 4, Width: 4}, b.Add("distances", graph.Param{Shape: graph.Shape{1, 8, 16}}))
	return []*graph.Node{b.Add("far.add", graph.Add{}, scores, far)}
}

// graphText lists inputs, tensors, nodes and outputs, one a line.
func graphText(g *wire.GraphProto) string {
	var b strings.Builder
	for _, v := range g.Input {
		fmt.Fprintf(&b, "input %s\n", valueText(v))
	}
	for _, t := range g.Initializer {
		fmt.Fprintf(&b, "tensor %s %s %v\n", t.GetName(), wire.TensorProto_DataType(t.GetDataType()), t.Dims)
	}
	for _, n := range g.Node {
		fmt.Fprintf(&b, "%s = %s(%s)%s # %s\n", n.Output[0], n.GetOpType(), strings.Join(n.Input, ", "), attributeText(n), n.GetName())
	}
	for _, v := range g.Output {
		fmt.Fprintf(&b, "output %s\n", valueText(v))
	}
	return b.String()
}

func valueText(v *wire.ValueInfoProto) string {
	tensor := v.Type.GetTensorType()
	var dims []string
	for _, d := range tensor.Shape.Dim {
		if d.GetDimParam() != "" {
			dims = append(dims, d.GetDimParam())
		} else {
			dims = append(dims, fmt.Sprint(d.GetDimValue()))
		}
	}
	return fmt.Sprintf("%s %s [%s]", v.GetName(), wire.TensorProto_DataType(tensor.GetElemType()), strings.Join(dims, " "))
}

func attributeText(n *wire.NodeProto) string {
	var b strings.Builder
	for _, a := range n.Attribute {
		switch a.GetType() {
		case wire.AttributeProto_INT:
			fmt.Fprintf(&b, " %s=%d", a.GetName(), a.GetI())
		case wire.AttributeProto_INTS:
			fmt.Fprintf(&b, " %s=%v", a.GetName(), a.Ints)
		case wire.AttributeProto_FLOAT:
			fmt.Fprintf(&b, " %s=%v", a.GetName(), a.GetF())
		case wire.AttributeProto_STRING:
			fmt.Fprintf(&b, " %s=%s", a.GetName(), a.S)
		}
	}
	return b.String()
}
