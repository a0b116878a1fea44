package reference

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// replknet is a RepLKNet (arXiv 2203.06717, section 4; the authors'
// replknet.py) as it is deployed: the parallel 5x5 convolutions are merged
// into the large ones, which then have a bias and no batch normalisation.
type replknet struct{ depths, widths, kernels []int }

func replknets() []Network {
	n := replknet{[]int{2, 2, 18, 2}, []int{128, 256, 512, 1024}, []int{31, 29, 27, 13}}
	return []Network{{
		Name: "RepLKNet-31B", Family: "RepLKNet", Definition: Public,
		lower: staged{stages: 4, anySize: true, stem: n.stem, stage: n.stage, head: n.head}.lower,
		Published: Published{
			Params: 79_527_272, MACs: 15_353_525_248,
			Source: "the authors' replknet.py with small_kernel_merged (their README: 79 M, 15.3 G)",
		},
		Rows: convolutions(n.depths, n.widths, n.kernels),
	}}
}

func (n replknet) stem(b *graph.Builder, x *graph.Node) *graph.Node {
	c := n.widths[0]
	b.Scope("stem", func() {
		x = layer.ConvBNReLU(b, "conv1", x, c, 3, 2, 1)
		x = layer.ConvBNReLU(b, "conv2", x, c, 3, 1, c)
		x = layer.ConvBNReLU(b, "conv3", x, c, 1, 1, 1)
		b.Stage = 2
		x = layer.ConvBNReLU(b, "conv4", x, c, 3, 2, c)
	})
	return x
}

func (n replknet) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	c, k := n.widths[i], n.kernels[i]
	if i > 0 {
		b.Stage-- // the widening is at the previous stage's resolution
		x = layer.ConvBNReLU(b, "widen", x, c, 1, 1, 1)
		b.Stage++
		x = layer.ConvBNReLU(b, "down", x, c, 3, 2, c)
	}
	return blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		y := b.Add("norm1", graph.BatchNorm{}, x)
		y = layer.ConvBNReLU(b, "conv1", y, c, 1, 1, 1)
		y = b.Add("large", graph.Conv{Out: c, Kernel: k, Stride: 1, Pad: k / 2, Groups: c, Bias: true}, y)
		y = b.Add("large.relu", graph.Activation{Kind: graph.ReLU}, y)
		y = layer.ConvBN(b, "conv2", y, c, 1, 1, 1)
		x = b.Add("add1", graph.Add{}, y, x)
		y = b.Add("norm2", graph.BatchNorm{}, x)
		y = layer.ConvBN(b, "mlp.fc1", y, 4*c, 1, 1, 1)
		y = b.Add("mlp.act", graph.Activation{Kind: graph.GELU}, y)
		y = layer.ConvBN(b, "mlp.fc2", y, c, 1, 1, 1)
		return b.Add("add2", graph.Add{}, y, x)
	})
}

func (n replknet) head(b *graph.Builder, x *graph.Node) *graph.Node {
	return mapHead(b, b.Add("norm", graph.BatchNorm{}, x))
}
