package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// efficientformer is an EfficientFormer (arXiv 2206.01191, section 4 and
// appendix; timm's efficientformer.py): blocks of pooling in feature maps, the
// last ones of the last stage of attention.
type efficientformer struct {
	depths, dims []int
	attentions   int // blocks with attention
}

// Attention's heads, and the channels of each for queries and keys and for
// values.
const (
	efficientformerHeads = 8
	efficientformerKey   = 32
	efficientformerValue = 128
)

func efficientformers() []Network {
	const source = "timm 1.0 (parameters and MACs of efficientformer_{l1,l3,l7})"
	table := []struct {
		name         string
		net          efficientformer
		params, macs int64
	}{
		{"EfficientFormer-L1", efficientformer{[]int{3, 2, 6, 4}, []int{48, 96, 224, 448}, 1}, 12_289_928, 1_291_284_736},
		{"EfficientFormer-L3", efficientformer{[]int{4, 4, 12, 6}, []int{64, 128, 320, 512}, 4}, 31_406_000, 3_906_573_312},
		{"EfficientFormer-L7", efficientformer{[]int{6, 6, 18, 8}, []int{96, 192, 384, 768}, 8}, 82_229_328, 10_119_325_696},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		rows := convolutions(n.depths, n.dims, []int{3, 3, 3, 3})
		rows[3].Block, rows[3].Mixed, rows[3].R = space.Transformer, n.attentions, 1
		all = append(all, Network{
			Name: row.name, Family: "EfficientFormer", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stem: n.stem, stage: n.stage, head: twoHeads}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      rows,
		})
	}
	return all
}

func (n efficientformer) stem(b *graph.Builder, x *graph.Node) *graph.Node {
	b.Scope("stem", func() {
		x = biasedConvBN(b, "conv1", x, n.dims[0]/2, 3, 2)
		x = b.Add("conv1.relu", graph.Activation{Kind: graph.ReLU}, x)
		b.Stage = 2
		x = biasedConvBN(b, "conv2", x, n.dims[0], 3, 2)
		x = b.Add("conv2.relu", graph.Activation{Kind: graph.ReLU}, x)
	})
	return x
}

// biasedConvBN is layer.ConvBN with a bias of the convolution's own.
func biasedConvBN(b *graph.Builder, name string, x *graph.Node, out, kernel, stride int) *graph.Node {
	x = b.Add(name, graph.Conv{Out: out, Kernel: kernel, Stride: stride, Pad: kernel / 2, Bias: true}, x)
	return b.Add(name+".bn", graph.BatchNorm{}, x)
}

func (n efficientformer) stage(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node {
	if i > 0 {
		x = biasedConvBN(b, "down", x, n.dims[i], 3, 2)
	}
	if x == nil {
		return nil
	}
	pooling, h, w := n.depths[i], x.Shape[2], x.Shape[3]
	if i == len(n.depths)-1 {
		pooling -= n.attentions
	}
	x = blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		if j < pooling {
			return n.poolBlock(b, x, n.dims[i])
		}
		if j == pooling {
			x = layer.ToTokens(b, "tokens", x)
		}
		return n.attentionBlock(b, x, h, w)
	})
	if last || pooling == n.depths[i] {
		return x
	}
	return layer.ToMap(b, "map", x, h, w)
}

func (efficientformer) poolBlock(b *graph.Builder, x *graph.Node, dim int) *graph.Node {
	x = poolMixer(b, x, x)
	y := biasedConvBN(b, "mlp.fc1", x, 4*dim, 1, 1)
	y = b.Add("mlp.act", graph.Activation{Kind: graph.GELU}, y)
	y = biasedConvBN(b, "mlp.fc2", y, dim, 1, 1)
	return scaledAdd(b, "2", x, y)
}

func (n efficientformer) attentionBlock(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	b.As(graph.Transformer, func() {
		y := b.Add("norm1", graph.LayerNorm{Eps: 1e-5}, x)
		b.Scope("attn", func() { y = n.attention(b, y, h, w) })
		y = b.Add("scale1", graph.LayerScale{Axis: 2}, y)
		x = b.Add("add1", graph.Add{}, x, y)
		y = b.Add("norm2", graph.LayerNorm{Eps: 1e-5}, x)
		b.Scope("mlp", func() { y = layer.MLP(b, y, 4*y.Shape.Last(), graph.GELU) })
		y = b.Add("scale2", graph.LayerScale{Axis: 2}, y)
		x = b.Add("add2", graph.Add{}, x, y)
	})
	return x
}

// attention has wider values than keys, and a learned bias for each distance
// between two pixels of the h x w map.
func (efficientformer) attention(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	const heads, key, value = efficientformerHeads, efficientformerKey, efficientformerValue
	c := x.Shape.Last()
	qkv := b.Add("qkv", graph.Linear{Out: heads * (2*key + value), Bias: true}, x)
	qkv = layer.SplitHeads(b, "qkv", qkv, heads)
	q, k := layer.Channels(b, "q", qkv, 0, key), layer.Channels(b, "k", qkv, key, key)
	table := b.Add("bias.table", graph.Param{Shape: graph.Shape{1, heads, h * w}})
	bias := b.Add("bias", graph.DistanceBias{Height: h, Width: w}, table)
	y := layer.Attend(b, q, k, layer.Channels(b, "v", qkv, 2*key, value), layer.Scores{
		Scale: layer.Scaled(key, 1), Biases: []*graph.Node{bias},
	})
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, layer.MergeHeads(b, "context", y))
}

// twoHeads averages the logits of the classifier and of the one trained by
// distillation.
func twoHeads(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.Add("norm", graph.LayerNorm{Eps: 1e-5}, x)
	b.Stage = 0
	b.As(graph.Head, func() {
		x = b.Add("pool", graph.TokenMean{}, x)
		y := b.Add("fc", graph.Linear{Out: space.Classes, Bias: true}, x)
		z := b.Add("fc.distilled", graph.Linear{Out: space.Classes, Bias: true}, x)
		x = b.Add("mean", graph.Scale{Value: 0.5}, b.Add("sum", graph.Add{}, y, z))
	})
	return x
}
