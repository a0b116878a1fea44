package reference

import (
	"fmt"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// pvt is a Pyramid Vision Transformer (arXiv 2102.12122, table 1; the authors'
// classification/pvt.py): all sizes share widths, heads, MLP ratios and
// spatial reductions.
type pvt struct{ depths [4]int }

var pvtStages = [4]struct{ patch, dim, heads, mlp, s int }{
	{4, 64, 1, 8, 8},
	{2, 128, 2, 8, 4},
	{2, 320, 5, 4, 2},
	{2, 512, 8, 4, 1},
}

// pvts are PVT in four sizes and TRT-ViT's Refined-PVT-Small, whose depths are
// not stated and assumed to be those of Refined-ResNet50.
func pvts() []Network {
	const source = "the authors' README (parameters in 0.1 M, FLOPs in 0.1 G)"
	table := []struct {
		name         string
		depths       [4]int
		params, macs int64 // in units of 0.1 M and 0.1 G
	}{
		{"PVT-Tiny", [4]int{2, 2, 2, 2}, 132, 19},
		{"PVT-Small", [4]int{3, 4, 6, 3}, 245, 38},
		{"PVT-Medium", [4]int{3, 4, 18, 3}, 442, 67},
		{"PVT-Large", [4]int{3, 8, 27, 3}, 614, 98},
		{"Refined-PVT-Small", [4]int{2, 3, 6, 5}, 0, 0},
	}
	var all []Network
	for _, row := range table {
		n := Network{Name: row.name, Family: "PVT", Definition: Public, lower: pvt{row.depths}.lower}
		for i, s := range pvtStages {
			d := row.depths[i]
			n.Rows = append(n.Rows, space.Stage{Depth: d, Width: s.dim, Block: space.Transformer, Mixed: d, R: 1, S: s.s, K: 3})
		}
		if row.params > 0 {
			n.Published = Published{
				Params: row.params * 100_000, ParamsWithin: 50_000,
				MACs: row.macs * 100_000_000, MACsWithin: 50_000_000, Source: source,
			}
		} else {
			n.Definition, n.Note = Assumed, "depths assumed"
		}
		all = append(all, n)
	}
	return all
}

func (p pvt) lower(in space.Input) (*graph.Graph, error) {
	var b graph.Builder
	x := b.Input("image", in.Shape())
	var maps []*graph.Node
	for i, depth := range p.depths {
		b.Stage = i + 2
		b.Scope(fmt.Sprintf("s%d", i+2), func() { x = p.addStage(&b, x, i, depth, in.Features) })
		if in.Features {
			maps = append(maps, x)
		}
	}
	if in.Features {
		return b.Graph(maps...)
	}
	return b.Graph(tokenHead(&b, x, 1e-6))
}

// addStage returns a feature map, or for the classifier's last stage tokens
// with the class token first.
func (p pvt) addStage(b *graph.Builder, x *graph.Node, i, depth int, features bool) *graph.Node {
	s := pvtStages[i]
	x = b.Add("embed", graph.Conv{Out: s.dim, Kernel: s.patch, Stride: s.patch, Bias: true}, x)
	if x == nil {
		return nil
	}
	h, w := x.Shape[2], x.Shape[3]
	x = layer.ToTokens(b, "embed.tokens", x)
	x = b.Add("embed.norm", graph.LayerNorm{Eps: 1e-5}, x)
	last := i == len(pvtStages)-1 && !features
	if last {
		x = classToken(b, x)
	}
	x = positions(b, x)
	for j := range depth {
		b.Scope(fmt.Sprintf("b%d", j+1), func() {
			x = layer.Transformer{
				Heads: s.heads, Hidden: s.mlp * s.dim, QKVBias: true, Eps: 1e-6,
				Reduce: s.s, By: layer.ConvReduction, Height: h, Width: w,
			}.Add(b, x)
		})
	}
	if last {
		return x
	}
	return layer.ToMap(b, "map", x, h, w)
}
