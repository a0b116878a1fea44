package graph

import "slices"

// Class is the kind of GPU kernel that TensorRT would run, as far as its
// throughput differs.
type Class uint8

// The classes. A convolution or linear layer includes the batch
// normalisation, residual addition and ReLU fused into it.
const (
	KConv      Class = iota // dense convolution, kernel above 1
	KPointwise              // 1x1 convolution
	KGroup                  // grouped convolution
	KDepthwise
	KGEMM    // linear layer on tokens
	KFC      // linear layer or convolution on a single pixel
	KBMM     // batched matrix product of attention
	KSoftmax // the remaining classes are bound by memory
	KLayerNorm
	KElementwise
	KCopy // layout change, slice
	KPool
	KReduce // global pooling
	KConcat
	NumClasses
)

var classNames = [NumClasses]string{"conv", "pw", "gconv", "dw", "gemm", "fc", "bmm", "softmax", "ln", "ew", "copy", "pool", "reduce", "cat"}

// String is the short name that the published kernel lists use.
func (c Class) String() string { return classNames[c] }

// Kernel is one fused kernel. All counts are for one image.
type Kernel struct {
	Class   Class
	MACs    int64
	In, Out int64 // elements of activations read and written
	Weights int64 // elements of weights read
	CIn     int   // input channels; for a matrix product K
	COut    int   // output channels; for a matrix product N
	Size    int   // side of a convolution's kernel, else 0 (1 for linear layers)
	Groups  int
	M, N, K int // extents of the equivalent matrix product: output pixels or tokens, output channels, reduction
	Count   int // matrix products per image (heads times windows), else 1
	Node    *Node
}

// Kernels lists the kernels in order of execution. What is fused is our
// reading of TensorRT's behaviour, checked against published latencies only:
// batch normalisation, one residual addition and a ReLU go into the
// convolution before them, and the factors of a LayerScale also into the
// linear layer before it; chains of pointwise operations become one kernel;
// a chain of transposes or slices that a kernel reads is one copy, but for
// those that operand reads in place; reshapes are free.
func (g *Graph) Kernels() []Kernel {
	f := fuser{
		next:    make([]*Node, len(g.Nodes)),
		graph:   g,
		fused:   make([]bool, len(g.Nodes)),
		copied:  make([]bool, len(g.Nodes)),
		kernels: make([]Kernel, 0, len(g.Nodes)),
	}
	consumers := g.Consumers()
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			if consumers[in.ID] == 1 {
				f.next[in.ID] = n
			}
		}
	}
	for _, n := range g.Nodes {
		if !f.fused[n.ID] {
			f.emit(n)
		}
	}
	for _, out := range g.Outputs {
		f.read(out)
	}
	return f.kernels
}

type fuser struct {
	next    []*Node // the only consumer, where there is only one
	graph   *Graph
	fused   []bool // part of an earlier kernel
	copied  []bool // views that were materialised
	kernels []Kernel
}

func (f *fuser) emit(n *Node) {
	switch op := n.Op.(type) {
	case Conv:
		f.conv(n, op)
	case Linear:
		f.linear(n)
	case MatMul:
		f.matmul(n)
	case BatchNorm:
		if !f.foldsForward(n) {
			f.elementwise(n)
		}
	case Add, Sub, Mul, Activation, Scale, LayerScale:
		f.elementwise(n)
	case Contiguous:
		f.read(n.Inputs[0])
	case Pad, Roll:
		f.shuffle(n)
	case TokenMean:
		f.memory(KReduce, n, n.Shape.Last())
	case Softmax:
		f.memory(KSoftmax, n, n.Shape.Last())
	case LayerNorm:
		f.memory(KLayerNorm, n, n.Shape.Last())
	case GroupNorm:
		f.memory(KLayerNorm, n, n.Shape[1])
	case Resize:
		f.memory(KElementwise, n, 0)
	case Pool:
		f.memory(KPool, n, n.Shape[1])
	case GlobalPool:
		f.memory(KReduce, n, n.Shape[1])
	case Concat:
		f.memory(KConcat, n, 0)
	}
}

// read returns the elements that a kernel reads of n, and emits the copy that
// a view needs before.
func (f *fuser) read(n *Node) int64 {
	if constant(n) {
		return 0 // kept in cache
	}
	if !f.copied[n.ID] && f.moves(n) {
		f.copied[n.ID] = true
		f.copy(n)
	}
	return n.Shape.Elems()
}

// moves reports whether the chain of views that ends at n changes the order
// of elements in memory or leaves some out.
func (f *fuser) moves(n *Node) bool {
	for {
		switch op := n.Op.(type) {
		case Reshape:
		case BatchNorm:
			if f.fused[n.ID] || !f.foldsForward(n) {
				return false
			}
		case Slice:
			return true
		case Transpose:
			if reorders(op.Perm, n.Inputs[0].Shape) {
				return true
			}
		default:
			return false
		}
		n = n.Inputs[0]
	}
}

