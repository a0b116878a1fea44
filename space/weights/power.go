package weights

import "github.com/trtnas/trtnas/space/graph"

// variance that batch normalisation would have learned of a node's output from
// images. Left at 1, as training starts, an untrained network in inference
// mode would not normalise, and its activations would leave fp16's range.
func variance(n *graph.Node) distribution {
	return distribution{mean: powers{}.of(n), positive: true}
}

// powers are the mean squares of nodes' outputs for standard normal images and
// initial weights, were all values independent with mean zero.
type powers map[*graph.Node]float64

func (p powers) of(n *graph.Node) float64 {
	power, known := p[n]
	if !known {
		power = p.compute(n)
		p[n] = power
	}
	return power
}

func (p powers) compute(n *graph.Node) float64 {
	switch op := n.Op.(type) {
	case graph.Input, graph.BatchNorm, graph.LayerNorm, graph.GroupNorm, graph.Softmax:
		return 1
	case graph.Param:
		return vit.std * vit.std
	case graph.Conv:
		in := n.Inputs[0].Shape[1]
		std := kernel(op, in).std
		fanIn := in / max(1, op.Groups) * op.Kernel * op.Kernel
		return float64(fanIn) * std * std * p.of(n.Inputs[0])
	case graph.Linear:
		return float64(n.Inputs[0].Shape.Last()) * vit.std * vit.std * p.of(n.Inputs[0])
	case graph.Activation:
		if _, join := n.Inputs[0].Op.(graph.Add); join {
			return p.of(n.Inputs[0]) // the trunk is positive already
		}
		return p.of(n.Inputs[0]) / 2 // exact for ReLU
	case graph.Scale:
		return op.Value * op.Value * p.of(n.Inputs[0])
	case graph.LayerScale:
		return layerScale * layerScale * p.of(n.Inputs[0])
	case graph.Add, graph.Sub:
		return p.of(n.Inputs[0]) + p.of(n.Inputs[1])
	case graph.Mul:
		return p.of(n.Inputs[0]) * p.of(n.Inputs[1])
	case graph.MatMul:
		return p.of(n.Inputs[1]) // attention averages values
	case graph.Concat:
		sum := 0.0
		for _, in := range n.Inputs {
			sum += p.of(in) * float64(in.Shape[op.Axis])
		}
		return sum / float64(n.Shape[op.Axis])
	}
	if len(n.Inputs) == 0 {
		return 1
	}
	return p.of(n.Inputs[0]) // views, pools
}
