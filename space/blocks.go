package space

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// expansion of the MLP in all Transformer blocks (TRT-ViT, section 4.1).
const expansion = 3

// addTransformers adds the stage's Transformer blocks. Tokens stay tokens
// between them. Where the resolution or the width changes, a patch embedding
// comes first: a convolution with kernel and stride 2 (or 1x1), then layer
// normalisation, as in PVT (arXiv 2102.12122, section 3.2).
func (p Part) addTransformers(b *graph.Builder, x *graph.Node, stride int) *graph.Node {
	if b.Err() != nil {
		return nil
	}
	s := p.stage
	embed := stride != 1 || x.Shape[1] != s.Width
	if embed {
		x = b.Add("embed", graph.Conv{Out: s.Width, Kernel: stride, Stride: stride, Bias: true}, x)
	}
	x, h, w := tokens(b, "embed.tokens", x)
	if embed {
		x = b.Add("embed.norm", graph.LayerNorm{Eps: 1e-5}, x)
	}
	for i := range s.Mixed {
		b.Scope(fmt.Sprintf("b%d", s.Depth-s.Mixed+i+1), func() {
			x = p.transformer(s.Width, h, w).Add(b, x)
		})
	}
	return layer.ToMap(b, "map", x, h, w)
}

func (p Part) transformer(channels, h, w int) layer.Transformer {
	return layer.Transformer{
		Heads: channels / HeadDim, Hidden: expansion * channels, QKVBias: true,
		Reduce: p.stage.S, By: layer.Reduction(p.reduction), Height: h, Width: w,
	}
}

// global runs a Transformer block on a feature map.
func (p Part) global(b *graph.Builder, x *graph.Node) *graph.Node {
	x, h, w := tokens(b, "tokens", x)
	if x == nil {
		return nil
	}
	x = p.transformer(x.Shape[2], h, w).Add(b, x)
	return layer.ToMap(b, "map", x, h, w)
}

func tokens(b *graph.Builder, name string, x *graph.Node) (t *graph.Node, h, w int) {
	if x == nil {
		return nil, 0, 0
	}
	return layer.ToTokens(b, name, x), x.Shape[2], x.Shape[3]
}

// local runs a BottleNeck on a feature map.
func (p Part) local(b *graph.Builder, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	c := x.Shape[1]
	return layer.BottleNeck{Mid: c / 4, Out: c, Kernel: p.stage.K, Stride: 1}.Add(b, x)
}

// addMixed adds a MixBlock A, B or C.
func (p Part) addMixed(b *graph.Builder, x *graph.Node, stride int) *graph.Node {
	c, t := p.stage.Width, p.stage.Global()
	var g, l *graph.Node
	switch p.stage.Block {
	case MixBlockA:
		x = layer.ConvBN(b, "proj", x, c, 1, stride, 1)
		g = p.global(b, b.Add("split.global", graph.Slice{Axis: 1, Start: 0, End: t}, x))
		l = p.local(b, b.Add("split.local", graph.Slice{Axis: 1, Start: t, End: c}, x))
	case MixBlockB:
		l = p.local(b, layer.ConvBN(b, "proj", x, c-t, 1, stride, 1))
		g = p.global(b, widen(b, l, t))
	default:
		g = p.global(b, layer.ConvBN(b, "proj", x, t, 1, stride, 1))
		l = p.local(b, widen(b, g, c-t))
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
