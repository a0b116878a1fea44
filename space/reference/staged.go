package reference

import (
	"fmt"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// staged lowers a network of stages, each at half the resolution of the one
// before, the first at a quarter of the image's.
type staged struct {
	stages  int
	anySize bool                                              // defined also where the stages' grids are not halves of each other
	stem    func(b *graph.Builder, x *graph.Node) *graph.Node // at stage 1; may be nil
	// stage adds the i-th stage, counted from 0, and returns a feature map; the
	// last one, which no features are asked of, returns what head takes.
	stage func(b *graph.Builder, i int, x *graph.Node, last bool) *graph.Node
	head  func(b *graph.Builder, x *graph.Node) *graph.Node
}

// imageMultiple is the coarsest stage's stride: with other sizes the stages'
// grids would not be halves of each other, which the networks' authors do not
// define.
const imageMultiple = 32

func (s staged) lower(in space.Input) (*graph.Graph, error) {
	var b graph.Builder
	x := b.Input("image", in.Shape())
	if !s.anySize && (in.Height%imageMultiple != 0 || in.Width%imageMultiple != 0) {
		b.Fail(fmt.Errorf("image of %dx%d: height and width must be multiples of %d", in.Height, in.Width, imageMultiple))
	}
	if b.Err() != nil {
		return b.Graph()
	}
	if s.stem != nil {
		b.Stage = 1
		x = s.stem(&b, x)
	}
	var maps []*graph.Node
	for i := range s.stages {
		b.Stage = i + 2
		b.Scope(fmt.Sprintf("s%d", i+2), func() { x = s.stage(&b, i, x, i == s.stages-1 && !in.Features) })
		if b.Err() != nil {
			return b.Graph()
		}
		maps = append(maps, x)
	}
	if in.Features {
		return b.Graph(maps...)
	}
	return b.Graph(s.head(&b, x))
}

// blocks adds a stage's blocks with names b1, b2 and so on.
func blocks(b *graph.Builder, x *graph.Node, depth int, add func(j int, x *graph.Node) *graph.Node) *graph.Node {
	for j := range depth {
		b.Scope(fmt.Sprintf("b%d", j+1), func() {
			if b.Err() == nil {
				x = add(j, x)
			}
		})
	}
	return x
}

// patchEmbed is a convolution whose output's tokens are normalised.
func patchEmbed(b *graph.Builder, x *graph.Node, conv graph.Conv) (tokens *graph.Node, h, w int) {
	conv.Bias = true
	x = b.Add("embed", conv, x)
	if x == nil {
		return nil, 0, 0
	}
	h, w = x.Shape[2], x.Shape[3]
	x = layer.ToTokens(b, "embed.tokens", x)
	return b.Add("embed.norm", graph.LayerNorm{Eps: 1e-5}, x), h, w
}

// meanHead normalises tokens and classifies their mean.
func meanHead(eps float64) func(b *graph.Builder, x *graph.Node) *graph.Node {
	return func(b *graph.Builder, x *graph.Node) *graph.Node {
		x = b.Add("norm", graph.LayerNorm{Eps: eps}, x)
		b.Stage = 0
		b.As(graph.Head, func() {
			x = b.Add("pool", graph.TokenMean{}, x)
			x = b.Add("fc", graph.Linear{Out: space.Classes, Bias: true}, x)
		})
		return x
	}
}

// mapHead classifies the mean of a feature map.
func mapHead(b *graph.Builder, x *graph.Node) *graph.Node {
	return layer.Classifier(b, x, space.Classes)
}

// transformers are rows of stages of Transformer blocks; reductions is nil
// where attention is not reduced.
func transformers(depths, widths, reductions []int) []space.Stage {
	rows := make([]space.Stage, len(depths))
	for i, d := range depths {
		rows[i] = space.Stage{Depth: d, Width: widths[i], Block: space.Transformer, Mixed: d, R: 1, S: 1, K: 3}
		if reductions != nil {
			rows[i].S = reductions[i]
		}
	}
	return rows
}
