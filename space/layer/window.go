package layer

import "github.com/trtnas/trtnas/space/graph"

// Windows is multi-head attention inside the windows of a map of pixels
// [B,Height,Width,C], padded with zeros to whole windows.
type Windows struct {
	Heads  int
	Window graph.Window
	// Shift moves the map by half a window towards the start, in the axes that
	// exceed the window, and masks what the shift brings together.
	Shift bool
	// Bias adds a learned bias for each offset between two pixels.
	Bias bool
	// ProjectLast brings the pixels back in order before the output's
	// projection, as Twins does (arXiv 2104.13840); Swin (arXiv 2103.14030)
	// projects inside the windows.
	ProjectLast bool
}

// Add adds the attention, on tokens [B,h*w,C].
func (l Windows) Add(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	n, c := x.Shape[1], x.Shape[2]
	rows, columns := l.shifts(h, w)
	x = b.Add("pixels", graph.Reshape{To: graph.Shape{h, w, c}}, x)
	if rows+columns > 0 {
		x = b.Add("shift", graph.Roll{Rows: -rows, Columns: -columns}, x)
	}
	x = PadTo(b, "pad", x, l.Window.Height, l.Window.Width)
	high, wide := x.Shape[1], x.Shape[2]
	x = partition(b, x, l.Window)
	var biases []*graph.Node
	if l.Bias {
		biases = append(biases, l.relative(b))
	}
	if rows+columns > 0 {
		biases = append(biases, b.Add("mask", graph.WindowMask{
			Height: high, Width: wide, Window: l.Window, Rows: rows, Columns: columns,
		}))
	}
	x = l.attend(b, x, biases)
	if !l.ProjectLast {
		x = b.Add("proj", graph.Linear{Out: c, Bias: true}, x)
	}
	x = join(b, x, high, wide, l.Window)
	x = crop(b, x, h, w)
	if rows+columns > 0 {
		x = b.Add("unshift", graph.Roll{Rows: rows, Columns: columns}, x)
	}
	x = b.Add("tokens", graph.Reshape{To: graph.Shape{n, c}}, x)
	if l.ProjectLast {
		x = b.Add("proj", graph.Linear{Out: c, Bias: true}, x)
	}
	return x
}

func (l Windows) shifts(h, w int) (rows, columns int) {
	if l.Shift && h > l.Window.Height {
		rows = l.Window.Height / 2
	}
	if l.Shift && w > l.Window.Width {
		columns = l.Window.Width / 2
	}
	return rows, columns
}

func (l Windows) relative(b *graph.Builder) *graph.Node {
	w := l.Window
	table := b.Add("bias.table", graph.Param{Shape: graph.Shape{1, (2*w.Height - 1) * (2*w.Width - 1), l.Heads}})
	return b.Add("bias", graph.RelativeBias{Window: w}, table)
}

// attend is attention in windows [B,windows,N,C].
func (l Windows) attend(b *graph.Builder, x *graph.Node, biases []*graph.Node) *graph.Node {
	c := x.Shape.Last()
	qkv := b.Add("qkv", graph.Linear{Out: 3 * c, Bias: true}, x)
	q := b.Add("q.scale", graph.Scale{Value: Scaled(c, l.Heads)}, Channels(b, "q", qkv, 0, c))
	q = SplitHeads(b, "q", q, l.Heads)
	k := SplitHeads(b, "k", Channels(b, "k", qkv, c, c), l.Heads)
	v := SplitHeads(b, "v", Channels(b, "v", qkv, 2*c, c), l.Heads)
	return MergeHeads(b, "context", Attend(b, q, k, v, Scores{Biases: biases}))
}

// partition makes windows of pixels: [B,H,W,C] to [B,windows,N,C].
func partition(b *graph.Builder, x *graph.Node, w graph.Window) *graph.Node {
	h, v, c := x.Shape[1]/w.Height, x.Shape[2]/w.Width, x.Shape[3]
	x = b.Add("windows.split", graph.Reshape{To: graph.Shape{h, w.Height, v, w.Width, c}}, x)
	x = b.Add("windows.t", graph.Transpose{Perm: []int{0, 1, 3, 2, 4, 5}}, x)
	return b.Add("windows", graph.Reshape{To: graph.Shape{h * v, w.Height * w.Width, c}}, x)
}

// join is the inverse of partition, for h x v pixels.
func join(b *graph.Builder, x *graph.Node, h, v int, w graph.Window) *graph.Node {
	c := x.Shape.Last()
	x = b.Add("windows.stored", graph.Contiguous{}, x)
	x = b.Add("join.split", graph.Reshape{To: graph.Shape{h / w.Height, v / w.Width, w.Height, w.Width, c}}, x)
	x = b.Add("join.t", graph.Transpose{Perm: []int{0, 1, 3, 2, 4, 5}}, x)
	x = b.Add("join", graph.Reshape{To: graph.Shape{h, v, c}}, x)
	return b.Add("join.stored", graph.Contiguous{}, x)
}

// PadTo appends zeros to pixels [B,H,W,C] up to multiples of h and w.
func PadTo(b *graph.Builder, name string, x *graph.Node, h, w int) *graph.Node {
	down, right := (h-x.Shape[1]%h)%h, (w-x.Shape[2]%w)%w
	if down+right == 0 {
		return x
	}
	return b.Add(name, graph.Pad{After: graph.Shape{0, down, right, 0}}, x)
}

// crop takes the first h x w pixels of [B,H,W,C].
func crop(b *graph.Builder, x *graph.Node, h, w int) *graph.Node {
	if x.Shape[1] > h {
		x = b.Add("crop.rows", graph.Slice{Axis: 1, Start: 0, End: h}, x)
	}
	if x.Shape[2] > w {
		x = b.Add("crop.columns", graph.Slice{Axis: 2, Start: 0, End: w}, x)
	}
	return x
}
