package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space/graph"
)

func TestShapesAreChecked(t *testing.T) {
	image := graph.Shape{2, 3, 8, 8}
	tokens := graph.Shape{2, 16, 32}
	tests := []struct {
		name string
		in   graph.Shape
		op   graph.Op
		want string // shape, or part of the error
	}{
		{"convolution", image, graph.Conv{Out: 5, Kernel: 3, Stride: 2, Pad: 1}, "[2 5 4 4]"},
		{"convolution without padding", image, graph.Conv{Out: 5, Kernel: 3, Stride: 1}, "[2 5 6 6]"},
		{"kernel beyond the map", image, graph.Conv{Out: 5, Kernel: 9, Stride: 1}, "error: kernel 9 does not fit the 8x8 feature map"},
		{"groups", image, graph.Conv{Out: 4, Kernel: 1, Stride: 1, Groups: 2}, "error: 2 groups do not divide 3 input"},
		{"stride 0", image, graph.Conv{Out: 4, Kernel: 1}, "error: kernel 1, stride 0"},
		{"convolution of tokens", tokens, graph.Conv{Out: 4, Kernel: 1, Stride: 1}, "error: needs a feature map"},
		{"linear", tokens, graph.Linear{Out: 7}, "[2 16 7]"},
		{"reshape", tokens, graph.Reshape{To: graph.Shape{4, 4, 32}}, "[2 4 4 32]"},
		{"reshape to another size", tokens, graph.Reshape{To: graph.Shape{5, 32}}, "error: reshape of [2 16 32]"},
		{"transpose", tokens, graph.Transpose{Perm: []int{0, 2, 1}}, "[2 32 16]"},
		{"transpose twice the same axis", tokens, graph.Transpose{Perm: []int{0, 1, 1}}, "error: transpose"},
		{"slice", tokens, graph.Slice{Axis: 2, Start: 8, End: 32}, "[2 16 24]"},
		{"slice beyond", tokens, graph.Slice{Axis: 2, Start: 8, End: 33}, "error: slice 8:33"},
		{"pooling", image, graph.Pool{Max: true, Kernel: 3, Stride: 2, Pad: 1}, "[2 3 4 4]"},
		{"global pooling", image, graph.GlobalPool{}, "[2 3]"},
		{"one operand of a product", tokens, graph.MatMul{}, "error: 1 operands, need 2"},
	}
	for _, test := range tests {
		var b graph.Builder
		x := b.Input("x", test.in)
		y := b.Add("y", test.op, x)
		got := ""
		if g, err := b.Graph(y); err != nil {
			got = "error: " + strings.TrimPrefix(err.Error(), "y: ")
		} else {
			got = strings.TrimSpace(sprint(g.Outputs[0].Shape))
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestTheFirstErrorIsKept(t *testing.T) {
	var b graph.Builder
	x := b.Input("x", graph.Shape{1, 3, 4, 4})
	b.Scope("s2", func() {
		x = b.Add("conv", graph.Conv{Out: 4, Kernel: 7, Stride: 1}, x)
		x = b.Add("relu", graph.Activation{}, x)
	})
	if _, err := b.Graph(x); err == nil || !strings.HasPrefix(err.Error(), "s2.conv: kernel 7") {
		t.Errorf("error %v", err)
	}
}

// Each case states what is fused into what.
func TestKernels(t *testing.T) {
	relu := graph.Activation{Kind: graph.ReLU}
	conv := graph.Conv{Out: 4, Kernel: 3, Stride: 1, Pad: 1}
	tests := []struct {
		name  string
		build func(b *graph.Builder, x *graph.Node) *graph.Node
		want  string
	}{
		{"convolution, norm, ReLU", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("r", relu, b.Add("n", graph.BatchNorm{}, b.Add("c", conv, x)))
		}, "conv"},
		{"residual goes into the later convolution", func(b *graph.Builder, x *graph.Node) *graph.Node {
			a := b.Add("a", conv, x)
			c := b.Add("c", conv, x)
			return b.Add("r", relu, b.Add("sum", graph.Add{}, a, c))
		}, "conv conv+64"},
		{"GELU stays by itself", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("g", graph.Activation{Kind: graph.GELU}, b.Add("c", conv, x))
		}, "conv ew"},
		{"a convolution read twice keeps its ReLU apart", func(b *graph.Builder, x *graph.Node) *graph.Node {
			c := b.Add("c", conv, x)
			return b.Add("sum", graph.Add{}, b.Add("r", relu, c), c)
		}, "conv ew"},
		{"depthwise takes no residual", func(b *graph.Builder, x *graph.Node) *graph.Node {
			d := b.Add("d", graph.Conv{Out: 4, Kernel: 3, Stride: 1, Pad: 1, Groups: 4}, x)
			return b.Add("sum", graph.Add{}, d, x)
		}, "dw ew"},
		{"grouped", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("d", graph.Conv{Out: 4, Kernel: 3, Stride: 1, Pad: 1, Groups: 2}, x)
		}, "gconv"},
		{"a chain of pointwise operations", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("r", relu, b.Add("s", graph.Scale{Value: 2}, b.Add("sum", graph.Add{}, x, x)))
		}, "ew"},
		{"reshape is free", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("v", graph.Reshape{To: graph.Shape{4, 16}}, x)
			return b.Add("s", graph.Softmax{}, y)
		}, "softmax"},
		{"transposes are one copy, made once", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("v", graph.Reshape{To: graph.Shape{4, 16}}, x)
			y = b.Add("t", graph.Transpose{Perm: []int{0, 2, 1}}, y)
			return b.Add("sum", graph.Add{}, b.Add("n", graph.LayerNorm{}, y), y)
		}, "copy ln ew"},
		{"a transpose that moves nothing is free", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("v", graph.Reshape{To: graph.Shape{16, 1, 4}}, x)
			y = b.Add("t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, y)
			return b.Add("s", graph.Softmax{}, y)
		}, "softmax"},
		{"linear on one vector", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("fc", graph.Linear{Out: 10}, b.Add("p", graph.GlobalPool{}, x))
		}, "reduce fc"},
		{"scaling reads a slice as it is", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("s", graph.Scale{Value: 2}, b.Add("half", graph.Slice{Axis: 1, End: 2}, x))
		}, "ew"},
		{"but not one of what a transpose scatters", func(b *graph.Builder, x *graph.Node) *graph.Node {
			y := b.Add("t", graph.Transpose{Perm: []int{0, 3, 1, 2}}, x)
			return b.Add("s", graph.Scale{Value: 2}, b.Add("half", graph.Slice{Axis: 1, End: 2}, y))
		}, "copy ew"},
		{"an output that is a view is copied", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("t", graph.Transpose{Perm: []int{0, 2, 3, 1}}, b.Add("c", conv, x))
		}, "conv copy"},
	}
	for _, test := range tests {
		var b graph.Builder
		out := test.build(&b, b.Input("x", graph.Shape{2, 4, 4, 4}))
		g, err := b.Graph(out)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var got []string
		for _, k := range g.Kernels() {
			word := k.Class.String()
			if k.Class == graph.KConv && k.In > 64 {
				word += "+64" // reads the residual of 64 elements too
			}
			got = append(got, word)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

func sprint(s graph.Shape) string { return fmt.Sprint([]int(s)) }
