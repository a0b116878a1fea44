package reference

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// cswin is a CSWin Transformer (arXiv 2107.00652, section 3; the authors'
// models/cswin.py): half of the heads attend in vertical stripes, half in
// horizontal ones, all heads over the whole map in the last stage; positions
// come from a depthwise convolution of the values inside each stripe.
type cswin struct {
	dim    int // of the first stage; it doubles
	heads  int // likewise
	depths []int
}

func cswins() []Network {
	const source = "the authors' models/cswin.py, counted at 224x224 (their README: 23 M and 4.3 G, 35 M and 6.9 G, 78 M and 15.0 G)"
	table := []struct {
		name         string
		net          cswin
		params, macs int64
	}{
		{"CSWin-T", cswin{64, 2, []int{1, 2, 21, 1}}, 22_320_552, 4_324_203_008},
		{"CSWin-S", cswin{64, 2, []int{2, 4, 32, 2}}, 34_643_304, 6_800_714_752},
		{"CSWin-B", cswin{96, 4, []int{2, 4, 32, 2}}, 77_382_184, 14_955_348_480},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		widths := []int{n.dim, 2 * n.dim, 4 * n.dim, 8 * n.dim}
		all = append(all, Network{
			Name: row.name, Family: "CSWin", Definition: Public,
			lower:     staged{stages: 4, stage: n.stage, head: meanHead(1e-5)}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      transformers(n.depths, widths, nil),
		})
	}
	return all
}

func (n cswin) stage(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node {
	dim := n.dim << i
	conv := graph.Conv{Out: dim, Kernel: 3, Stride: 2, Pad: 1}
	if i == 0 {
		conv = graph.Conv{Out: dim, Kernel: 7, Stride: 4, Pad: 2}
	}
	x, h, w := patchEmbed(b, x, conv)
	stripes := []stripe{{window: graph.Window{Height: h, Width: w}, heads: n.heads << i}}
	if i < 3 {
		half := n.heads << i / 2
		stripes = []stripe{
			{window: graph.Window{Height: h, Width: stripeWidth(i, w)}, heads: half},
			{window: graph.Window{Height: stripeWidth(i, h), Width: w}, heads: half},
		}
	}
	x = blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		return layer.PreNorm(b, x, 1e-5,
			func(x *graph.Node) *graph.Node { return crossAttention(b, x, h, w, stripes) },
			func(x *graph.Node) *graph.Node { return layer.MLP(b, x, 4*dim, graph.GELU) })
	})
	if last {
		return x
	}
	return layer.ToMap(b, "map", x, h, w)
}

// stripeWidth is the stripes' width in stage i on a map of that extent: 1, 2
// and 7, as far as these divide it. The authors take 12 in the third stage at
// 384 pixels; for other extents the next divisor from 7 on is our choice.
func stripeWidth(i, extent int) int {
	width := []int{1, 2, 7}[i]
	if i == 2 && extent == 24 {
		return 12
	}
	for width < extent && extent%width != 0 {
		width++
	}
	return min(width, extent)
}

// stripe is a branch of the attention: its windows and heads.
type stripe struct {
	window graph.Window
	heads  int
}

// crossAttention splits the channels among the stripes.
func crossAttention(b *graph.Builder, x *graph.Node, h, w int, stripes []stripe) *graph.Node {
	c := x.Shape.Last()
	qkv := b.Add("qkv", graph.Linear{Out: 3 * c, Bias: true}, x)
	part := c / len(stripes)
	var outs []*graph.Node
	for j, s := range stripes {
		b.Scope(fmt.Sprintf("stripe%d", j+1), func() {
			operand := func(name string, k int) *graph.Node {
				return s.channelsFirst(b, name, qkv, k*c+j*part, part)
			}
			q := s.tokens(b, "q", operand("q", 0), h, w)
			k := s.tokens(b, "k", operand("k", 1), h, w)
			v := operand("v", 2)
			outs = append(outs, s.attention(b, q, k, v, h, w))
		})
	}
	x = outs[0]
	if len(outs) > 1 {
		x = b.Add("concat", graph.Concat{Axis: 2}, outs...)
	}
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, x)
}

