// Package weights names the tensors of a graph and fills them with seeded
// values. ONNX and PyTorch exports take both from here, so that a network has
// the same weights under the same names in either.
package weights

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/trtnas/trtnas/space/graph"
)

// Tensor is a named tensor of a graph: a learned one, or the running
// statistics of a batch normalisation. Names are the node's name and what
// PyTorch calls the tensor: "s2.b1.conv1.weight", "s2.b1.conv1.bn.running_mean".
// A parameter that is no operation's weight has the node's name alone.
type Tensor struct {
	Name string
	// Shape is PyTorch's: convolutions [out, in/groups, K, K], linear layers
	// [out, in], vectors [channels], parameters with their leading 1.
	Shape graph.Shape
	draw  distribution
}

// Size is the number of elements.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Deviation is the standard deviation that initial values are drawn with, but
// for a probe's.
func (t Tensor) Deviation() float64 {
	if t.draw.truncated {
		return truncation * t.draw.std
	}
	return t.draw.std
}

// truncation is the standard deviation of a standard normal that is cut at two:
// the root of 1 - 4 phi(2) / (2 Phi(2) - 1).
const truncation = 0.8796256610342398

// distribution of a tensor's values: normal around mean.
type distribution struct {
	mean, std float64
	truncated bool // at two standard deviations
	positive  bool // variances and scales, which a probe keeps off zero
}

// Of lists the node's tensors.
func Of(n *graph.Node) []Tensor {
	one, zero := distribution{mean: 1, positive: true}, distribution{}
	channels := func(name string, c int, d distribution) Tensor {
		return Tensor{n.Name + "." + name, graph.Shape{c}, d}
	}
	var all []Tensor
	switch op := n.Op.(type) {
	case graph.Conv:
		in, groups := n.Inputs[0].Shape[1], max(1, op.Groups)
		shape := graph.Shape{op.Out, in / groups, op.Kernel, op.Kernel}
		all = append(all, Tensor{n.Name + ".weight", shape, kernel(op, in)})
		if op.Bias {
			all = append(all, channels("bias", op.Out, zero))
		}
	case graph.Linear:
		all = append(all, Tensor{n.Name + ".weight", graph.Shape{op.Out, n.Inputs[0].Shape.Last()}, vit})
		if op.Bias {
			all = append(all, channels("bias", op.Out, zero))
		}
	case graph.BatchNorm:
		c := n.Shape[1]
		all = append(all, channels("weight", c, one), channels("bias", c, zero),
			channels("running_mean", c, zero), channels("running_var", c, variance(n.Inputs[0])))
	case graph.LayerNorm:
		c := n.Shape.Last()
		all = append(all, channels("weight", c, one), channels("bias", c, zero))
	case graph.GroupNorm:
		c := n.Shape[1]
		all = append(all, channels("weight", c, one), channels("bias", c, zero))
	case graph.LayerScale:
		all = append(all, channels("gamma", n.Shape[op.Axis], small))
	case graph.Param:
		all = append(all, Tensor{n.Name, op.Shape, vit})
	}
	return all
}

// All lists the graph's tensors in the order of its nodes.
func All(g *graph.Graph) []Tensor {
	var all []Tensor
	for _, n := range g.Nodes {
		all = append(all, Of(n)...)
	}
	return all
}

// kernel is the initialisation of convolutions by their fan-out (He et al.,
// arXiv 1502.01852, equation 14), as ResNet, PVT and their descendants use it.
// Depthwise ones with a bias have no normalisation behind them; CMT and
// UniFormer add their outputs to their inputs, some 20 times on the way, so
// they start as PyTorch leaves them (uniform up to 1 over the root of the
// fan-in, hence that variance), which keeps an untrained trunk in fp16's range.
func kernel(op graph.Conv, in int) distribution {
	area := op.Kernel * op.Kernel
	if op.Bias && op.Groups == in {
		return distribution{std: 1 / math.Sqrt(float64(3*area))}
	}
	fanOut := op.Out / max(1, op.Groups) * area
	return distribution{std: math.Sqrt(2 / float64(fanOut))}
}

// vit is the initialisation of linear layers and embeddings in ViT, DeiT and
// PVT (timm: truncated normal with standard deviation 0.02).
var vit = distribution{std: 0.02, truncated: true}

// layerScale is what LayerScale starts at in PoolFormer and EfficientFormer.
const layerScale = 1e-5

var small = distribution{mean: layerScale, positive: true}

// Init fills tensors. The values of a tensor depend on the seed and its name
// alone.
type Init struct {
	Seed uint64
	// Probe shakes every value, biases and running statistics too, which papers
	// start at 0 and 1 where a mistake in them would not show. It is for
	// comparing two forms of a network numerically.
	Probe bool
}

// probeStd shakes by enough to show, and too little to make signals explode.
const probeStd = 0.1

// Fill writes the tensor's values to dst, whose length is t.Size().
func (i Init) Fill(t Tensor, dst []float32) {
	d := t.draw
	if i.Probe && d.std == 0 {
		d.std = probeStd * max(1, d.mean)
	}
	if d.std == 0 {
		for k := range dst {
			dst[k] = float32(d.mean)
		}
		return
	}
	h := fnv.New64a()
	h.Write([]byte(t.Name))
	rng := rand.New(rand.NewPCG(i.Seed, h.Sum64()))
	for k := range dst {
		dst[k] = float32(d.sample(rng))
	}
}

func (d distribution) sample(rng *rand.Rand) float64 {
	for {
		z := rng.NormFloat64()
		v := d.mean + d.std*z
		if (!d.truncated || math.Abs(z) <= 2) && (!d.positive || v > d.mean/2) {
			return v
		}
	}
}
