package layer

import (
	"fmt"
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// PreNorm adds a pre-norm Transformer block around the given attention and
// MLP: x + attention(LN(x)), then the same with the MLP. The attention's names
// begin with attn, the MLP's with mlp.
func PreNorm(b *graph.Builder, x *graph.Node, eps float64, attention, mlp func(*graph.Node) *graph.Node) *graph.Node {
	b.As(graph.Transformer, func() {
		y := b.Add("norm1", graph.LayerNorm{Eps: eps}, x)
		b.Scope("attn", func() { y = attention(y) })
		x = b.Add("add1", graph.Add{}, x, y)
		y = b.Add("norm2", graph.LayerNorm{Eps: eps}, x)
		b.Scope("mlp", func() { y = mlp(y) })
		x = b.Add("add2", graph.Add{}, x, y)
	})
	return x
}

// MLP adds two linear layers with an activation between them.
func MLP(b *graph.Builder, x *graph.Node, hidden int, act graph.Kind) *graph.Node {
	c := x.Shape.Last()
	x = b.Add("fc1", graph.Linear{Out: hidden, Bias: true}, x)
	x = b.Add("act", graph.Activation{Kind: act}, x)
	return b.Add("fc2", graph.Linear{Out: c, Bias: true}, x)
}

// Channels takes the c channels from start of tokens [B,...,N,*].
func Channels(b *graph.Builder, name string, x *graph.Node, start, c int) *graph.Node {
	if x.Shape.Last() == c {
		return x
	}
	return b.Add(name+".slice", graph.Slice{Axis: len(x.Shape) - 1, Start: start, End: start + c}, x)
}

// SplitHeads puts the heads before the tokens: [B,...,N,C] to
// [B,...,heads,N,C/heads].
func SplitHeads(b *graph.Builder, name string, x *graph.Node, heads int) *graph.Node {
	s := x.Shape
	to := append(append(graph.Shape(nil), s[1:len(s)-1]...), heads, s.Last()/heads)
	x = b.Add(name+".split", graph.Reshape{To: to}, x)
	return b.Add(name+".t", graph.Transpose{Perm: swapHeads(len(to) + 1)}, x)
}

// MergeHeads is the inverse of SplitHeads.
func MergeHeads(b *graph.Builder, name string, x *graph.Node) *graph.Node {
	r := len(x.Shape)
	x = b.Add(name+".t", graph.Transpose{Perm: swapHeads(r)}, x)
	to := append(graph.Shape(nil), x.Shape[1:r-1]...)
	to[r-3] *= x.Shape.Last()
	return b.Add(name+".merge", graph.Reshape{To: to}, x)
}

// swapHeads exchanges the two axes before the last of r.
func swapHeads(r int) []int {
	perm := make([]int, r)
	for i := range perm {
		perm[i] = i
	}
	perm[r-3], perm[r-2] = r-2, r-3
	return perm
}

// Scaled is attention's scale, 1/sqrt(c/heads).
func Scaled(c, heads int) float64 { return 1 / math.Sqrt(float64(c/heads)) }

// Scores says what happens to the products of queries and keys before the
// softmax.
type Scores struct {
	Folded float64       // scale that costs nothing, folded into the queries; 0 means 1
	Scale  float64       // scale as an operation of its own; 0 means none
	Biases []*graph.Node // added in turn, broadcast over batch and windows
}

// Attend adds softmax(scores of q and k) v, for split heads.
func Attend(b *graph.Builder, q, k, v *graph.Node, s Scores) *graph.Node {
	x := b.Add("scores", graph.MatMul{TransB: true, Scale: s.Folded}, q, k)
	if s.Scale != 0 {
		x = b.Add("scale", graph.Scale{Value: s.Scale}, x)
	}
	for i, bias := range s.Biases {
		x = b.Add(fmt.Sprintf("scores.add%d", i+1), graph.Add{}, x, bias)
	}
	x = b.Add("softmax", graph.Softmax{}, x)
	return b.Add("context", graph.MatMul{}, x, v)
}

// SpatialReduction is attention over tokens of a Height x Width map whose keys
// and values come from the map reduced By times in height and width by a
// convolution (PVT, arXiv 2102.12122, section 3.3). The scale is folded into
// the queries.
type SpatialReduction struct {
	Heads, By     int
	Height, Width int
}

// Add adds the attention.
func (l SpatialReduction) Add(b *graph.Builder, x *graph.Node) *graph.Node {
	c := x.Shape.Last()
	q := SplitHeads(b, "q", b.Add("q", graph.Linear{Out: c, Bias: true}, x), l.Heads)
	if l.By > 1 {
		x = ToMap(b, "sr.map", x, l.Height, l.Width)
		x = b.Add("sr", graph.Conv{Out: c, Kernel: l.By, Stride: l.By, Bias: true}, x)
		x = ToTokens(b, "sr.tokens", x)
		x = b.Add("sr.norm", graph.LayerNorm{Eps: 1e-5}, x)
	}
	kv := b.Add("kv", graph.Linear{Out: 2 * c, Bias: true}, x)
	k := SplitHeads(b, "k", Channels(b, "k", kv, 0, c), l.Heads)
	v := SplitHeads(b, "v", Channels(b, "v", kv, c, c), l.Heads)
	x = MergeHeads(b, "context", Attend(b, q, k, v, Scores{Folded: Scaled(c, l.Heads)}))
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, x)
}
