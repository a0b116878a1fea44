package reference

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// coatnet is a CoAtNet (arXiv 2106.04803, tables 3 and 4; timm's maxxvit.py):
// two stages of inverted residuals, then two of Transformer blocks with a
// relative position bias, all in feature maps and with the norm first.
type coatnet struct {
	stem, dim int // channels of the stem and of the first stage; the latter doubles
	depths    []int
}

const coatnetEps = 1e-6 // of layer normalisation

func coatnets() []Network {
	const source = "timm 1.0 (parameters and MACs of coatnet_0_224, coatnet_1_224, coatnet_2_224)"
	table := []struct {
		name         string
		net          coatnet
		params, macs int64
	}{
		{"CoAtNet-0", coatnet{64, 96, []int{2, 3, 5, 2}}, 25_036_820, 4_546_507_776},
		{"CoAtNet-1", coatnet{64, 96, []int{2, 6, 14, 2}}, 42_225_776, 8_643_499_008},
		{"CoAtNet-2", coatnet{128, 128, []int{2, 6, 14, 2}}, 74_684_744, 16_427_134_976},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		widths := []int{n.dim, 2 * n.dim, 4 * n.dim, 8 * n.dim}
		rows := convolutions(n.depths[:2], widths[:2], []int{3, 3})
		all = append(all, Network{
			Name: row.name, Family: "CoAtNet", Definition: Public,
			lower:     staged{stages: 4, stem: n.addStem, stage: n.addStage, head: pooledHead(coatnetEps, widths[3])}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      append(rows, transformers(n.depths[2:], widths[2:], nil)...),
		})
	}
	return all
}

func (n coatnet) addStem(b *graph.Builder, x *graph.Node) *graph.Node {
	b.Scope("stem", func() {
		x = layer.ConvBNAct(b, "conv1", x, n.stem, 3, 2, 1, graph.GELU)
		x = b.Add("conv2", graph.Conv{Out: n.stem, Kernel: 3, Stride: 1, Pad: 1}, x)
	})
	return x
}

func (n coatnet) addStage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	dim := n.dim << i
	return blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		stride := 1
		if j == 0 {
			stride = 2
		}
		if i < 2 {
			return n.convBlock(b, x, dim, stride)
		}
		b.As(graph.Transformer, func() { x = n.transformer(b, x, dim, stride) })
		return x
	})
}

// shortcut halves the resolution by average pooling and brings x to dim
// channels.
func (coatnet) shortcut(b *graph.Builder, x *graph.Node, dim, stride int) *graph.Node {
	if stride == 1 {
		return x
	}
	c := x.Shape[1]
	x = b.Add("shortcut.pool", graph.Pool{Kernel: 2, Stride: 2}, x)
	if c != dim {
		x = b.Add("shortcut", graph.Conv{Out: dim, Kernel: 1, Stride: 1, Bias: true}, x)
	}
	return x
}

// convBlock is an inverted residual with a normalisation before it.
func (n coatnet) convBlock(b *graph.Builder, x *graph.Node, dim, stride int) *graph.Node {
	short := n.shortcut(b, x, dim, stride)
	b.Stage -= stride / 2 // still at the previous stage's resolution
	y := b.Add("norm", graph.BatchNorm{}, x)
	y = layer.ConvBNAct(b, "expand", y, 4*dim, 1, 1, 1, graph.GELU)
	b.Stage += stride / 2
	y = layer.ConvBNAct(b, "depthwise", y, 4*dim, 3, stride, 4*dim, graph.GELU)
	b.Scope("se", func() { y = layer.SqueezeExcite(b, y, dim/4, graph.SiLU) })
	y = b.Add("project", graph.Conv{Out: dim, Kernel: 1, Stride: 1, Bias: true}, y)
	return b.Add("add", graph.Add{}, y, short)
}

func (n coatnet) transformer(b *graph.Builder, x *graph.Node, dim, stride int) *graph.Node {
	short := n.shortcut(b, x, dim, stride)
	y := layer.NormMap(b, "norm1", x, coatnetEps)
	if stride == 2 {
		y = b.Add("norm1.pool", graph.Pool{Kernel: 2, Stride: 2}, y)
	}
	b.Scope("attn", func() { y = n.attention(b, y, dim) })
	x = b.Add("add1", graph.Add{}, y, short)
	y = layer.NormMap(b, "norm2", x, coatnetEps)
	y = b.Add("mlp.fc1", graph.Conv{Out: 4 * dim, Kernel: 1, Stride: 1, Bias: true}, y)
	y = b.Add("mlp.act", graph.Activation{Kind: graph.GELU}, y)
	y = b.Add("mlp.fc2", graph.Conv{Out: dim, Kernel: 1, Stride: 1, Bias: true}, y)
	return b.Add("add2", graph.Add{}, y, x)
}

// attention among all pixels of a feature map, with heads of 32 channels; the
// pixels stay on the last axis.
func (coatnet) attention(b *graph.Builder, x *graph.Node, dim int) *graph.Node {
	const headDim = 32
	heads := dim / headDim
	x = b.Add("qkv", graph.Conv{Out: 3 * dim, Kernel: 1, Stride: 1, Bias: true}, x)
	if x == nil {
		return nil
	}
	h, w := x.Shape[2], x.Shape[3]
	x = b.Add("qkv.split", graph.Reshape{To: graph.Shape{heads, 3 * headDim, h * w}}, x)
	part := func(name string, i int) *graph.Node {
		return b.Add(name, graph.Slice{Axis: 2, Start: i * headDim, End: (i + 1) * headDim}, x)
	}
	q := b.Add("q.t", graph.Transpose{Perm: []int{0, 1, 3, 2}}, part("q", 0))
	scores := b.Add("scores", graph.MatMul{Scale: layer.Scaled(dim, heads)}, q, part("k", 1))
	table := b.Add("bias.table", graph.Param{Shape: graph.Shape{1, (2*h - 1) * (2*w - 1), heads}})
	bias := b.Add("bias", graph.RelativeBias{Window: graph.Window{Height: h, Width: w}}, table)
	bias = b.Add("bias.heads", graph.Reshape{To: graph.Shape{heads, h * w, h * w}}, bias)
	scores = b.Add("bias.add", graph.Add{}, scores, bias)
	scores = b.Add("softmax", graph.Softmax{}, scores)
	y := b.Add("context", graph.MatMul{TransB: true}, part("v", 2), scores)
	y = b.Add("context.map", graph.Reshape{To: graph.Shape{dim, h, w}}, y)
	return b.Add("proj", graph.Conv{Out: dim, Kernel: 1, Stride: 1, Bias: true}, y)
}
