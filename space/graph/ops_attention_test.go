package graph

import (
	"slices"
	"testing"
)

// The bias of PyTorch's Swin for a 2x2 window, written out.
func TestRelativeBiasIndex(t *testing.T) {
	r := RelativeBias{Window: Window{Height: 2, Width: 2}}
	want := []int{
		4, 3, 1, 0,
		5, 4, 2, 1,
		7, 6, 4, 3,
		8, 7, 5, 4,
	}
	if got := r.Index(); !slices.Equal(got, want) {
		t.Errorf("index %v, want %v", got, want)
	}
}

// A 4x4 map in 2x2 windows, shifted by one: in the last window every pixel
// comes from another corner, in the first all are neighbours.
func TestWindowMask(t *testing.T) {
	m := WindowMask{Height: 4, Width: 4, Window: Window{Height: 2, Width: 2}, Rows: 1, Columns: 1}
	v := m.Values()
	if len(v) != 4*4*4 {
		t.Fatalf("%d values", len(v))
	}
	for window, want := range []int{0, 8, 8, 12} {
		if got := masked(v[window*16 : (window+1)*16]); got != want {
			t.Errorf("window %d: %d pairs masked, want %d", window, got, want)
		}
	}
	m.Rows = 0
	v = m.Values()
	for window, want := range []int{0, 8, 0, 8} {
		if got := masked(v[window*16 : (window+1)*16]); got != want {
			t.Errorf("window %d without a shift of rows: %d pairs masked, want %d", window, got, want)
		}
	}
}

func masked(values []float32) (n int) {
	for _, x := range values {
		if x != 0 {
			n++
		}
	}
	return n
}

func TestAttentionShapes(t *testing.T) {
	tests := []struct {
		name string
		op   Op
		in   []Shape
		want Shape // nil where it must fail
	}{
		{"pad", Pad{After: Shape{0, 5, 5, 0}}, []Shape{{8, 16, 16, 64}}, Shape{8, 21, 21, 64}},
		{"pad of the batch", Pad{After: Shape{1, 0, 0, 0}}, []Shape{{8, 16, 16, 64}}, nil},
		{"negative pad", Pad{After: Shape{0, -1, 0, 0}}, []Shape{{8, 16, 16, 64}}, nil},
		{"roll", Roll{Rows: -3, Columns: -3}, []Shape{{8, 14, 14, 64}}, Shape{8, 14, 14, 64}},
		{"roll beyond", Roll{Rows: 14}, []Shape{{8, 14, 14, 64}}, nil},
		{"contiguous", Contiguous{}, []Shape{{8, 49, 64}}, Shape{8, 49, 64}},
		{"bias", RelativeBias{Window: Window{7, 7}}, []Shape{{1, 169, 3}}, Shape{1, 1, 3, 49, 49}},
		{"bias of another table", RelativeBias{Window: Window{7, 7}}, []Shape{{1, 168, 3}}, nil},
		{"mask", WindowMask{Height: 14, Width: 21, Window: Window{7, 7}}, nil, Shape{1, 6, 1, 49, 49}},
		{"mask of parts", WindowMask{Height: 15, Width: 21, Window: Window{7, 7}}, nil, nil},
		{"mean", TokenMean{}, []Shape{{8, 49, 64}}, Shape{8, 64}},
		{"mean of a map", TokenMean{}, []Shape{{8, 64, 7, 7}}, nil},
		{"stripes", Conv{Out: 64, Kernel: 3, Stride: 1, Pad: 1, Groups: 64, Window: Window{14, 7}}, []Shape{{8, 64, 14, 14}}, Shape{8, 64, 14, 14}},
		{"broken stripes", Conv{Out: 64, Kernel: 3, Stride: 1, Pad: 1, Groups: 64, Window: Window{14, 4}}, []Shape{{8, 64, 14, 14}}, nil},
	}
	for _, test := range tests {
		got, err := test.op.infer(test.in)
		if (err != nil) != (test.want == nil) || err == nil && !slices.Equal(got, test.want) {
			t.Errorf("%s: shape %v, error %v; want %v", test.name, got, err, test.want)
		}
	}
}

// classes of the kernels of what add appends to a map of 64 channels.
func classes(t *testing.T, add func(b *Builder, x *Node) *Node) []string {
	t.Helper()
	var b Builder
	x := b.Input("image", Shape{8, 64, 14, 14})
	g, err := b.Graph(add(&b, x))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range g.Kernels() {
		all = append(all, k.Class.String())
	}
	return all
}