// reorders is false where only axes of extent 1 move.
func reorders(perm []int, s Shape) bool {
	last := -1
	for _, p := range perm {
		if p != 0 && s[p] == 1 {
			continue
		}
		if p < last {
			return true
		}
		last = p
	}
	return false
}

func (f *fuser) conv(n *Node, op Conv) {
	in := n.Inputs[0].Shape
	k := Kernel{
		Class: convClass(op, in), MACs: n.MACs(), Weights: n.Weights(),
		CIn: in[1], COut: op.Out, Size: op.Kernel, Groups: op.groups(),
		M: n.Shape[2] * n.Shape[3], N: op.Out, K: n.reduction(), Count: 1, Node: n,
	}
	k.In = f.read(n.Inputs[0])
	if op.Window.parts(in) {
		f.copy(n.Inputs[0])
	}
	last, added := n, k.Class == KDepthwise
	for c := f.next[n.ID]; c != nil; c = f.next[last.ID] {
		if _, ok := c.Op.(Add); ok {
			other := otherInput(c, last)
			if added || other.ID > n.ID {
				break
			}
			added = true
			k.In += f.read(other)
		} else if !fusible(c) {
			break
		}
		f.fused[c.ID] = true
		last = c
		if _, ok := c.Op.(Activation); ok {
			break
		}
	}
	k.Out = last.Shape.Elems()
	f.kernels = append(f.kernels, k)
}

// fusible operations go into the convolution before them.
func fusible(n *Node) bool {
	switch op := n.Op.(type) {
	case BatchNorm, LayerScale:
		return true
	case Activation:
		return op.Kind == ReLU
	}
	return false
}

func otherInput(add, one *Node) *Node {
	if add.Inputs[0] == one {
		return add.Inputs[1]
	}
	return add.Inputs[0]
}

func convClass(op Conv, in Shape) Class {
	switch {
	case in[2] == 1 && in[3] == 1:
		return KFC
	case op.groups() > 1 && op.groups() == in[1] && op.Out == in[1]:
		return KDepthwise
	case op.groups() > 1:
		return KGroup
	case op.Kernel > 1:
		return KConv
	}
	return KPointwise
}

func (f *fuser) linear(n *Node) {
	in := n.Inputs[0].Shape
	k := Kernel{
		Class: KGEMM, MACs: n.MACs(), Weights: n.Weights(), CIn: in.Last(), COut: n.Shape.Last(), Size: 1, Groups: 1,
		M: int(n.Shape.Elems()) / n.Shape.Last(), N: n.Shape.Last(), K: in.Last(), Count: 1, Node: n,
	}
	if len(n.Shape) == 2 || k.M == 1 {
		k.Class = KFC
	}
	k.In, k.Out = f.operand(n, n.Inputs[0]), n.Shape.Elems()
	if c := f.next[n.ID]; c != nil {
		if _, ok := c.Op.(LayerScale); ok {
			f.fused[c.ID] = true
		}
	}
	f.kernels = append(f.kernels, k)
}

func (f *fuser) matmul(n *Node) {
	r := len(n.Shape)
	k := Kernel{
		Class: KBMM, MACs: n.MACs(), CIn: n.reduction(), COut: n.Shape[r-1], Groups: 1,
		M: n.Shape[r-2], N: n.Shape[r-1], K: n.reduction(), Count: 1, Node: n,
	}
	for _, d := range n.Shape[1 : r-2] {
		k.Count *= d
	}
	k.In = f.read(n.Inputs[0]) + f.read(n.Inputs[1])
	k.Out = n.Shape.Elems()
	f.kernels = append(f.kernels, k)
}

// elementwise emits a chain of pointwise operations. A chain keeps its shape:
// a gate of single pixels is not computed anew for every pixel that it scales.
func (f *fuser) elementwise(n *Node) {
	k := Kernel{Class: KElementwise, Count: 1, Node: n}
	for _, in := range n.Inputs {
		k.In += f.operand(n, in)
	}
	last := n
	for c := f.next[n.ID]; c != nil && pointwise(c) && slices.Equal(c.Shape, n.Shape); c = f.next[last.ID] {
		if len(c.Inputs) == 2 {
			other := otherInput(c, last)
			if other.ID > n.ID {
				break
			}
			k.In += f.read(other)
		}
		f.fused[c.ID] = true
		last = c
	}
	k.Out = last.Shape.Elems()
	f.kernels = append(f.kernels, k)
}

func pointwise(n *Node) bool {
	switch n.Op.(type) {
	case Add, Sub, Mul, Activation, Scale, LayerScale, BatchNorm:
		return true
	}
	return false
}

func (f *fuser) memory(c Class, n *Node, channels int) {
	k := Kernel{Class: c, COut: channels, Count: 1, Node: n}
	for _, in := range n.Inputs {
		k.In += f.read(in)
	}
	k.Out = n.Shape.Elems()
	f.kernels = append(f.kernels, k)
}
