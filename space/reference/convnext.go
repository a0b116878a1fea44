package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// convnext is a ConvNeXt (arXiv 2201.03545, section 2 and appendix A; timm's
// convnext.py): 7x7 depthwise convolutions, each before an MLP on
// channels-last pixels.
type convnext struct {
	depths []int
	dim    int // of the first stage; it doubles
}

const convnextEps = 1e-6

func convnexts() []Network {
	const source = "timm 1.0 (parameters and MACs of convnext_tiny, convnext_small, convnext_base)"
	table := []struct {
		name         string
		net          convnext
		params, macs int64
	}{
		{"ConvNeXt-T", convnext{[]int{3, 3, 9, 3}, 96}, 28_589_128, 4_455_531_264},
		{"ConvNeXt-S", convnext{[]int{3, 3, 27, 3}, 96}, 50_223_688, 8_683_712_256},
		{"ConvNeXt-B", convnext{[]int{3, 3, 27, 3}, 128}, 88_591_464, 15_354_729_472},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		widths := []int{n.dim, 2 * n.dim, 4 * n.dim, 8 * n.dim}
		all = append(all, Network{
			Name: row.name, Family: "ConvNeXt", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stage: n.stage, head: pooledHead(convnextEps, 0)}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      convolutions(n.depths, widths, []int{7, 7, 7, 7}),
		})
	}
	return all
}

func (n convnext) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	dim := n.dim << i
	if i == 0 {
		x = b.Add("embed", graph.Conv{Out: dim, Kernel: 4, Stride: 4, Bias: true}, x)
		x = layer.NormMap(b, "embed.norm", x, convnextEps)
	} else {
		x = layer.NormMap(b, "down.norm", x, convnextEps)
		x = b.Add("down", graph.Conv{Out: dim, Kernel: 2, Stride: 2, Bias: true}, x)
	}
	return blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		y := b.Add("depthwise", graph.Conv{Out: dim, Kernel: 7, Stride: 1, Pad: 3, Groups: dim, Bias: true}, x)
		y = b.Add("last", graph.Transpose{Perm: []int{0, 2, 3, 1}}, y)
		y = b.Add("norm", graph.LayerNorm{Eps: convnextEps}, y)
		b.Scope("mlp", func() { y = layer.MLP(b, y, 4*dim, graph.GELU) })
		y = b.Add("scale", graph.LayerScale{Axis: 3}, y)
		y = b.Add("first", graph.Transpose{Perm: []int{0, 3, 1, 2}}, y)
		return b.Add("add", graph.Add{}, y, x)
	})
}

// pooledHead normalises a map's mean and classifies it, where hidden is not 0 by
// way of a layer of so many channels and a tanh.
func pooledHead(eps float64, hidden int) func(b *graph.Builder, x *graph.Node) *graph.Node {
	return func(b *graph.Builder, x *graph.Node) *graph.Node {
		b.Stage = 0
		b.As(graph.Head, func() {
			x = b.Add("pool", graph.GlobalPool{}, x)
			x = b.Add("norm", graph.LayerNorm{Eps: eps}, x)
			if hidden > 0 {
				x = b.Add("hidden", graph.Linear{Out: hidden, Bias: true}, x)
				x = b.Add("hidden.tanh", graph.Activation{Kind: graph.Tanh}, x)
			}
			x = b.Add("fc", graph.Linear{Out: space.Classes, Bias: true}, x)
		})
		return x
	}
}
