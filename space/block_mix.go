package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// The MixBlocks of TRT-ViT (arXiv 2205.09579, section 3) start with a 1x1
// convolution and end with the concatenation of a global part, from a
// Transformer, and a local part, from a BottleNeck. This is what they share.

// ratio is the global part's channels by R; each part has one head's at least.
func ratio(s Stage) int { return min(round32(s.R*float64(s.Width)), s.Width-HeadDim) }

// local is the number of channels of the local part.
func (p Part) local() int { return p.width - p.global }

// addGlobal runs a Transformer block on a feature map.
func (p Part) addGlobal(b *graph.Builder, x *graph.Node) *graph.Node {
	x, h, w := tokens(b, "tokens", x)
	x = p.transformer(h, w).Add(b, x)
	return layer.ToMap(b, "map", x, h, w)
}

// addLocal runs a BottleNeck on a feature map.
func (p Part) addLocal(b *graph.Builder, x *graph.Node) *graph.Node {
	return layer.BottleNeck{Mid: p.local() / 4, Out: p.local(), Kernel: p.k, Stride: 1}.Add(b, x)
}

func concat(b *graph.Builder, global, local *graph.Node) *graph.Node {
	return b.Add("concat", graph.Concat{Axis: 1}, global, local)
}

// widen brings the first part's output to the second part's channels, where
// the two differ.
func widen(b *graph.Builder, x *graph.Node, channels int) *graph.Node {
	if x == nil || x.Shape[1] == channels {
		return x
	}
	return layer.ConvBN(b, "widen", x, channels, 1, 1, 1)
}