// What is read in place, folded or stored decides how many copies there are.
func TestKernelsOfViews(t *testing.T) {
	tokens := func(b *Builder, x *Node) *Node {
		x = b.Add("flat", Reshape{To: Shape{64, 196}}, x)
		return b.Add("tokens", Transpose{Perm: []int{0, 2, 1}}, x)
	}
	dw := Conv{Out: 64, Kernel: 3, Stride: 1, Pad: 1, Groups: 64}
	linear := Linear{Out: 64}
	tests := []struct {
		name string
		add  func(b *Builder, x *Node) *Node
		want []string
	}{
		{"tokens of a map", func(b *Builder, x *Node) *Node {
			return b.Add("fc", linear, tokens(b, x))
		}, []string{"copy", "gemm"}},
		{"tokens of a depthwise convolution", func(b *Builder, x *Node) *Node {
			x = b.Add("bn", BatchNorm{}, b.Add("dw", dw, x))
			return b.Add("fc", linear, tokens(b, x))
		}, []string{"dw", "gemm"}},
		{"its sum with other tokens", func(b *Builder, x *Node) *Node {
			y := b.Add("dw", dw, x)
			return b.Add("add", Add{}, tokens(b, y), b.Add("ln", LayerNorm{}, tokens(b, x)))
		}, []string{"dw", "copy", "ln", "copy", "ew"}},
		{"windows of a depthwise convolution", func(b *Builder, x *Node) *Node {
			c := dw
			c.Window = Window{14, 7}
			return b.Add("dw", c, x)
		}, []string{"copy", "dw"}},
		{"scaled slice", func(b *Builder, x *Node) *Node {
			return b.Add("scale", Scale{Value: 2}, b.Add("slice", Slice{Axis: 1, Start: 0, End: 32}, x))
		}, []string{"ew"}},
		{"activated slice", func(b *Builder, x *Node) *Node {
			return b.Add("gelu", Activation{Kind: GELU}, b.Add("slice", Slice{Axis: 1, Start: 0, End: 32}, x))
		}, []string{"copy", "ew"}},
		{"stored between two transposes", func(b *Builder, x *Node) *Node {
			x = b.Add("stored", Contiguous{}, tokens(b, x))
			x = b.Add("t", Transpose{Perm: []int{0, 2, 1}}, x)
			return b.Add("ln", LayerNorm{}, x)
		}, []string{"copy", "copy", "ln"}},
		{"normalisation before a 1x1 convolution", func(b *Builder, x *Node) *Node {
			return b.Add("pw", Conv{Out: 64, Kernel: 1, Stride: 1}, b.Add("bn", BatchNorm{}, x))
		}, []string{"pw"}},
		{"normalisation before a 3x3 convolution", func(b *Builder, x *Node) *Node {
			return b.Add("conv", Conv{Out: 64, Kernel: 3, Stride: 1, Pad: 1}, b.Add("bn", BatchNorm{}, x))
		}, []string{"ew", "conv"}},
		{"normalisation of a slice before linear layers", func(b *Builder, x *Node) *Node {
			x = b.Add("bn", BatchNorm{}, b.Add("slice", Slice{Axis: 2, Start: 0, End: 7}, x))
			x = b.Add("row", Slice{Axis: 2, Start: 0, End: 7}, x)
			return b.Add("fc", linear, x)
		}, []string{"copy", "ew", "copy", "gemm"}},
		{"normalisation through an average", func(b *Builder, x *Node) *Node {
			x = b.Add("bn", BatchNorm{}, x)
			x = b.Add("pool", Pool{Kernel: 2, Stride: 2}, x)
			return b.Add("pw", Conv{Out: 32, Kernel: 1, Stride: 1}, x)
		}, []string{"pool", "pw"}},
		{"normalisation that is also an output's summand", func(b *Builder, x *Node) *Node {
			y := b.Add("bn", BatchNorm{}, x)
			return b.Add("add", Add{}, b.Add("pw", Conv{Out: 64, Kernel: 1, Stride: 1}, y), y)
		}, []string{"ew", "pw"}},
		{"padding and shifting", func(b *Builder, x *Node) *Node {
			x = b.Add("roll", Roll{Rows: 1}, x)
			return b.Add("pad", Pad{After: Shape{0, 0, 2, 0}}, x)
		}, []string{"copy", "copy"}},
	}
	for _, test := range tests {
		if got := classes(t, test.add); !slices.Equal(got, test.want) {
			t.Errorf("%s: kernels %v, want %v", test.name, got, test.want)
		}
	}
}
