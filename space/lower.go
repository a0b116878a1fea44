package space

import (
	"fmt"
	"iter"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// Input is what a network is lowered for.
type Input struct {
	Batch, Height, Width int
	// Features asks for the outputs of the four stages, as detection and
	// segmentation use them, in place of the classifier.
	Features bool
}

// Classes is the size of the classifier (ImageNet-1k).
const Classes = 1000

// Shape is that of the image batch [B,3,H,W].
func (in Input) Shape() graph.Shape { return graph.Shape{in.Batch, 3, in.Height, in.Width} }

// Part is a piece of a network that is lowered by itself: the stem, a block, a
// run of Transformer blocks, or the head. Equal parts on equal input shapes
// have equal graphs, so their costs can be kept. Kernels never cross a part's
// border.
type Part struct {
	level     int // 1 the stem, 2 to 5 the stages, 6 the head
	stem      Stem
	reduction Reduction
	block     Block
	run       int // number of blocks that are lowered as one run; 0 for one block
	stride    int
	width     int // output channels
	global    int // channels of the Transformer inside
	s, k      int
}

// Parts are the pieces of the network in order.
func (a Arch) Parts(features bool) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		if !yield(Part{level: 1, stem: a.Stem}) {
			return
		}
		for i, s := range a.Stages {
			if !a.stageParts(i+2, s, yield) {
				return
			}
		}
		if !features {
			yield(Part{level: 6})
		}
	}
}

// stageParts yields the parts of a stage; false ends the sequence.
func (a Arch) stageParts(level int, s Stage, yield func(Part) bool) bool {
	p := Part{level: level, stem: a.Stem, reduction: a.Reduction, width: s.Width, stride: 2, s: 1, k: 3}
	if level == 2 {
		p.stride = 1 // the stem has reached this resolution already
	}
	for range s.Depth - s.Mixed {
		if !yield(p) {
			return false
		}
		p.stride = 1
	}
	p.block, p.global, p.s, p.k = s.Block, s.Global(), s.S, s.K
	if s.Mixed > 0 && kinds[s.Block].run {
		p.run = s.Mixed
		return yield(p)
	}
	for range s.Mixed {
		if !yield(p) {
			return false
		}
		p.stride = 1
	}
	return true
}

// Lower gives the network's graph. The outputs are the classifier's logits
// [B,1000], or with in.Features the maps of stages 2 to 5.
func (a Arch) Lower(in Input) (*graph.Graph, error) {
	if err := a.Validate(); err != nil {
		return nil, fmt.Errorf("architecture: %w", err)
	}
	var b graph.Builder
	x := b.Input("image", in.Shape())
	var outs []*graph.Node
	level, block := 0, 0
	for p := range a.Parts(in.Features) {
		if p.level != level {
			if level > 1 {
				outs = append(outs, x) // the last block of a stage
			}
			level, block = p.level, 0
		}
		x = p.add(&b, x, block+1)
		block += max(1, p.run)
	}
	if in.Features {
		outs = append(outs, x)
	} else {
		outs = []*graph.Node{x}
	}
	g, err := b.Graph(outs...)
	if err != nil {
		return nil, fmt.Errorf("architecture %s at %dx%d: %w", a.ID(), in.Height, in.Width, err)
	}
	return g, nil
}

// Stage is where the part stands: 1 is the stem, 2 to 5 the stages, 0 the head.
func (p Part) Stage() int {
	if p.level > 5 {
		return 0
	}
	return p.level
}

// Blocks is how many blocks the part has, and of which kind; none in stem and
// head.
func (p Part) Blocks() (int, Block) {
	if s := p.Stage(); s < 2 {
		return 0, p.block
	}
	return max(1, p.run), p.block
}

// Lower gives the part's own graph for an input of shape s.
func (p Part) Lower(s graph.Shape) (*graph.Graph, error) {
	var b graph.Builder
	x := b.Input("input", s)
	return b.Graph(p.add(&b, x, 1))
}

// add adds the part; block numbers its first block within the stage.
func (p Part) add(b *graph.Builder, x *graph.Node, block int) *graph.Node {
	if b.Err() != nil {
		return nil
	}
	b.Stage = p.level
	switch {
	case p.level == 1:
		b.Scope("stem", func() { x = p.stem.add(b, x) })
	case p.level == 6:
		b.Scope("head", func() { x = layer.Classifier(b, x, Classes) })
	default:
		scope, k := fmt.Sprintf("s%d", p.level), kinds[p.block]
		if !k.run {
			scope += fmt.Sprintf(".b%d", block)
		}
		b.Scope(scope, func() { x = k.add(p, b, x, block) })
	}
	return x
}

func (s Stem) add(b *graph.Builder, x *graph.Node) *graph.Node {
	if s == ResNetStem {
		x = b.Add("conv", graph.Conv{Out: 64, Kernel: 7, Stride: 2, Pad: 3}, x)
		x = b.Add("conv.bn", graph.BatchNorm{}, x)
		x = b.Add("conv.relu", graph.Activation{Kind: graph.ReLU}, x)
	} else {
		x = layer.ConvBNReLU(b, "conv1", x, 32, 3, 2, 1)
		x = layer.ConvBNReLU(b, "conv2", x, 32, 3, 1, 1)
		x = layer.ConvBNReLU(b, "conv3", x, 64, 3, 1, 1)
	}
	return b.Add("pool", graph.Pool{Max: true, Kernel: 3, Stride: 2, Pad: 1}, x)
}
