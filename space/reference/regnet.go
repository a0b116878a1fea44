package reference

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// regnet is a RegNetY (arXiv 2003.13678, section 5; timm's regnet.py): plain
// BottleNecks of constant width with grouped 3x3 convolutions and
// squeeze-and-excitation, after a stem of one convolution.
type regnet struct {
	depths, widths []int
	group          int // channels of a group
}

func regnets() []Network {
	const source = "timm 1.0 (parameters and MACs of regnety_080, regnety_160)"
	table := []struct {
		name         string
		net          regnet
		params, macs int64
	}{
		{"RegNetY-8G", regnet{[]int{2, 4, 10, 1}, []int{168, 448, 896, 2016}, 56}, 39_180_068, 7_963_057_312},
		{"RegNetY-16G", regnet{[]int{2, 4, 11, 1}, []int{224, 448, 1232, 3024}, 112}, 83_590_140, 15_911_510_272},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "RegNetY", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stem: n.stem, stage: n.stage, head: mapHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      convolutions(n.depths, n.widths, []int{3, 3, 3, 3}),
		})
	}
	return all
}

func (n regnet) stem(b *graph.Builder, x *graph.Node) *graph.Node {
	return layer.ConvBNReLU(b, "stem", x, 32, 3, 2, 1)
}

func (n regnet) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	width := n.widths[i]
	return blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		block := layer.BottleNeck{
			Mid: width, Out: width, Kernel: 3, Stride: 1, Groups: width / n.group, ShortcutLast: true,
			// A quarter of the block's input, halves to even.
			Squeeze: int(math.RoundToEven(float64(x.Shape[1]) / 4)),
		}
		if j == 0 {
			block.Stride = 2
		}
		return block.Add(b, x)
	})
}