// channelsFirst takes c channels of tokens [B,N,*] as [B,c,N].
func (s stripe) channelsFirst(b *graph.Builder, name string, x *graph.Node, start, c int) *graph.Node {
	x = layer.Channels(b, name, x, start, c)
	x = b.Add(name+".first", graph.Transpose{Perm: []int{0, 2, 1}}, x)
	return b.Add(name+".stored", graph.Contiguous{}, x)
}

// split is the shape of h x w pixels in windows, behind the given axes.
func (s stripe) split(h, w int, axes ...int) graph.Shape {
	return append(graph.Shape(axes), h/s.window.Height, s.window.Height, w/s.window.Width, s.window.Width)
}

// tokens makes [B,c,N] windows with split heads: [B,windows,heads,n,c/heads].
func (s stripe) tokens(b *graph.Builder, name string, x *graph.Node, h, w int) *graph.Node {
	c, n := x.Shape[1], s.window.Height*s.window.Width
	x = b.Add(name+".map", graph.Reshape{To: s.split(h, w, c)}, x)
	x = b.Add(name+".last", graph.Transpose{Perm: []int{0, 2, 4, 3, 5, 1}}, x)
	x = b.Add(name+".windows", graph.Contiguous{}, x)
	x = b.Add(name+".tokens", graph.Reshape{To: graph.Shape{h * w / n, n, c}}, x)
	x = layer.SplitHeads(b, name, x, s.heads)
	return b.Add(name+".heads", graph.Contiguous{}, x)
}

// mapTokens is tokens for a feature map, in one layout change.
func (s stripe) mapTokens(b *graph.Builder, name string, x *graph.Node) *graph.Node {
	c, h, w := x.Shape[1], x.Shape[2], x.Shape[3]
	n := s.window.Height * s.window.Width
	x = b.Add(name+".split", graph.Reshape{To: s.split(h, w, s.heads, c/s.heads)}, x)
	x = b.Add(name+".t", graph.Transpose{Perm: []int{0, 3, 5, 1, 4, 6, 2}}, x)
	x = b.Add(name+".tokens", graph.Reshape{To: graph.Shape{h * w / n, s.heads, n, c / s.heads}}, x)
	return b.Add(name+".windows", graph.Contiguous{}, x)
}

// attention is that inside the stripes, with the values' local positions
// (LePE, equation 7) added; it returns tokens [B,h*w,c].
func (s stripe) attention(b *graph.Builder, q, k, v *graph.Node, h, w int) *graph.Node {
	c := v.Shape[1]
	v = b.Add("v.map", graph.Reshape{To: graph.Shape{c, h, w}}, v)
	lepe := b.Add("lepe", graph.Conv{Out: c, Kernel: 3, Stride: 1, Pad: 1, Groups: c, Bias: true, Window: s.window}, v)
	lepe = s.mapTokens(b, "lepe", lepe)
	v = s.mapTokens(b, "v", v)
	q = b.Add("q.scale", graph.Scale{Value: layer.Scaled(c, s.heads)}, q)
	x := b.Add("add", graph.Add{}, layer.Attend(b, q, k, v, layer.Scores{}), lepe)
	x = layer.MergeHeads(b, "merge", x)
	x = b.Add("merge.stored", graph.Contiguous{}, x)
	x = b.Add("join.split", graph.Reshape{To: graph.Shape{h / s.window.Height, w / s.window.Width, s.window.Height, s.window.Width, c}}, x)
	x = b.Add("join.t", graph.Transpose{Perm: []int{0, 1, 3, 2, 4, 5}}, x)
	x = b.Add("join.stored", graph.Contiguous{}, x)
	return b.Add("join", graph.Reshape{To: graph.Shape{h * w, c}}, x)
}
