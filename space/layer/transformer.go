package layer

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// Reduction is how keys and values are brought to a coarser grid before
// attention.
type Reduction uint8

// The reductions by a factor S in height and width: average pooling, or a
// convolution with kernel and stride S as in PVT (arXiv 2102.12122, section
// 3.3). Both are followed by layer normalisation.
const (
	PoolReduction Reduction = iota
	ConvReduction
)

// Transformer is a pre-norm Transformer block on tokens [B,N,C]: layer
// normalisation, multi-head attention, residual; layer normalisation, MLP with
// GELU, residual.
type Transformer struct {
	Heads  int
	Hidden int // of the MLP
	// Keys and values come from a grid of Height x Width tokens reduced by
	// Reduce where that is above 1.
	Reduce        int
	By            Reduction
	Height, Width int
	// FusedQKV computes queries, keys and values by one linear layer with the
	// scale folded in, as ViT implementations do; else queries apart from keys
	// and values, and an explicit scale, as in PVT.
	FusedQKV bool
	QKVBias  bool
	Eps      float64 // of layer normalisation; 0 means 1e-5
}

// Add adds the block.
func (l Transformer) Add(b *graph.Builder, x *graph.Node) *graph.Node {
	if b.Err() != nil {
		return nil
	}
	b.As(graph.Transformer, func() {
		y := b.Add("norm1", l.norm(), x)
		b.Scope("attn", func() { y = l.attention(b, y) })
		x = b.Add("add1", graph.Add{}, x, y)
		y = b.Add("norm2", l.norm(), x)
		b.Scope("mlp", func() {
			y = b.Add("fc1", graph.Linear{Out: l.Hidden, Bias: true}, y)
			y = b.Add("gelu", graph.Activation{Kind: graph.GELU}, y)
			y = b.Add("fc2", graph.Linear{Out: channels(x), Bias: true}, y)
		})
		x = b.Add("add2", graph.Add{}, x, y)
	})
	return x
}

func channels(x *graph.Node) int {
	if x == nil {
		return 0
	}
	return x.Shape.Last()
}

func (l Transformer) norm() graph.LayerNorm {
	if l.Eps == 0 {
		return graph.LayerNorm{Eps: 1e-5}
	}
	return graph.LayerNorm{Eps: l.Eps}
}

func (l Transformer) attention(b *graph.Builder, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	c := x.Shape.Last()
	scale := 1 / math.Sqrt(float64(c/l.Heads))
	var q, k, v *graph.Node
	var scores *graph.Node
	if l.FusedQKV {
		qkv := b.Add("qkv", graph.Linear{Out: 3 * c, Bias: l.QKVBias}, x)
		q, k = l.split(b, "q", qkv, 0, c), l.split(b, "k", qkv, c, c)
		scores = b.Add("scores", graph.MatMul{TransB: true, Scale: scale}, q, k)
		scores = b.Add("softmax", graph.Softmax{}, scores)
		v = l.split(b, "v", qkv, 2*c, c)
	} else {
		q = l.split(b, "q.heads", b.Add("q", graph.Linear{Out: c, Bias: l.QKVBias}, x), 0, c)
		kv := b.Add("kv", graph.Linear{Out: 2 * c, Bias: l.QKVBias}, l.reduce(b, x))
		k = l.split(b, "k", kv, 0, c)
		scores = b.Add("scores", graph.MatMul{TransB: true}, q, k)
		scores = b.Add("scale", graph.Scale{Value: scale}, scores)
		scores = b.Add("softmax", graph.Softmax{}, scores)
		v = l.split(b, "v", kv, c, c)
	}
	y := b.Add("context", graph.MatMul{}, scores, v)
	if y == nil {
		return nil
	}
	y = b.Add("context.t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, y)
	y = b.Add("context.merge", graph.Reshape{To: graph.Shape{x.Shape[1], c}}, y)
	return b.Add("proj", graph.Linear{Out: c, Bias: true}, y)
}

// split takes c channels from start and puts the heads before the tokens:
// [B,N,*] to [B,heads,N,c/heads].
func (l Transformer) split(b *graph.Builder, name string, x *graph.Node, start, c int) *graph.Node {
	if x == nil {
		return nil
	}
	if x.Shape.Last() != c {
		x = b.Add(name+".slice", graph.Slice{Axis: 2, Start: start, End: start + c}, x)
	}
	x = b.Add(name+".split", graph.Reshape{To: graph.Shape{x.Shape[1], l.Heads, c / l.Heads}}, x)
	return b.Add(name+".t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, x)
}

func (l Transformer) reduce(b *graph.Builder, x *graph.Node) *graph.Node {
	if l.Reduce <= 1 {
		return x
	}
	c := x.Shape.Last()
	x = ToMap(b, "sr.map", x, l.Height, l.Width)
	if l.By == ConvReduction {
		x = b.Add("sr", graph.Conv{Out: c, Kernel: l.Reduce, Stride: l.Reduce, Bias: true}, x)
	} else {
		x = b.Add("sr", graph.Pool{Kernel: l.Reduce, Stride: l.Reduce}, x)
	}
	x = ToTokens(b, "sr.tokens", x)
	return b.Add("sr.norm", l.norm(), x)
}
