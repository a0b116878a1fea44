package reference

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// pvtv2 is a Pyramid Vision Transformer v2 (arXiv 2106.13797, table 1; the
// authors' pvt_v2.py): overlapping patch embeddings, no positions, and a
// depthwise convolution in the MLP.
type pvtv2 struct {
	depths, dims, mlp []int
}

// Heads and the reduction of keys and values, by stage.
var (
	pvtv2Heads      = []int{1, 2, 5, 8}
	pvtv2Reductions = []int{8, 4, 2, 1}
)

func pvtv2s() []Network {
	const source = "timm 1.0 (parameters and MACs of pvt_v2_b0 to pvt_v2_b5)"
	wide, mlp := []int{64, 128, 320, 512}, []int{8, 8, 4, 4}
	table := []struct {
		name         string
		net          pvtv2
		params, macs int64
	}{
		{"PVTv2-B0", pvtv2{[]int{2, 2, 2, 2}, []int{32, 64, 160, 256}, mlp}, 3_666_760, 566_065_664},
		{"PVTv2-B1", pvtv2{[]int{2, 2, 2, 2}, wide, mlp}, 14_009_000, 2_108_355_584},
		{"PVTv2-B2", pvtv2{[]int{3, 4, 6, 3}, wide, mlp}, 25_362_856, 4_026_734_592},
		{"PVTv2-B3", pvtv2{[]int{3, 4, 18, 3}, wide, mlp}, 45_238_696, 6_897_303_552},
		{"PVTv2-B4", pvtv2{[]int{3, 8, 27, 3}, wide, mlp}, 62_556_072, 10_101_116_416},
		{"PVTv2-B5", pvtv2{[]int{3, 6, 40, 3}, wide, []int{4, 4, 4, 4}}, 81_956_008, 11_717_260_288},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "PVTv2", Definition: Public, lower: staged{stages: 4, stage: n.stage, head: mapHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, n.dims, pvtv2Reductions),
		})
	}
	return all
}

func (n pvtv2) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	conv := graph.Conv{Out: n.dims[i], Kernel: 3, Stride: 2, Pad: 1}
	if i == 0 {
		conv.Kernel, conv.Stride, conv.Pad = 7, 4, 3
	}
	x, h, w := patchEmbed(b, x, conv)
	attention := layer.SpatialReduction{Heads: pvtv2Heads[i], By: pvtv2Reductions[i], Height: h, Width: w}
	x = blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		return layer.PreNorm(b, x, 1e-6,
			func(x *graph.Node) *graph.Node { return attention.Add(b, x) },
			func(x *graph.Node) *graph.Node { return convMLP(b, x, n.mlp[i]*n.dims[i], h, w) })
	})
	x = b.Add("norm", graph.LayerNorm{Eps: 1e-6}, x)
	return layer.ToMap(b, "map", x, h, w)
}

// convMLP is an MLP with a depthwise convolution before its activation, on
// tokens of an h x w map.
func convMLP(b *graph.Builder, x *graph.Node, hidden, h, w int) *graph.Node {
	c := x.Shape.Last()
	x = b.Add("fc1", graph.Linear{Out: hidden, Bias: true}, x)
	x = layer.ToMap(b, "map", x, h, w)
	x = b.Add("dw", graph.Conv{Out: hidden, Kernel: 3, Stride: 1, Pad: 1, Groups: hidden, Bias: true}, x)
	x = layer.ToTokens(b, "tokens", x)
	x = b.Add("gelu", graph.Activation{Kind: graph.GELU}, x)
	return b.Add("fc2", graph.Linear{Out: c, Bias: true}, x)
}
