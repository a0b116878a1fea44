package space

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// expansion of the MLP in all Transformer blocks (TRT-ViT, section 4.1).
const expansion = 3

// addBlock adds a BottleNeck or a MixBlock.
func (p Part) addBlock(b *graph.Builder, x *graph.Node) *graph.Node {
	if p.block == BottleNeck {
		last := p.stem == ResNetStem
		return layer.BottleNeck{Mid: p.width / 4, Out: p.width, Kernel: p.k, Stride: p.stride, ShortcutLast: last}.Add(b, x)
	}
	return p.addMixed(b, x)
}

// addTransformers adds a run of Transformer blocks. Tokens stay tokens between
// them. Where the resolution or the width changes, a patch embedding comes
// first: a convolution with kernel and stride 2 (or 1x1), then layer
// normalisation, as in PVT (arXiv 2102.12122, section 3.2).
func (p Part) addTransformers(b *graph.Builder, x *graph.Node, block int) *graph.Node {
	embed := p.stride != 1 || x.Shape[1] != p.width
	if embed {
		x = b.Add("embed", graph.Conv{Out: p.width, Kernel: p.stride, Stride: p.stride, Bias: true}, x)
	}
	x, h, w := tokens(b, "embed.tokens", x)
	if embed {
		x = b.Add("embed.norm", graph.LayerNorm{Eps: 1e-5}, x)
	}
	for i := range p.run {
		b.Scope(fmt.Sprintf("b%d", block+i), func() { x = p.transformer(h, w).Add(b, x) })
	}
	return layer.ToMap(b, "map", x, h, w)
}

func (p Part) transformer(h, w int) layer.Transformer {
	return layer.Transformer{
		Heads: p.global / HeadDim, Hidden: expansion * p.global, QKVBias: true,
		Reduce: p.s, By: layer.Reduction(p.reduction), Height: h, Width: w,
	}
}

// addGlobal runs a Transformer block on a feature map.
func (p Part) addGlobal(b *graph.Builder, x *graph.Node) *graph.Node {
	x, h, w := tokens(b, "tokens", x)
	x = p.transformer(h, w).Add(b, x)
	return layer.ToMap(b, "map", x, h, w)
}

func tokens(b *graph.Builder, name string, x *graph.Node) (t *graph.Node, h, w int) {
	if x == nil {
		return nil, 0, 0
	}
	return layer.ToTokens(b, name, x), x.Shape[2], x.Shape[3]
}

// addLocal runs a BottleNeck on a feature map.
func (p Part) addLocal(b *graph.Builder, x *graph.Node) *graph.Node {
	c := p.width - p.global
	return layer.BottleNeck{Mid: c / 4, Out: c, Kernel: p.k, Stride: 1}.Add(b, x)
}

// addMixed adds a MixBlock A, B or C.
func (p Part) addMixed(b *graph.Builder, x *graph.Node) *graph.Node {
	c, t := p.width, p.global
	var g, l *graph.Node
	switch p.block {
	case MixBlockA:
		x = layer.ConvBN(b, "proj", x, c, 1, p.stride, 1)
		g = p.addGlobal(b, b.Add("split.global", graph.Slice{Axis: 1, Start: 0, End: t}, x))
		l = p.addLocal(b, b.Add("split.local", graph.Slice{Axis: 1, Start: t, End: c}, x))
	case MixBlockB:
		l = p.addLocal(b, layer.ConvBN(b, "proj", x, c-t, 1, p.stride, 1))
		g = p.addGlobal(b, widen(b, l, t))
	default:
		g = p.addGlobal(b, layer.ConvBN(b, "proj", x, t, 1, p.stride, 1))
		l = p.addLocal(b, widen(b, g, c-t))
	}
	return b.Add("concat", graph.Concat{Axis: 1}, g, l)
}

// widen brings the first part's output to the second part's channels, where
// the two differ.
func widen(b *graph.Builder, x *graph.Node, channels int) *graph.Node {
	if x == nil || x.Shape[1] == channels {
		return x
	}
	return layer.ConvBN(b, "widen", x, channels, 1, 1, 1)
}
