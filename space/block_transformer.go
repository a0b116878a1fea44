package space

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// Transformer is attention and MLP on all channels, with S.
const Transformer Block = 1

var _ = register(Transformer, kind{
	name: "Transformer", letter: "T", run: true, add: Part.addTransformers,
	global: func(s Stage) int { return s.Width },
})

// expansion of the MLP in all Transformer blocks (TRT-ViT, section 4.1).
const expansion = 3

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

func tokens(b *graph.Builder, name string, x *graph.Node) (t *graph.Node, h, w int) {
	if x == nil {
		return nil, 0, 0
	}
	return layer.ToTokens(b, name, x), x.Shape[2], x.Shape[3]
}
