package layer

import "github.com/trtnas/trtnas/space/graph"

// ConvBNAct is ConvBN with an activation behind it. Names: name, name.bn,
// name.act.
func ConvBNAct(b *graph.Builder, name string, x *graph.Node, out, kernel, stride, groups int, act graph.Kind) *graph.Node {
	x = ConvBN(b, name, x, out, kernel, stride, groups)
	return b.Add(name+".act", graph.Activation{Kind: act}, x)
}

// SqueezeExcite scales each channel of a feature map by a gate that two fully
// connected layers compute from the channels' averages (arXiv 1709.01507,
// section 3.1). They are 1x1 convolutions of a single pixel.
func SqueezeExcite(b *graph.Builder, x *graph.Node, reduced int, act graph.Kind) *graph.Node {
	if x == nil {
		return nil
	}
	c := x.Shape[1]
	y := b.Add("pool", graph.GlobalPool{}, x)
	y = b.Add("pixel", graph.Reshape{To: graph.Shape{c, 1, 1}}, y)
	y = b.Add("reduce", graph.Conv{Out: reduced, Kernel: 1, Stride: 1, Bias: true}, y)
	y = b.Add("act", graph.Activation{Kind: act}, y)
	y = b.Add("expand", graph.Conv{Out: c, Kernel: 1, Stride: 1, Bias: true}, y)
	y = b.Add("gate", graph.Activation{Kind: graph.Sigmoid}, y)
	return b.Add("mul", graph.Mul{}, x, y)
}

// InvertedResidual is a 1x1 convolution that widens, a depthwise one, and a
// 1x1 one that narrows without an activation, with a residual where the shape
// stays (MobileNetV2, arXiv 1801.04381, section 3.3).
type InvertedResidual struct {
	Mid, Out, Kernel, Stride int
	Act                      graph.Kind
	Squeeze                  int  // channels of a squeeze-and-excitation behind the depthwise convolution, 0 for none
	Narrow                   bool // Mid is the input's width: no convolution widens
}

// Add adds the block.
func (l InvertedResidual) Add(b *graph.Builder, x *graph.Node) *graph.Node {
	if b.Err() != nil {
		return nil
	}
	y := x
	if !l.Narrow {
		if l.Stride == 2 {
			b.Stage-- // still at the previous stage's resolution
		}
		y = ConvBNAct(b, "expand", y, l.Mid, 1, 1, 1, l.Act)
		if l.Stride == 2 {
			b.Stage++
		}
	}
	y = ConvBNAct(b, "depthwise", y, l.Mid, l.Kernel, l.Stride, l.Mid, l.Act)
	if l.Squeeze > 0 {
		b.Scope("se", func() { y = SqueezeExcite(b, y, l.Squeeze, l.Act) })
	}
	y = ConvBN(b, "project", y, l.Out, 1, 1, 1)
	if l.Stride == 1 && x.Shape[1] == l.Out {
		y = b.Add("add", graph.Add{}, y, x)
	}
	return y
}

// NormMap normalises the channels of a feature map at each pixel, by way of a
// channels-last layout and back.
func NormMap(b *graph.Builder, name string, x *graph.Node, eps float64) *graph.Node {
	x = b.Add(name+".last", graph.Transpose{Perm: []int{0, 2, 3, 1}}, x)
	x = b.Add(name, graph.LayerNorm{Eps: eps}, x)
	return b.Add(name+".first", graph.Transpose{Perm: []int{0, 3, 1, 2}}, x)
}
