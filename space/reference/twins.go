package reference

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// twins is Twins (arXiv 2104.13840, tables 1 and 2; timm's twins.py): patch
// embeddings and reduced attention as in PVT, positions from a depthwise
// convolution behind the first block of each stage. In Twins-SVT every other
// block attends inside 7x7 windows.
type twins struct {
	depths, dims, heads, mlp []int
	windows                  bool
}

var twinsReductions = []int{8, 4, 2, 1}

func twinses() []Network {
	const source = "timm 1.0 (parameters and MACs of twins_pcpvt_* and twins_svt_*)"
	pcpvt := func(depths ...int) twins {
		return twins{depths, []int{64, 128, 320, 512}, []int{1, 2, 5, 8}, []int{8, 8, 4, 4}, false}
	}
	svt := func(dim int, depths ...int) twins {
		n := twins{depths: depths, mlp: []int{4, 4, 4, 4}, windows: true}
		for i := range depths {
			n.dims, n.heads = append(n.dims, dim<<i), append(n.heads, dim<<i/32)
		}
		return n
	}
	table := []struct {
		name         string
		net          twins
		params, macs int64
	}{
		{"Twins-PCPVT-S", pcpvt(3, 4, 6, 3), 24_106_216, 3_809_459_968},
		{"Twins-PCPVT-B", pcpvt(3, 4, 18, 3), 43_828_456, 6_652_933_888},
		{"Twins-PCPVT-L", pcpvt(3, 8, 27, 3), 60_989_672, 9_807_524_096},
		{"Twins-SVT-S", svt(64, 2, 2, 10, 4), 24_060_776, 2_927_353_344},
		{"Twins-SVT-B", svt(96, 2, 2, 18, 2), 56_070_952, 8_562_612_480},
		{"Twins-SVT-L", svt(128, 2, 2, 18, 2), 99_271_400, 15_111_777_280},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "Twins", Definition: Public,
			lower:     staged{stages: 4, stage: n.stage, head: meanHead(1e-6)}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, n.dims, twinsReductions),
		})
	}
	return all
}

func (n twins) stage(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node {
	patch := 2
	if i == 0 {
		patch = 4
	}
	x, h, w := patchEmbed(b, x, graph.Conv{Out: n.dims[i], Kernel: patch, Stride: patch})
	x = blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		x = layer.PreNorm(b, x, 1e-6,
			func(x *graph.Node) *graph.Node { return n.attention(b, x, i, j, h, w) },
			func(x *graph.Node) *graph.Node { return layer.MLP(b, x, n.mlp[i]*n.dims[i], graph.GELU) })
		if j == 0 {
			x = conditionalPositions(b, x, h, w)
		}
		return x
	})
	if last {
		return x
	}
	return layer.ToMap(b, "map", x, h, w)
}

func (n twins) attention(b *graph.Builder, x *graph.Node, i, j, h, w int) *graph.Node {
	if n.windows && j%2 == 0 {
		return layer.Windows{Heads: n.heads[i], Window: graph.Window{Height: 7, Width: 7}, ProjectLast: true}.Add(b, x, h, w)
	}
	return layer.SpatialReduction{Heads: n.heads[i], By: twinsReductions[i], Height: h, Width: w}.Add(b, x)
}

// conditionalPositions adds a depthwise convolution of the tokens' map to
// them: positions that depend on the input (arXiv 2102.10882).
func conditionalPositions(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	c := x.Shape[2]
	x = layer.ToMap(b, "pos.map", x, h, w)
	y := b.Add("pos", graph.Conv{Out: c, Kernel: 3, Stride: 1, Pad: 1, Groups: c, Bias: true}, x)
	x = b.Add("pos.add", graph.Add{}, y, x)
	return layer.ToTokens(b, "pos.tokens", x)
}
