package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// nextvit is a Next-ViT (arXiv 2207.05501, table 3; timm's nextvit.py): blocks
// of grouped convolutions, and behind every so many of them one that joins
// attention on three quarters of the channels with convolutions on the rest.
type nextvit struct{ third int } // depth of the third stage

// nextvitStages: in stages 2 and 4 the last block is a Transformer block, in
// stage 3 every fifth; it has another width than the blocks before it.
var nextvitStages = [4]struct{ depth, conv, out, reduce int }{
	{3, 96, 96, 8}, {4, 192, 256, 4}, {0, 384, 512, 2}, {3, 768, 1024, 1},
}

func nextvits() []Network {
	const source = "timm 1.0 (parameters and MACs of nextvit_small, nextvit_base, nextvit_large)"
	table := []struct {
		name         string
		net          nextvit
		params, macs int64
	}{
		{"Next-ViT-S", nextvit{10}, 31_763_368, 5_794_420_224},
		{"Next-ViT-B", nextvit{20}, 44_818_856, 8_273_817_088},
		{"Next-ViT-L", nextvit{30}, 57_874_344, 10_753_213_952},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		var rows []space.Stage
		for i, s := range nextvitStages {
			r := space.Stage{Depth: n.depth(i), Width: s.out, S: 1, K: 3}
			for j := range r.Depth {
				if n.transformer(i, j) {
					r.Mixed, r.Block, r.R, r.S = r.Mixed+1, space.MixBlockC, 0.75, s.reduce
				}
			}
			rows = append(rows, r)
		}
		all = append(all, Network{
			Name: row.name, Family: "Next-ViT", Definition: Public,
			lower:     staged{stages: 4, stem: nextvitStem, stage: n.stage, head: normHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      rows,
		})
	}
	return all
}

func (n nextvit) depth(i int) int {
	if i == 2 {
		return n.third
	}
	return nextvitStages[i].depth
}

// transformer reports whether block j of stage i has attention.
func (n nextvit) transformer(i, j int) bool {
	switch i {
	case 0:
		return false
	case 2:
		return j%5 == 4
	}
	return j == n.depth(i)-1
}

func nextvitStem(b *graph.Builder, x *graph.Node) *graph.Node {
	x = layer.ConvBNReLU(b, "stem.conv1", x, 64, 3, 2, 1)
	x = layer.ConvBNReLU(b, "stem.conv2", x, 32, 3, 1, 1)
	x = layer.ConvBNReLU(b, "stem.conv3", x, 64, 3, 1, 1)
	b.Stage++
	return layer.ConvBNReLU(b, "stem.conv4", x, 64, 3, 2, 1)
}

func (n nextvit) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	s := nextvitStages[i]
	return blocks(b, x, n.depth(i), func(j int, x *graph.Node) *graph.Node {
		if i > 0 && j == 0 {
			x = b.Add("embed.pool", graph.Pool{Kernel: 2, Stride: 2}, x)
		}
		if n.transformer(i, j) {
			return transformerConv(b, x, s.out, s.reduce)
		}
		x = widen(b, "embed", x, s.conv)
		return mix1x1(b, groupMix(b, x), 3*s.conv)
	})
}

// widen brings the map to the given channels where it has others.
func widen(b *graph.Builder, name string, x *graph.Node, to int) *graph.Node {
	if x.Shape[1] == to {
		return x
	}
	return layer.ConvBN(b, name, x, to, 1, 1, 1)
}

// groupMix is x + conv1x1(ReLU(BN(conv3x3(x)))), in groups of 32 channels.
func groupMix(b *graph.Builder, x *graph.Node) *graph.Node {
	c := x.Shape[1]
	y := layer.ConvBNReLU(b, "mhca", x, c, 3, 1, c/32)
	y = b.Add("mhca.proj", graph.Conv{Out: c, Kernel: 1, Stride: 1}, y)
	return b.Add("mhca.add", graph.Add{}, x, y)
}

// mix1x1 is x plus an MLP of 1x1 convolutions on the normalised map.
func mix1x1(b *graph.Builder, x *graph.Node, hidden int) *graph.Node {
	y := b.Add("norm", graph.BatchNorm{}, x)
	y = b.Add("mlp.fc1", graph.Conv{Out: hidden, Kernel: 1, Stride: 1, Bias: true}, y)
	y = b.Add("mlp.relu", graph.Activation{Kind: graph.ReLU}, y)
	y = b.Add("mlp.fc2", graph.Conv{Out: x.Shape[1], Kernel: 1, Stride: 1, Bias: true}, y)
	return b.Add("mlp.add", graph.Add{}, x, y)
}

// transformerConv is attention, then convolutions on a narrow projection of
// its output, the two concatenated, and an MLP.
func transformerConv(b *graph.Builder, x *graph.Node, out, reduce int) *graph.Node {
	global := out * 3 / 4
	x = widen(b, "embed", x, global)
	h, w := x.Shape[2], x.Shape[3]
	b.As(graph.Transformer, func() {
		y := b.Add("norm1", graph.BatchNorm{}, x)
		y = layer.ToTokens(b, "tokens", y)
		b.Scope("attn", func() { y = pooledAttention(b, y, global/32, reduce) })
		x = b.Add("attn.add", graph.Add{}, x, layer.ToMap(b, "map", y, h, w))
	})
	local := groupMix(b, layer.ConvBN(b, "proj", x, out-global, 1, 1, 1))
	x = b.Add("concat", graph.Concat{Axis: 1}, x, local)
	return mix1x1(b, x, 2*out)
}

// pooledAttention averages reduce*reduce tokens that follow each other, as the
// authors do, into one key and value.
func pooledAttention(b *graph.Builder, x *graph.Node, heads, reduce int) *graph.Node {
	n, c := x.Shape[1], x.Shape[2]
	linear := func(name string, x *graph.Node) *graph.Node {
		return b.Add(name, graph.Linear{Out: c, Bias: true}, x)
	}
	q := linear("q", x)
	if reduce > 1 {
		m := n / (reduce * reduce)
		x = b.Add("sr.t", graph.Transpose{Perm: []int{0, 2, 1}}, x)
		x = b.Add("sr.runs", graph.Reshape{To: graph.Shape{c * m, reduce, reduce}}, x)
		x = b.Add("sr", graph.Pool{Kernel: reduce, Stride: reduce}, x)
		x = b.Add("sr.map", graph.Reshape{To: graph.Shape{c, 1, m}}, x)
		x = b.Add("sr.norm", graph.BatchNorm{}, x)
		x = layer.ToTokens(b, "sr.tokens", x)
	}
	k, v := linear("k", x), linear("v", x)
	q = b.Add("q.scale", graph.Scale{Value: layer.Scaled(c, heads)}, q)
	q, k, v = layer.SplitHeads(b, "q", q, heads), layer.SplitHeads(b, "k", k, heads), layer.SplitHeads(b, "v", v, heads)
	x = layer.MergeHeads(b, "context", layer.Attend(b, q, k, v, layer.Scores{}))
	return linear("proj", x)
}
