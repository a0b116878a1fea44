package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// cmt is a CMT (arXiv 2107.06263, section 3; the authors' cmt.py): blocks of a
// depthwise convolution, attention whose keys and values are reduced by
// depthwise convolutions and whose scores have a learned bias for each pair of
// positions, and an MLP of convolutions.
type cmt struct {
	depths, dims []int
	hidden       []int // of the MLPs
	stem         int
}

var (
	cmtHeads      = []int{1, 2, 4, 8}
	cmtReductions = []int{8, 4, 2, 1}
)

// cmtFeatures is the width before the classifier.
const cmtFeatures = 1280

func cmts() []Network {
	const source = "the authors' cmt.py, counted at 224x224"
	table := []struct {
		name         string
		net          cmt
		params, macs int64
	}{
		{"CMT-XS", cmt{[]int{3, 3, 12, 3}, []int{52, 104, 208, 416}, []int{196, 392, 784, 1568}, 16}, 15_379_808, 2_138_393_440},
		{"CMT-S", cmt{[]int{3, 3, 16, 3}, []int{64, 128, 256, 512}, []int{256, 512, 1024, 2048}, 32}, 26_256_160, 4_031_742_464},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "CMT", Definition: Public,
			lower:     staged{stages: 4, stem: n.addStem, stage: n.stage, head: cmtHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, n.dims, cmtReductions),
		})
	}
	return all
}

// addStem adds three convolutions, each activated before its normalisation.
func (n cmt) addStem(b *graph.Builder, x *graph.Node) *graph.Node {
	for i, name := range []string{"stem.conv1", "stem.conv2", "stem.conv3"} {
		conv := graph.Conv{Out: n.stem, Kernel: 3, Stride: 1, Pad: 1, Bias: true}
		if i == 0 {
			conv.Stride = 2
		}
		x = geluBN(b, name, b.Add(name, conv, x))
	}
	return x
}

// geluBN is GELU with batch normalisation behind it.
func geluBN(b *graph.Builder, name string, x *graph.Node) *graph.Node {
	x = b.Add(name+".gelu", graph.Activation{Kind: graph.GELU}, x)
	return b.Add(name+".bn", graph.BatchNorm{}, x)
}

func (n cmt) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	x, h, w := patchEmbed(b, x, graph.Conv{Out: n.dims[i], Kernel: 2, Stride: 2})
	by := cmtReductions[i]
	attention := cmtAttention{heads: cmtHeads[i], by: by, h: h, w: w}
	attention.positions = b.Add("positions", graph.Param{Shape: graph.Shape{1, cmtHeads[i], h * w, (h / by) * (w / by)}})
	x = blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		x = conditionalPositions(b, x, h, w)
		return layer.PreNorm(b, x, 1e-6,
			func(x *graph.Node) *graph.Node { return attention.add(b, x) },
			func(x *graph.Node) *graph.Node { return invertedMLP(b, x, n.hidden[i], h, w) })
	})
	return layer.ToMap(b, "map", x, h, w)
}

type cmtAttention struct {
	heads, by, h, w int
	positions       *graph.Node // learned, shared by the stage's blocks
}

func (l cmtAttention) add(b *graph.Builder, x *graph.Node) *graph.Node {
	c := x.Shape[2]
	linear := func(name string, x *graph.Node) *graph.Node {
		return b.Add(name, graph.Linear{Out: c, Bias: true}, x)
	}
	q := linear("q", x)
	if l.by > 1 {
		x = layer.ToMap(b, "sr.map", x, l.h, l.w)
		x = b.Add("sr", graph.Conv{Out: c, Kernel: l.by, Stride: l.by, Groups: c, Bias: true}, x)
		x = b.Add("sr.bn", graph.BatchNorm{}, x)
		x = layer.ToTokens(b, "sr.tokens", x)
	}
	k, v := linear("k", x), linear("v", x)
	q, k, v = layer.SplitHeads(b, "q", q, l.heads), layer.SplitHeads(b, "k", k, l.heads), layer.SplitHeads(b, "v", v, l.heads)
	scores := layer.Scores{Scale: layer.Scaled(c, l.heads), Biases: []*graph.Node{l.positions}}
	return linear("proj", layer.MergeHeads(b, "context", layer.Attend(b, q, k, v, scores)))
}

// invertedMLP is an inverted residual block with GELU on tokens: 1x1, 3x3
// depthwise with a residual, 1x1 (section 3.3).
func invertedMLP(b *graph.Builder, x *graph.Node, hidden, h, w int) *graph.Node {
	c := x.Shape[2]
	x = layer.ToMap(b, "map", x, h, w)
	x = geluBN(b, "fc1", b.Add("fc1", graph.Conv{Out: hidden, Kernel: 1, Stride: 1, Bias: true}, x))
	y := b.Add("dw", graph.Conv{Out: hidden, Kernel: 3, Stride: 1, Pad: 1, Groups: hidden, Bias: true}, x)
	x = geluBN(b, "dw", b.Add("dw.add", graph.Add{}, y, x))
	x = b.Add("fc2", graph.Conv{Out: c, Kernel: 1, Stride: 1, Bias: true}, x)
	x = b.Add("fc2.bn", graph.BatchNorm{}, x)
	return layer.ToTokens(b, "tokens", x)
}

func cmtHead(b *graph.Builder, x *graph.Node) *graph.Node {
	x = b.Add("features", graph.Conv{Out: cmtFeatures, Kernel: 1, Stride: 1, Bias: true}, x)
	x = b.Add("features.bn", graph.BatchNorm{}, x)
	x = b.Add("features.silu", graph.Activation{Kind: graph.SiLU}, x)
	return layer.Classifier(b, x, space.Classes)
}
