package graph

import "fmt"

// Op is an operation with its attributes; it infers its output's shape and
// counts its learned parameters and multiply-accumulates.
type Op interface {
	infer(in []Shape) (Shape, error)
}

// Input is the graph's input.
type Input struct{}

// Param is a learned tensor that is no operation's weight: a class token or a
// position embedding. Shape is that for one image, with a leading 1.
type Param struct{ Shape Shape }

// Conv is a 2-d convolution of a feature map with a square kernel.
type Conv struct {
	Out, Kernel, Stride, Pad int
	Groups                   int // 0 means 1
	Bias                     bool
	Window                   Window // where set, each window is convolved by itself, with zeros around it
}

// Linear is a fully connected layer on the last axis.
type Linear struct {
	Out  int
	Bias bool
}

// MatMul is a product over the last two axes, batched over the rest. Scale
// multiplies the product where it is not 0; it costs nothing, since it folds
// into the left operand's projection.
type MatMul struct {
	TransB bool
	Scale  float64
}

// BatchNorm is batch normalisation of a feature map in inference mode.
type BatchNorm struct{}

// LayerNorm normalises the last axis.
type LayerNorm struct{ Eps float64 }

// Kind of an activation.
type Kind uint8

// The activations.
const (
	ReLU Kind = iota
	GELU
	SiLU      // x * sigmoid(x), also called swish
	QuickGELU // x * sigmoid(1.702 x)
	Sigmoid
	Tanh
)

func (k Kind) String() string {
	return [...]string{"ReLU", "GELU", "SiLU", "QuickGELU", "Sigmoid", "Tanh"}[k]
}

// Activation is a pointwise non-linearity.
type Activation struct{ Kind Kind }

// Scale multiplies by a constant.
type Scale struct{ Value float64 }

// Add is the sum of two tensors, with broadcasting of the second.
type Add struct{}

// Softmax is over the last axis.
type Softmax struct{}

// Pool is a pooling with a square window.
type Pool struct {
	Max                 bool // else average
	Kernel, Stride, Pad int
	InsideOnly          bool // averages leave the padding out, also of their divisor
}

// GlobalPool averages a feature map over its pixels: [B,C,H,W] to [B,C].
type GlobalPool struct{}

// Reshape gives the tensor another shape; To excludes the batch.
type Reshape struct{ To Shape }

// Transpose permutes the axes.
type Transpose struct{ Perm []int }

// Slice takes [Start, End) of one axis.
type Slice struct{ Axis, Start, End int }

// Concat joins tensors along one axis.
type Concat struct{ Axis int }

func (Input) infer([]Shape) (Shape, error) { return nil, fmt.Errorf("an input takes no operands") }

func (p Param) infer(in []Shape) (Shape, error) { return p.Shape, arity(in, 0) }

func (c Conv) groups() int { return max(1, c.Groups) }

func (c Conv) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	s, g := in[0], c.groups()
	if s[1]%g != 0 || c.Out%g != 0 {
		return nil, fmt.Errorf("%d groups do not divide %d input and %d output channels", g, s[1], c.Out)
	}
	h, w, err := window(s, c.Kernel, c.Stride, c.Pad)
	if err != nil {
		return nil, err
	}
	if c.Out < 1 {
		return nil, fmt.Errorf("convolution to %d channels", c.Out)
	}
	if err := c.Window.check(s, c.Stride); err != nil {
		return nil, err
	}
	return Shape{s[0], c.Out, h, w}, nil
}

func (p Pool) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	h, w, err := window(in[0], p.Kernel, p.Stride, p.Pad)
	if err != nil {
		return nil, err
	}
	return Shape{in[0][0], in[0][1], h, w}, nil
}

func (l Linear) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	if len(in[0]) < 2 || l.Out < 1 {
		return nil, fmt.Errorf("linear layer from %v to %d", in[0], l.Out)
	}
	out := append(Shape(nil), in[0]...)
	out[len(out)-1] = l.Out
	return out, nil
}

