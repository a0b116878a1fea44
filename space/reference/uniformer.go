package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// uniformer is a UniFormer (arXiv 2201.09450, section 3; the authors'
// image_classification/models/uniformer.py): two stages whose blocks mix
// pixels by depthwise convolutions, then two stages of attention over all
// pixels; each block begins with positions from a depthwise convolution.
type uniformer struct{ depths []int }

var uniformerDims = []int{64, 128, 320, 512}

// uniformerHead is the dimension of a head.
const uniformerHead = 64

func uniformers() []Network {
	const source = "the authors' uniformer.py, counted at 224x224 (their README: 22 M and 3.6 G, 50 M and 8.3 G)"
	table := []struct {
		name         string
		net          uniformer
		params, macs int64
	}{
		{"UniFormer-S", uniformer{[]int{3, 4, 8, 3}}, 21_545_256, 3_631_774_208},
		{"UniFormer-B", uniformer{[]int{5, 8, 20, 7}}, 49_776_552, 8_249_019_904},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		rows := transformers(n.depths, uniformerDims, nil)
		for i := range 2 {
			rows[i] = space.Stage{Depth: n.depths[i], Width: uniformerDims[i], S: 1, K: 5}
		}
		all = append(all, Network{
			Name: row.name, Family: "UniFormer", Definition: Public,
			lower:     staged{stages: 4, stage: n.stage, head: normHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      rows,
		})
	}
	return all
}

// normHead normalises a feature map and classifies its mean.
func normHead(b *graph.Builder, x *graph.Node) *graph.Node {
	return mapHead(b, b.Add("norm", graph.BatchNorm{}, x))
}

func (n uniformer) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	patch := 2
	if i == 0 {
		patch = 4
	}
	x, h, w := patchEmbed(b, x, graph.Conv{Out: uniformerDims[i], Kernel: patch, Stride: patch})
	x = layer.ToMap(b, "embed.map", x, h, w)
	return blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		c := x.Shape[1]
		y := b.Add("pos", graph.Conv{Out: c, Kernel: 3, Stride: 1, Pad: 1, Groups: c, Bias: true}, x)
		x = b.Add("pos.add", graph.Add{}, x, y)
		if i < 2 {
			return localBlock(b, x)
		}
		x = layer.ToTokens(b, "tokens", x)
		x = layer.PreNorm(b, x, 1e-6,
			func(x *graph.Node) *graph.Node { return globalAttention(b, x, c/uniformerHead) },
			func(x *graph.Node) *graph.Node { return layer.MLP(b, x, 4*c, graph.GELU) })
		return layer.ToMap(b, "map", x, h, w)
	})
}

// localBlock mixes pixels by a 5x5 depthwise convolution between two 1x1 ones,
// then channels by an MLP of 1x1 convolutions.
func localBlock(b *graph.Builder, x *graph.Node) *graph.Node {
	c := x.Shape[1]
	pointwise := func(name string, out int, x *graph.Node) *graph.Node {
		return b.Add(name, graph.Conv{Out: out, Kernel: 1, Stride: 1, Bias: true}, x)
	}
	y := pointwise("conv1", c, b.Add("norm1", graph.BatchNorm{}, x))
	y = b.Add("dw", graph.Conv{Out: c, Kernel: 5, Stride: 1, Pad: 2, Groups: c, Bias: true}, y)
	x = b.Add("add1", graph.Add{}, x, pointwise("conv2", c, y))
	y = pointwise("mlp.fc1", 4*c, b.Add("norm2", graph.BatchNorm{}, x))
	y = b.Add("mlp.gelu", graph.Activation{Kind: graph.GELU}, y)
	return b.Add("add2", graph.Add{}, x, pointwise("mlp.fc2", c, y))
}

// globalAttention is multi-head attention over all tokens, the scores scaled.
func globalAttention(b *graph.Builder, x *graph.Node, heads int) *graph.Node {
	c := x.Shape[2]
	qkv := b.Add("qkv", graph.Linear{Out: 3 * c, Bias: true}, x)
	part := func(name string, i int) *graph.Node {
		return layer.SplitHeads(b, name, layer.Channels(b, name, qkv, i*c, c), heads)
	}
	x = layer.Attend(b, part("q", 0), part("k", 1), part("v", 2), layer.Scores{Scale: layer.Scaled(c, heads)})
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, layer.MergeHeads(b, "context", x))
}
