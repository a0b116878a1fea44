package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// efficientnet is an EfficientNet (arXiv 1905.11946, table 1, scaled as in
// section 3.3; timm's efficientnet.py): inverted residuals with
// squeeze-and-excitation to a quarter of the block's input. The groups' depths
// and widths are after scaling; the first one is at half the resolution.
type efficientnet struct {
	stem, head     int // channels
	depths, widths [7]int
}

// efficientnetGroups are alike in all sizes; expand multiplies the channels
// before the depthwise convolution.
var efficientnetGroups = [7]struct{ stage, kernel, expand int }{
	{1, 3, 1}, {2, 3, 6}, {3, 5, 6}, {4, 3, 6}, {4, 5, 6}, {5, 5, 6}, {5, 3, 6},
}

// The MACs are those at 224x224; the sizes' own resolutions are 300x300 (B3)
// and 456x456 (B5), where timm counts 1.827e9 and 10.266e9.
func efficientnets() []Network {
	const source = "timm 1.0 (parameters and MACs of efficientnet_b3, efficientnet_b5 at 224x224)"
	table := []struct {
		name         string
		net          efficientnet
		params, macs int64
	}{
		{"EfficientNet-B3", efficientnet{40, 1536, [7]int{2, 3, 3, 5, 5, 6, 2}, [7]int{24, 32, 48, 96, 136, 232, 384}}, 12_233_232, 962_708_240},
		{"EfficientNet-B5", efficientnet{48, 2048, [7]int{3, 5, 5, 7, 7, 9, 3}, [7]int{24, 40, 64, 128, 176, 304, 512}}, 30_389_784, 2_356_493_184},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "EfficientNet", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stem: n.addStem, stage: n.addStage, head: n.addHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      n.rows(),
		})
	}
	return all
}

// rows have the kernel of each stage's first group.
func (n efficientnet) rows() []space.Stage {
	depths, widths := make([]int, 4), make([]int, 4)
	for g, group := range efficientnetGroups {
		if i := group.stage - 2; i >= 0 {
			depths[i] += n.depths[g]
			widths[i] = n.widths[g]
		}
	}
	return convolutions(depths, widths, []int{3, 5, 3, 5})
}

func (n efficientnet) addStem(b *graph.Builder, x *graph.Node) *graph.Node {
	x = layer.ConvBNAct(b, "stem", x, n.stem, 3, 2, 1, graph.SiLU)
	b.Scope("s1", func() { x = n.addGroups(b, 1, x) })
	return x
}

func (n efficientnet) addStage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	return n.addGroups(b, i+2, x)
}

func (n efficientnet) addGroups(b *graph.Builder, stage int, x *graph.Node) *graph.Node {
	halve := stage > 1
	for g, group := range efficientnetGroups {
		if group.stage != stage {
			continue
		}
		b.Scope(string(rune('a'+g)), func() {
			x = blocks(b, x, n.depths[g], func(_ int, x *graph.Node) *graph.Node {
				c := x.Shape[1]
				block := layer.InvertedResidual{
					Mid: c * group.expand, Out: n.widths[g], Kernel: group.kernel, Stride: 1,
					Act: graph.SiLU, Squeeze: c / 4, Narrow: group.expand == 1,
				}
				if halve {
					block.Stride, halve = 2, false
				}
				return block.Add(b, x)
			})
		})
	}
	return x
}

func (n efficientnet) addHead(b *graph.Builder, x *graph.Node) *graph.Node {
	return mapHead(b, layer.ConvBNAct(b, "head", x, n.head, 1, 1, 1, graph.SiLU))
}