func (m MatMul) infer(in []Shape) (Shape, error) {
	if err := arity(in, 2); err != nil {
		return nil, err
	}
	a, b := in[0], in[1]
	if len(a) != len(b) || len(a) < 3 {
		return nil, fmt.Errorf("product of %v and %v", a, b)
	}
	n := len(a)
	k, cols := b[n-2], b[n-1]
	if m.TransB {
		k, cols = cols, k
	}
	for i := range n - 2 {
		if a[i] != b[i] {
			return nil, fmt.Errorf("product of %v and %v: axis %d differs", a, b, i)
		}
	}
	if a[n-1] != k {
		return nil, fmt.Errorf("product of %v and %v: inner extents %d and %d", a, b, a[n-1], k)
	}
	out := append(Shape(nil), a...)
	out[n-1] = cols
	return out, nil
}

func (BatchNorm) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	return in[0], nil
}

func (LayerNorm) infer(in []Shape) (Shape, error)  { return same(in) }
func (Activation) infer(in []Shape) (Shape, error) { return same(in) }
func (Scale) infer(in []Shape) (Shape, error)      { return same(in) }
func (Softmax) infer(in []Shape) (Shape, error)    { return same(in) }

func (Add) infer(in []Shape) (Shape, error) { return broadcast("sum", in) }

func (GlobalPool) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	return in[0][:2:2], nil
}

func (r Reshape) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	out := append(Shape{in[0][0]}, r.To...)
	if out.Elems() != in[0].Elems() {
		return nil, fmt.Errorf("reshape of %v to %v", in[0], out)
	}
	return out, nil
}

func (t Transpose) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	s := in[0]
	if len(t.Perm) != len(s) {
		return nil, fmt.Errorf("transpose of %v by %v", s, t.Perm)
	}
	out, seen := make(Shape, len(s)), make([]bool, len(s))
	for i, p := range t.Perm {
		if p < 0 || p >= len(s) || seen[p] {
			return nil, fmt.Errorf("transpose of %v by %v", s, t.Perm)
		}
		out[i], seen[p] = s[p], true
	}
	return out, nil
}

func (c Slice) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	s := in[0]
	if c.Axis < 1 || c.Axis >= len(s) || c.Start < 0 || c.Start >= c.End || c.End > s[c.Axis] {
		return nil, fmt.Errorf("slice %d:%d of axis %d of %v", c.Start, c.End, c.Axis, s)
	}
	out := append(Shape(nil), s...)
	out[c.Axis] = c.End - c.Start
	return out, nil
}

func (c Concat) infer(in []Shape) (Shape, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("concatenation of %d tensors", len(in))
	}
	out := append(Shape(nil), in[0]...)
	if c.Axis < 1 || c.Axis >= len(out) {
		return nil, fmt.Errorf("concatenation along axis %d of %v", c.Axis, out)
	}
	for _, s := range in[1:] {
		if len(s) != len(out) {
			return nil, fmt.Errorf("concatenation of %v and %v", out, s)
		}
		for i := range s {
			// A parameter has a leading 1 in place of the batch.
			if i != c.Axis && i != 0 && s[i] != out[i] {
				return nil, fmt.Errorf("concatenation of %v and %v along axis %d", out, s, c.Axis)
			}
		}
		out[c.Axis] += s[c.Axis]
		out[0] = max(out[0], s[0])
	}
	return out, nil
}

func arity(in []Shape, n int) error {
	if len(in) != n {
		return fmt.Errorf("%d operands, need %d", len(in), n)
	}
	return nil
}

func same(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	return in[0], nil
}

func maps(in []Shape) error {
	if err := arity(in, 1); err != nil {
		return err
	}
	if !in[0].IsMap() {
		return fmt.Errorf("needs a feature map [batch,C,H,W], got %v", in[0])
	}
	return nil
}

// window is the output extent of a convolution or pooling.
func window(s Shape, kernel, stride, pad int) (h, w int, err error) {
	if kernel < 1 || stride < 1 || pad < 0 || pad >= kernel {
		return 0, 0, fmt.Errorf("kernel %d, stride %d, padding %d", kernel, stride, pad)
	}
	h, w = s[2]+2*pad-kernel, s[3]+2*pad-kernel
	if h < 0 || w < 0 {
		return 0, 0, fmt.Errorf("kernel %d does not fit the %dx%d feature map", kernel, s[2], s[3])
	}
	return h/stride + 1, w/stride + 1, nil
}
