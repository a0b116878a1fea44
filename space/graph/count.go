package graph

// Counting convention, for the whole project: one multiply-accumulate (MAC) is
// one multiplication with its addition, in convolutions, linear layers and
// matrix products, the classifier included. Normalisation, activation,
// pooling and additions count nothing. Published "FLOPs" of vision networks
// are these MACs, as in timm. Everything is for one image.

// Params is the number of learned parameters: weights, biases, normalisation
// scales and shifts, class tokens, position embeddings. Running statistics of
// batch normalisation are not learned.
func (g *Graph) Params() int64 {
	var sum int64
	for _, n := range g.Nodes {
		sum += n.Params()
	}
	return sum
}

// MACs is the number of multiply-accumulates for one image.
func (g *Graph) MACs() int64 {
	var sum int64
	for _, n := range g.Nodes {
		sum += n.MACs()
	}
	return sum
}

// Activations is the number of output elements of convolutions, linear layers
// and matrix products for one image, as timm counts them.
func (g *Graph) Activations() int64 {
	var sum int64
	for _, n := range g.Nodes {
		if n.reduction() > 0 {
			sum += n.Shape.Elems()
		}
	}
	return sum
}

// Params is the number of the node's learned parameters.
func (n *Node) Params() int64 {
	switch op := n.Op.(type) {
	case Conv:
		return n.Weights() + biases(op.Bias, op.Out)
	case Linear:
		return n.Weights() + biases(op.Bias, op.Out)
	case BatchNorm, GroupNorm:
		return 2 * int64(n.Shape[1])
	case LayerScale:
		return int64(n.Shape[op.Axis])
	case LayerNorm:
		return 2 * int64(n.Shape.Last())
	case Param:
		return op.Shape.Elems()
	}
	return 0
}

func biases(has bool, n int) int64 {
	if has {
		return int64(n)
	}
	return 0
}

// Weights is the size of a convolution's or linear layer's weight.
func (n *Node) Weights() int64 {
	switch op := n.Op.(type) {
	case Conv:
		return int64(op.Out) * int64(n.reduction())
	case Linear:
		return int64(op.Out) * int64(n.reduction())
	}
	return 0
}

// Weighted reports whether the node is a convolution or a linear layer.
func (n *Node) Weighted() bool {
	switch n.Op.(type) {
	case Conv, Linear:
		return true
	}
	return false
}

// reduction is the length of the sum behind one output element.
func (n *Node) reduction() int {
	switch op := n.Op.(type) {
	case Conv:
		return n.Inputs[0].Shape[1] / op.groups() * op.Kernel * op.Kernel
	case Linear:
		return n.Inputs[0].Shape.Last()
	case MatMul:
		return n.Inputs[0].Shape.Last()
	}
	return 0
}

// MACs is the node's multiply-accumulates for one image.
func (n *Node) MACs() int64 { return n.Shape.Elems() * int64(n.reduction()) }
