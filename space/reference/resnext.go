package reference

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// resnext is a ResNet with grouped 3x3 convolutions (arXiv 1611.05431, table
// 1; timm's resnet.py): groups of a base width that doubles by stage.
type resnext struct {
	depths        [4]int
	groups, width int
}

func resnexts() []Network {
	const source = "timm 1.0 (parameters and MACs of resnext50_32x4d, resnext101_32x4d, resnext101_64x4d)"
	table := []struct {
		name         string
		net          resnext
		params, macs int64
	}{
		{"ResNeXt50-32x4d", resnext{[4]int{3, 4, 6, 3}, 32, 4}, 25_028_904, 4_230_479_872},
		{"ResNeXt101-32x4d", resnext{[4]int{3, 4, 23, 3}, 32, 4}, 44_177_704, 7_969_996_800},
		{"ResNeXt101-64x4d", resnext{[4]int{3, 4, 23, 3}, 64, 4}, 83_455_272, 15_460_270_080},
	}
	var all []Network
	for _, row := range table {
		n, stages := row.net, bottlenecks(row.net.depths, 256)
		all = append(all, Network{
			Name: row.name, Family: "ResNeXt", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stem: resnetStem, stage: n.stage, head: mapHead}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      stages[:],
		})
	}
	return all
}

// resnetStem is the stem of ResNet: 7x7 convolution and 3x3 max pooling.
func resnetStem(b *graph.Builder, x *graph.Node) *graph.Node {
	b.Scope("stem", func() {
		x = layer.ConvBNReLU(b, "conv", x, 64, 7, 2, 1)
		x = b.Add("pool", graph.Pool{Max: true, Kernel: 3, Stride: 2, Pad: 1}, x)
	})
	return x
}

func (n resnext) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	return blocks(b, x, n.depths[i], func(j int, x *graph.Node) *graph.Node {
		block := layer.BottleNeck{
			Mid: n.groups * n.width << i, Out: 256 << i, Kernel: 3, Stride: 1, Groups: n.groups, ShortcutLast: true,
		}
		if i > 0 && j == 0 {
			block.Stride = 2
		}
		return block.Add(b, x)
	})
}

// convolutions are rows of stages without attention, with kernels k. A row
// calls any convolutional block a BottleNeck.
func convolutions(depths, widths, k []int) []space.Stage {
	rows := make([]space.Stage, len(depths))
	for i, d := range depths {
		rows[i] = space.Stage{Depth: d, Width: widths[i], S: 1, K: k[i]}
	}
	return rows
}
