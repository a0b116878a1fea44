// Package layer adds the layers that networks are made of to a graph:
// convolutions with their normalisation, attention, BottleNecks.
package layer

import "github.com/trtnas/trtnas/space/graph"

// ConvBN adds a convolution without bias, padded to keep the extent at stride
// 1, and its batch normalisation. Names: name, name.bn.
func ConvBN(b *graph.Builder, name string, x *graph.Node, out, kernel, stride, groups int) *graph.Node {
	x = b.Add(name, graph.Conv{Out: out, Kernel: kernel, Stride: stride, Pad: kernel / 2, Groups: groups}, x)
	return b.Add(name+".bn", graph.BatchNorm{}, x)
}

// ConvBNReLU is ConvBN with a ReLU behind it.
func ConvBNReLU(b *graph.Builder, name string, x *graph.Node, out, kernel, stride, groups int) *graph.Node {
	x = ConvBN(b, name, x, out, kernel, stride, groups)
	return b.Add(name+".relu", graph.Activation{Kind: graph.ReLU}, x)
}

// ToTokens turns a feature map [B,C,H,W] into tokens [B,H*W,C].
func ToTokens(b *graph.Builder, name string, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	s := x.Shape
	x = b.Add(name+".flat", graph.Reshape{To: graph.Shape{s[1], s[2] * s[3]}}, x)
	return b.Add(name, graph.Transpose{Perm: []int{0, 2, 1}}, x)
}

// ToMap turns tokens [B,h*w,C] into a feature map [B,C,h,w].
func ToMap(b *graph.Builder, name string, x *graph.Node, h, w int) *graph.Node {
	if x == nil {
		return nil
	}
	c := x.Shape[2]
	x = b.Add(name+".t", graph.Transpose{Perm: []int{0, 2, 1}}, x)
	return b.Add(name, graph.Reshape{To: graph.Shape{c, h, w}}, x)
}

// Classifier adds global average pooling and the linear layer to classes.
func Classifier(b *graph.Builder, x *graph.Node, classes int) *graph.Node {
	b.Stage = 0
	var out *graph.Node
	b.As(graph.Head, func() {
		x = b.Add("pool", graph.GlobalPool{}, x)
		out = b.Add("fc", graph.Linear{Out: classes, Bias: true}, x)
	})
	return out
}

// BottleNeck is 1x1, KxK, 1x1 with batch normalisation, ReLU and a residual
// (He et al., arXiv 1512.03385, figure 5), the stride in the KxK convolution.
type BottleNeck struct {
	Mid, Out, Kernel, Stride int
	Groups                   int // of the KxK convolution; 0 means 1
	Squeeze                  int // channels of a squeeze-and-excitation behind it, 0 for none
	// Where the shortcut needs a projection, it is computed before the main
	// path, or after it as torchvision does; the addition is fused into the
	// later one.
	ShortcutLast bool
}

// Add adds the block.
func (l BottleNeck) Add(b *graph.Builder, x *graph.Node) (out *graph.Node) {
	if b.Err() != nil {
		return nil
	}
	b.As(graph.BottleNeck, func() { out = l.add(b, x) })
	return out
}

func (l BottleNeck) add(b *graph.Builder, x *graph.Node) *graph.Node {
	short := x
	project := func() {
		if l.Stride != 1 || x.Shape[1] != l.Out {
			short = ConvBN(b, "shortcut", x, l.Out, 1, l.Stride, 1)
		}
	}
	if !l.ShortcutLast {
		project()
	}
	if l.Stride == 2 {
		b.Stage-- // conv1 still works at the previous stage's resolution
	}
	y := ConvBNReLU(b, "conv1", x, l.Mid, 1, 1, 1)
	if l.Stride == 2 {
		b.Stage++
	}
	y = ConvBNReLU(b, "conv2", y, l.Mid, l.Kernel, l.Stride, max(1, l.Groups))
	if l.Squeeze > 0 {
		b.Scope("se", func() { y = SqueezeExcite(b, y, l.Squeeze, graph.ReLU) })
	}
	y = ConvBN(b, "conv3", y, l.Out, 1, 1, 1)
	if l.ShortcutLast {
		project()
	}
	y = b.Add("add", graph.Add{}, y, short)
	return b.Add("relu", graph.Activation{Kind: graph.ReLU}, y)
}
