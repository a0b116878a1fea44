package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space/graph"
)

func TestConvolutionalOpsCheckShapes(t *testing.T) {
	tests := []struct {
		name   string
		op     graph.Op
		other  graph.Shape // of a second operand, if any
		want   string      // shape, or part of the error
		params int64
	}{
		{"gate", graph.Mul{}, graph.Shape{2, 4, 1, 1}, "[2 4 6 6]", 0},
		{"gate of other channels", graph.Mul{}, graph.Shape{2, 3, 1, 1}, "error: product of [2 4 6 6] and [2 3 1 1]: axis 1", 0},
		{"difference", graph.Sub{}, graph.Shape{2, 4, 6, 6}, "[2 4 6 6]", 0},
		{"difference of other rank", graph.Sub{}, graph.Shape{2, 4}, "error: difference of", 0},
		{"scaled channels", graph.LayerScale{Axis: 1}, nil, "[2 4 6 6]", 4},
		{"scaled last axis", graph.LayerScale{Axis: 3}, nil, "[2 4 6 6]", 6},
		{"scaled batch", graph.LayerScale{}, nil, "error: channels on axis 0", 0},
		{"one group", graph.GroupNorm{Groups: 1}, nil, "[2 4 6 6]", 8},
		{"no groups", graph.GroupNorm{}, nil, "error: 0 groups of 4", 0},
		{"resized", graph.Resize{Height: 8, Width: 7}, nil, "[2 4 8 7]", 0},
		{"resized to nothing", graph.Resize{Height: 8}, nil, "error: resizing to 8x0", 0},
		{"distances of a vector", graph.DistanceBias{Height: 2, Width: 2}, nil, "error: a table", 0},
	}
	for _, test := range tests {
		var b graph.Builder
		inputs := []*graph.Node{b.Input("x", graph.Shape{2, 4, 6, 6})}
		if test.other != nil {
			inputs = append(inputs, b.Input("other", test.other))
		}
		g, err := b.Graph(b.Add("y", test.op, inputs...))
		got := ""
		if err != nil {
			got = "error: " + strings.TrimPrefix(err.Error(), "y: ")
		} else {
			got = sprint(g.Outputs[0].Shape)
			if g.Params() != test.params {
				t.Errorf("%s: %d parameters, want %d", test.name, g.Params(), test.params)
			}
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// The distances in a map of 2 rows and 3 columns, written out.
func TestDistanceBiasIndex(t *testing.T) {
	want := []int{
		0, 1, 2, 3, 4, 5,
		1, 0, 1, 4, 3, 4,
		2, 1, 0, 5, 4, 3,
		3, 4, 5, 0, 1, 2,
		4, 3, 4, 1, 0, 1,
		5, 4, 3, 2, 1, 0,
	}
	if got := (graph.DistanceBias{Height: 2, Width: 3}).Index(); !slices.Equal(got, want) {
		t.Errorf("index %v, want %v", got, want)
	}
}

// Each case states what is fused into what, with the elements read.
func TestKernelsOfConvolutionalOps(t *testing.T) {
	narrow := graph.Conv{Out: 4, Kernel: 1, Stride: 1}
	scale := graph.LayerScale{Axis: 1}
	tests := []struct {
		name  string
		build func(b *graph.Builder, x *graph.Node) *graph.Node
		want  string
		read  []int64
	}{
		{"LayerScale and residual go into the convolution", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("sum", graph.Add{}, x, b.Add("s", scale, b.Add("c", narrow, x)))
		}, "pw", []int64{128}},
		{"LayerScale goes into the linear layer", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("s", graph.LayerScale{Axis: 3}, b.Add("fc", graph.Linear{Out: 4}, x))
		}, "gemm", []int64{64}},
		{"pooling mixer", func(b *graph.Builder, x *graph.Node) *graph.Node {
			p := b.Add("p", graph.Pool{Kernel: 3, Stride: 1, Pad: 1, InsideOnly: true}, x)
			d := b.Add("d", graph.Sub{}, p, x)
			return b.Add("sum", graph.Add{}, x, b.Add("s", scale, d))
		}, "pool ew", []int64{64, 192}},
		{"squeeze-and-excitation: the gate and its use stay apart", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("v", graph.Reshape{To: graph.Shape{4, 1, 1}}, b.Add("p", graph.GlobalPool{}, x))
			y = b.Add("r", graph.Activation{Kind: graph.ReLU}, b.Add("c1", narrow, y))
			y = b.Add("g", graph.Activation{Kind: graph.Sigmoid}, b.Add("c2", narrow, y))
			return b.Add("m", graph.Mul{}, x, y)
		}, "reduce fc fc ew ew", []int64{64, 4, 4, 4, 68}},
		{"a reshaped bias is constant", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("d", graph.DistanceBias{Height: 2, Width: 2}, b.Add("t", graph.Param{Shape: graph.Shape{1, 4, 4}}))
			return b.Add("sum", graph.Add{}, x, b.Add("v", graph.Reshape{To: graph.Shape{4, 4, 4}}, y))
		}, "ew", []int64{64}},
		{"group normalisation and resizing", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("r", graph.Resize{Height: 8, Width: 8}, b.Add("n", graph.GroupNorm{Groups: 1}, x))
		}, "ln ew", []int64{64, 64}},
	}
	for _, test := range tests {
		var b graph.Builder
		g, err := b.Graph(test.build(&b, b.Input("x", graph.Shape{2, 4, 4, 4})))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var classes []string
		var read []int64
		for _, k := range g.Kernels() {
			classes, read = append(classes, k.Class.String()), append(read, k.In)
		}
		if got := strings.Join(classes, " "); got != test.want || !slices.Equal(read, test.read) {
			t.Errorf("%s: %s reading %v, want %s reading %v", test.name, got, read, test.want, test.read)
		}
	}
}
