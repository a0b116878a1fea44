package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// mobilevit is a MobileViT (arXiv 2110.02178, section 3 and table 4; timm's
// mobilevit.py): inverted residuals, and in the last three stages a block
// whose Transformer attends among pixels of the same place in 2x2 patches.
type mobilevit struct {
	expand int
	widths [5]int // of the stages at 1/2 to 1/32
	dims   [3]int // of the Transformers
	head   int    // channels
}

const mobilevitStem = 16

// mobilevitDepths are the Transformer blocks of stages 3 to 5.
var mobilevitDepths = [3]int{2, 4, 3}

// The MACs are those at 224x224, where the last stage's 7x7 map is brought to
// 8x8 for its patches; at the networks' own 256x256 timm counts 0.407e9,
// 1.026e9 and 2.001e9.
func mobilevits() []Network {
	const source = "timm 1.0 (parameters and MACs of mobilevit_{xxs,xs,s} at 224x224)"
	table := []struct {
		name         string
		net          mobilevit
		params, macs int64
	}{
		{"MobileViT-XXS", mobilevit{2, [5]int{16, 24, 48, 64, 80}, [3]int{64, 80, 96}, 320}, 1_272_024, 301_495_296},
		{"MobileViT-XS", mobilevit{4, [5]int{32, 48, 64, 80, 96}, [3]int{96, 120, 144}, 384}, 2_317_848, 772_340_288},
		{"MobileViT-S", mobilevit{4, [5]int{32, 64, 96, 128, 160}, [3]int{144, 192, 240}, 640}, 5_578_632, 1_521_507_328},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		rows := convolutions([]int{3, 2, 2, 2}, n.widths[1:], []int{3, 3, 3, 3})
		for i := 1; i < len(rows); i++ {
			rows[i].Block, rows[i].Mixed = space.MixBlockC, 1
			rows[i].R = float64(n.dims[i-1]) / float64(n.widths[i+1])
		}
		all = append(all, Network{
			Name: row.name, Family: "MobileViT", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stem: n.addStem, stage: n.addStage, head: n.addHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      rows,
		})
	}
	return all
}

func (n mobilevit) addStem(b *graph.Builder, x *graph.Node) *graph.Node {
	x = layer.ConvBNAct(b, "stem", x, mobilevitStem, 3, 2, 1, graph.SiLU)
	b.Scope("s1.b1", func() { x = n.residual(b, x, n.widths[0], 1) })
	return x
}

func (n mobilevit) residual(b *graph.Builder, x *graph.Node, out, stride int) *graph.Node {
	if b.Err() != nil {
		return nil
	}
	return layer.InvertedResidual{Mid: n.expand * x.Shape[1], Out: out, Kernel: 3, Stride: stride, Act: graph.SiLU}.Add(b, x)
}

func (n mobilevit) addStage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	depth := 2
	if i == 0 {
		depth = 3
	}
	return blocks(b, x, depth, func(j int, x *graph.Node) *graph.Node {
		switch {
		case j == 0:
			return n.residual(b, x, n.widths[i+1], 2)
		case i == 0:
			return n.residual(b, x, n.widths[i+1], 1)
		}
		return n.block(b, x, n.dims[i-1], mobilevitDepths[i-1])
	})
}

// block is the MobileViT block (arXiv 2110.02178, figure 1b).
func (n mobilevit) block(b *graph.Builder, x *graph.Node, dim, depth int) *graph.Node {
	c, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	y := layer.ConvBNAct(b, "local", x, c, 3, 1, 1, graph.SiLU)
	y = b.Add("widen", graph.Conv{Out: dim, Kernel: 1, Stride: 1}, y)
	high, wide := h+h%2, w+w%2
	if high != h || wide != w {
		y = b.Add("even", graph.Resize{Height: high, Width: wide}, y)
	}
	y = unfold(b, y)
	y = blocks(b, y, depth, func(_ int, y *graph.Node) *graph.Node {
		return layer.PreNorm(b, y, 1e-5,
			func(y *graph.Node) *graph.Node { return selfAttention(b, y, 4) },
			func(y *graph.Node) *graph.Node { return layer.MLP(b, y, 2*dim, graph.SiLU) })
	})
	y = b.Add("norm", graph.LayerNorm{Eps: 1e-5}, y)
	y = fold(b, y, high, wide)
	if high != h || wide != w {
		y = b.Add("restored", graph.Resize{Height: h, Width: w}, y)
	}
	y = layer.ConvBNAct(b, "proj", y, c, 1, 1, 1, graph.SiLU)
	y = b.Add("concat", graph.Concat{Axis: 1}, x, y)
	return layer.ConvBNAct(b, "fusion", y, c, 3, 1, 1, graph.SiLU)
}

// unfold gathers the pixels of each place in the 2x2 patches: [B,C,H,W] to
// [B,4,H*W/4,C]. The authors' code stores the tensor half-way.
func unfold(b *graph.Builder, x *graph.Node) *graph.Node {
	c, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	x = b.Add("unfold.split", graph.Reshape{To: graph.Shape{c * h / 2, 2, w / 2, 2}}, x)
	x = b.Add("unfold.patches", graph.Transpose{Perm: []int{0, 1, 3, 2, 4}}, x)
	x = b.Add("unfold.stored", graph.Contiguous{}, x)
	x = b.Add("unfold.flat", graph.Reshape{To: graph.Shape{c, h * w / 4, 4}}, x)
	return b.Add("unfold", graph.Transpose{Perm: []int{0, 3, 2, 1}}, x)
}

// fold is the inverse of unfold.
func fold(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	c := x.Shape[3]
	x = b.Add("fold.channels", graph.Transpose{Perm: []int{0, 3, 2, 1}}, x)
	x = b.Add("fold.stored", graph.Contiguous{}, x)
	x = b.Add("fold.split", graph.Reshape{To: graph.Shape{c * h / 2, w / 2, 2, 2}}, x)
	x = b.Add("fold.rows", graph.Transpose{Perm: []int{0, 1, 3, 2, 4}}, x)
	return b.Add("fold", graph.Reshape{To: graph.Shape{c, h, w}}, x)
}

// selfAttention has queries, keys and values from one linear layer.
func selfAttention(b *graph.Builder, x *graph.Node, heads int) *graph.Node {
	c := x.Shape.Last()
	qkv := b.Add("qkv", graph.Linear{Out: 3 * c, Bias: true}, x)
	part := func(name string, i int) *graph.Node {
		return layer.SplitHeads(b, name, layer.Channels(b, name, qkv, i*c, c), heads)
	}
	y := layer.Attend(b, part("q", 0), part("k", 1), part("v", 2), layer.Scores{Folded: layer.Scaled(c, heads)})
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, layer.MergeHeads(b, "context", y))
}

func (n mobilevit) addHead(b *graph.Builder, x *graph.Node) *graph.Node {
	return mapHead(b, layer.ConvBNAct(b, "head", x, n.head, 1, 1, 1, graph.SiLU))
}
