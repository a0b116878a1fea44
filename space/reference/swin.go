package reference

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// swin is a Swin Transformer (arXiv 2103.14030, section 3.3; timm's
// swin_transformer.py): 7x7 windows, shifted in every other block, and merging
// of 2x2 pixels between the stages.
type swin struct {
	dim    int // of the first stage; it doubles
	depths []int
}

func swins() []Network {
	const source = "timm 1.0 (parameters and MACs of swin_{tiny,small,base}_patch4_window7_224)"
	table := []struct {
		name         string
		net          swin
		params, macs int64
	}{
		{"Swin-T", swin{96, []int{2, 2, 6, 2}}, 28_288_354, 4_490_566_656},
		{"Swin-S", swin{96, []int{2, 2, 18, 2}}, 49_606_258, 8_740_875_264},
		{"Swin-B", swin{128, []int{2, 2, 18, 2}}, 87_768_224, 15_430_946_816},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		widths := []int{n.dim, 2 * n.dim, 4 * n.dim, 8 * n.dim}
		all = append(all, Network{
			Name: row.name, Family: "Swin", Definition: Public,
			lower:     staged{stages: 4, stage: n.stage, head: meanHead(1e-5)}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, widths, nil),
		})
	}
	return all
}

func (n swin) stage(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node {
	dim := n.dim << i
	var h, w int
	if i == 0 {
		x, h, w = patchEmbed(b, x, graph.Conv{Out: dim, Kernel: 4, Stride: 4})
	} else {
		h, w = x.Shape[2]/2, x.Shape[3]/2
		x = merge(b, x, dim)
	}
	window := graph.Window{Height: min(7, h), Width: min(7, w)}
	x = blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		attention := layer.Windows{Heads: dim / 32, Window: window, Shift: j%2 == 1, Bias: true}
		return layer.PreNorm(b, x, 1e-5,
			func(x *graph.Node) *graph.Node { return attention.Add(b, x, h, w) },
			func(x *graph.Node) *graph.Node { return layer.MLP(b, x, 4*dim, graph.GELU) })
	})
	if last {
		return x
	}
	return layer.ToMap(b, "map", x, h, w)
}

// merge stacks the channels of each 2x2 pixels, columns before rows, and
// projects them to dim.
func merge(b *graph.Builder, x *graph.Node, dim int) *graph.Node {
	c, h, w := x.Shape[1], x.Shape[2]/2, x.Shape[3]/2
	x = b.Add("merge.split", graph.Reshape{To: graph.Shape{c, h, 2, w, 2}}, x)
	x = b.Add("merge.t", graph.Transpose{Perm: []int{0, 2, 4, 5, 3, 1}}, x)
	x = b.Add("merge.stack", graph.Reshape{To: graph.Shape{h * w, 4 * c}}, x)
	x = b.Add("merge.norm", graph.LayerNorm{Eps: 1e-5}, x)
	return b.Add("merge", graph.Linear{Out: dim}, x)
}
