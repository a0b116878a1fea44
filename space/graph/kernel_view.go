package graph

import "slices"

// constant reports whether the node's value is known when an engine is built.
func constant(n *Node) bool {
	switch n.Op.(type) {
	case Param, WindowMask, RelativeBias, DistanceBias:
		return true
	case Reshape:
		return constant(n.Inputs[0])
	}
	return false
}

// copy emits the layout change that brings n's elements in order.
func (f *fuser) copy(n *Node) {
	e := n.Shape.Elems()
	f.kernels = append(f.kernels, Kernel{Class: KCopy, In: e, Out: e, Count: 1, Node: n})
}

// shuffle emits a kernel that moves elements and computes nothing.
func (f *fuser) shuffle(n *Node) {
	f.read(n.Inputs[0])
	f.copy(n)
}

// operand is read for a consumer that may take a view as it is: a linear layer
// or a pointwise operation without a second operand.
func (f *fuser) operand(consumer, n *Node) int64 {
	if len(consumer.Inputs) == 1 && f.inPlace(consumer, n) {
		return n.Shape.Elems()
	}
	return f.read(n)
}

// inPlace: scaling goes over a slice with a stride, if that is of elements in
// their order in memory; and depthwise convolutions run channels-last, so that
// their output's tokens are no copy.
func (f *fuser) inPlace(consumer, n *Node) bool {
	transposed := false
	for {
		switch op := n.Op.(type) {
		case Reshape:
		case Transpose:
			if transposed || !tokens(op.Perm) {
				return false
			}
			transposed = true
		case Slice:
			_, scale := consumer.Op.(Scale)
			return scale && !transposed && !f.moves(n.Inputs[0])
		case BatchNorm:
		case Conv:
			return transposed && convClass(op, n.Inputs[0].Shape) == KDepthwise
		default:
			return false
		}
		n = n.Inputs[0]
	}
}

// tokens reports whether the permutation is that of [B,C,N] to [B,N,C].
func tokens(perm []int) bool {
	return len(perm) == 3 && perm[0] == 0 && perm[1] == 2
}

// foldsForward: a batch normalisation that no convolution precedes goes into
// the weights of the linear layers and 1x1 convolutions behind it, where all
// its consumers are such, also through average pooling and views, which do not
// mix channels (Next-ViT's authors merge theirs so before exporting).
func (f *fuser) foldsForward(n *Node) bool {
	if slices.Contains(f.graph.Outputs, n) {
		return false
	}
	for _, c := range f.consumers(n) {
		switch op := c.Op.(type) {
		case Linear:
		case Conv:
			if op.Kernel != 1 || op.Pad != 0 || op.groups() != 1 {
				return false
			}
		case Pool:
			if op.Max || op.Pad != 0 || !f.foldsForward(c) {
				return false
			}
		case Reshape, Transpose, BatchNorm, Contiguous:
			if !f.foldsForward(c) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// consumers are few and seldom asked for: they are looked up, not kept.
func (f *fuser) consumers(n *Node) []*Node {
	var all []*Node
	for _, c := range f.graph.Nodes[n.ID+1:] {
		if slices.Contains(c.Inputs, n) {
			all = append(all, c)
		}
	}
	return all
}
