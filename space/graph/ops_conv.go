package graph

import "fmt"

// Mul is the product of two tensors, with broadcasting of the second: the
// gate [B,C,1,1] of a squeeze-and-excitation scales the channels of a map.
type Mul struct{}

// Sub is the first tensor less the second, with broadcasting of the second.
type Sub struct{}

// LayerScale multiplies each channel by a learned factor (arXiv 2103.17239,
// section 2.1). Axis is that of the channels: 1 in feature maps, the last in
// tokens.
type LayerScale struct{ Axis int }

// GroupNorm normalises each group of channels of a feature map over its pixels
// (arXiv 1803.08494), then scales and shifts each channel.
type GroupNorm struct {
	Groups int
	Eps    float64
}

// Resize brings a feature map to another extent by bilinear interpolation
// between pixel centres (PyTorch's align_corners=False).
type Resize struct{ Height, Width int }

// DistanceBias spreads a learned table [1, heads, h*w], one entry for each
// absolute distance in rows and columns between two positions of an h x w map,
// into what is added to attention's scores: [1, heads, h*w, h*w] (LeViT, arXiv
// 2104.01136, section 4.3). Index says which entry each pair takes. It is
// constant in inference.
type DistanceBias struct{ Height, Width int }

func (Mul) infer(in []Shape) (Shape, error) { return broadcast("product", in) }
func (Sub) infer(in []Shape) (Shape, error) { return broadcast("difference", in) }

// broadcast is the shape of a pointwise operation on two tensors, the second
// of which may have extents of 1.
func broadcast(what string, in []Shape) (Shape, error) {
	if err := arity(in, 2); err != nil {
		return nil, err
	}
	a, b := in[0], in[1]
	if len(a) != len(b) {
		return nil, fmt.Errorf("%s of %v and %v", what, a, b)
	}
	for i := range a {
		if b[i] != a[i] && b[i] != 1 {
			return nil, fmt.Errorf("%s of %v and %v: axis %d differs", what, a, b, i)
		}
	}
	return a, nil
}

func (l LayerScale) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	if l.Axis < 1 || l.Axis >= len(in[0]) {
		return nil, fmt.Errorf("channels on axis %d of %v", l.Axis, in[0])
	}
	return in[0], nil
}

func (n GroupNorm) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	if n.Groups < 1 || in[0][1]%n.Groups != 0 {
		return nil, fmt.Errorf("%d groups of %d channels", n.Groups, in[0][1])
	}
	return in[0], nil
}

func (r Resize) infer(in []Shape) (Shape, error) {
	if err := maps(in); err != nil {
		return nil, err
	}
	if r.Height < 1 || r.Width < 1 {
		return nil, fmt.Errorf("resizing to %dx%d", r.Height, r.Width)
	}
	return Shape{in[0][0], in[0][1], r.Height, r.Width}, nil
}

func (d DistanceBias) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	s, n := in[0], d.Height*d.Width
	if len(s) != 3 || d.Height < 1 || d.Width < 1 || s[2] != n {
		return nil, fmt.Errorf("a table %v for a map of %dx%d", s, d.Height, d.Width)
	}
	return Shape{1, s[1], n, n}, nil
}

// Index is the table's entry for each pair of positions, n*n of them, row by
// row.
func (d DistanceBias) Index() []int {
	n, w := d.Height*d.Width, d.Width
	index := make([]int, 0, n*n)
	for a := range n {
		for b := range n {
			dy, dx := a/w-b/w, a%w-b%w
			index = append(index, max(dy, -dy)*w+max(dx, -dx))
		}
	}
	return index
}
