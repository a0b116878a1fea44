package graph

import "fmt"

// Window is the extent of the windows that attention is restricted to; the
// zero Window is the whole feature map.
type Window struct{ Height, Width int }

func (w Window) check(s Shape, stride int) error {
	if w == (Window{}) {
		return nil
	}
	if w.Height < 1 || w.Width < 1 || s[2]%w.Height != 0 || s[3]%w.Width != 0 || stride != 1 {
		return fmt.Errorf("windows of %dx%d in the %dx%d feature map at stride %d", w.Height, w.Width, s[2], s[3], stride)
	}
	return nil
}

// parts reports whether the windows are more than one.
func (w Window) parts(s Shape) bool {
	return w != (Window{}) && (w.Height != s[2] || w.Width != s[3])
}

// Pad appends zeros at the end of each axis: After[i] of them on axis i. It
// brings maps to a multiple of the window.
type Pad struct{ After Shape }

// Roll shifts pixels [B,H,W,C] cyclically by so many rows and columns towards
// the end (towards the start where negative), as the shifted windows of Swin do
// (arXiv 2103.14030, section 3.2).
type Roll struct{ Rows, Columns int }

// Contiguous gives back its operand with its elements in order: where the
// authors' code stores a permuted tensor before it permutes it again, exports
// keep the two layout changes apart, and so does the list of kernels.
type Contiguous struct{}

// RelativeBias spreads a learned table [1, (2h-1)(2w-1), heads], one entry for
// each offset between two positions of an h x w window, into what is added to
// the scores of a window: [1, 1, heads, h*w, h*w] (Swin, equation 4). Index
// says which row each pair takes. It is constant in inference.
type RelativeBias struct{ Window Window }

// WindowMask is the constant [1, windows, 1, n, n] that keeps apart the pixels
// that a shift towards the start has brought into one window of n pixels: -100
// where two come from different regions of the Height x Width map, else 0
// (Swin, section 3.2). Values gives it.
type WindowMask struct {
	Height, Width int
	Window        Window
	Rows, Columns int // of the shift
}

// TokenMean averages tokens: [B,N,C] to [B,C].
type TokenMean struct{}

func (p Pad) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	if len(p.After) != len(in[0]) || p.After[0] != 0 {
		return nil, fmt.Errorf("padding of %v by %v", in[0], p.After)
	}
	out := append(Shape(nil), in[0]...)
	for i, n := range p.After {
		if n < 0 {
			return nil, fmt.Errorf("padding of %v by %v", in[0], p.After)
		}
		out[i] += n
	}
	return out, nil
}

func (r Roll) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	s := in[0]
	if len(s) != 4 || max(r.Rows, -r.Rows) >= s[1] || max(r.Columns, -r.Columns) >= s[2] {
		return nil, fmt.Errorf("roll of %v by %d rows and %d columns", s, r.Rows, r.Columns)
	}
	return s, nil
}

func (Contiguous) infer(in []Shape) (Shape, error) { return same(in) }

func (r RelativeBias) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	s, w := in[0], r.Window
	if len(s) != 3 || s[1] != (2*w.Height-1)*(2*w.Width-1) {
		return nil, fmt.Errorf("a table %v for windows of %dx%d", s, w.Height, w.Width)
	}
	n := w.Height * w.Width
	return Shape{1, 1, s[2], n, n}, nil
}

// Index is the table's row for each pair of positions, n*n of them, row by
// row.
func (r RelativeBias) Index() []int {
	h, w := r.Window.Height, r.Window.Width
	n := h * w
	index := make([]int, 0, n*n)
	for a := range n {
		for b := range n {
			dy, dx := a/w-b/w+h-1, a%w-b%w+w-1
			index = append(index, dy*(2*w-1)+dx)
		}
	}
	return index
}

func (m WindowMask) infer(in []Shape) (Shape, error) {
	w := m.Window
	if w.Height < 1 || w.Width < 1 || m.Height%w.Height != 0 || m.Width%w.Width != 0 {
		return nil, fmt.Errorf("a mask of %dx%d in windows of %dx%d", m.Height, m.Width, w.Height, w.Width)
	}
	n := w.Height * w.Width
	return Shape{1, m.Height * m.Width / n, 1, n, n}, arity(in, 0)
}

// Values of the mask, in the order of its shape.
func (m WindowMask) Values() []float32 {
	w := m.Window
	n := w.Height * w.Width
	values := make([]float32, 0, m.Height*m.Width*n)
	for top := 0; top < m.Height; top += w.Height {
		for left := 0; left < m.Width; left += w.Width {
			region := func(i int) int {
				y, x := top+i/w.Width, left+i%w.Width
				return 3*band(y, m.Height, w.Height, m.Rows) + band(x, m.Width, w.Width, m.Columns)
			}
			for a := range n {
				for b := range n {
					var v float32
					if region(a) != region(b) {
						v = -100
					}
					values = append(values, v)
				}
			}
		}
	}
	return values
}

// band is 0 before the last window, 1 in the part of it that stayed, and 2 in
// the part that the shift brought round.
func band(i, extent, window, shift int) int {
	switch {
	case i < extent-window:
		return 0
	case i < extent-shift:
		return 1
	}
	return 2
}

func (TokenMean) infer(in []Shape) (Shape, error) {
	if err := arity(in, 1); err != nil {
		return nil, err
	}
	if len(in[0]) != 3 {
		return nil, fmt.Errorf("mean over the tokens of %v", in[0])
	}
	return Shape{in[0][0], in[0][2]}, nil
}
