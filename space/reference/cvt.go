package reference

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// cvt is a Convolutional vision Transformer (arXiv 2103.15808, table 2; the
// authors' cls_cvt.py): three stages, queries, keys and values from depthwise
// convolutions, keys and values at half the resolution, and a class token in
// the last stage.
type cvt struct{ depths []int }

var (
	cvtDims  = []int{64, 192, 384}
	cvtHeads = []int{1, 3, 6}
)

func cvts() []Network {
	const source = "the authors' cls_cvt.py, counted at 224x224 (their README: 20 M and 4.5 G, 32 M and 7.1 G)"
	table := []struct {
		name         string
		net          cvt
		params, macs int64
	}{
		{"CvT-13", cvt{[]int{1, 2, 10}}, 19_997_480, 4_566_089_216},
		{"CvT-21", cvt{[]int{1, 4, 16}}, 31_622_696, 7_177_985_024},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "CvT", Definition: Public, Note: "three stages: the pyramid ends at stride 16",
			lower: staged{stages: 3, stage: n.stage, head: func(b *graph.Builder, x *graph.Node) *graph.Node {
				return tokenHead(b, x, 1e-5)
			}}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, cvtDims, []int{2, 2, 2}),
		})
	}
	return all
}

func (n cvt) stage(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node {
	conv := graph.Conv{Out: cvtDims[i], Kernel: 3, Stride: 2, Pad: 1}
	if i == 0 {
		conv.Kernel, conv.Stride, conv.Pad = 7, 4, 2
	}
	x, h, w := patchEmbed(b, x, conv)
	class := i == len(cvtDims)-1
	if class {
		x = classToken(b, x)
	}
	x = blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		return layer.PreNorm(b, x, 1e-5,
			func(x *graph.Node) *graph.Node { return projected(b, x, cvtHeads[i], h, w, class) },
			func(x *graph.Node) *graph.Node { return layer.MLP(b, x, 4*cvtDims[i], graph.QuickGELU) })
	})
	if last {
		return x
	}
	if class {
		x = b.Add("pixels", graph.Slice{Axis: 1, Start: 1, End: h*w + 1}, x)
	}
	return layer.ToMap(b, "map", x, h, w)
}

// projected is attention with convolutional projections (section 3.2). Its
// scale is that of all channels, not of one head's.
func projected(b *graph.Builder, x *graph.Node, heads, h, w int, class bool) *graph.Node {
	c := x.Shape[2]
	pixels, cls := x, x
	if class {
		cls = b.Add("cls", graph.Slice{Axis: 1, Start: 0, End: 1}, x)
		pixels = b.Add("pixels", graph.Slice{Axis: 1, Start: 1, End: h*w + 1}, x)
	}
	pixels = layer.ToMap(b, "map", pixels, h, w)
	project := func(name string, stride int) *graph.Node {
		y := layer.ConvBN(b, name+".dw", pixels, c, 3, stride, c)
		y = layer.ToTokens(b, name+".tokens", y)
		if class {
			y = b.Add(name+".concat", graph.Concat{Axis: 1}, cls, y)
		}
		return b.Add(name, graph.Linear{Out: c, Bias: true}, y)
	}
	q, k, v := project("q", 1), project("k", 2), project("v", 2)
	q, k, v = layer.SplitHeads(b, "q", q, heads), layer.SplitHeads(b, "k", k, heads), layer.SplitHeads(b, "v", v, heads)
	x = layer.Attend(b, q, k, v, layer.Scores{Scale: 1 / math.Sqrt(float64(c))})
	x = layer.MergeHeads(b, "context", x)
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, x)
}
