package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// BottleNeck is 1x1, 3x3, 1x1 with a residual (arXiv 1512.03385), and what the
// blocks of a stage are that are of no other kind.
const BottleNeck Block = 0

var _ = register(BottleNeck, kind{name: "BottleNeck", letter: "B", add: Part.addBottleNeck})

func (p Part) addBottleNeck(b *graph.Builder, x *graph.Node, _ int) *graph.Node {
	last := p.stem == ResNetStem
	return layer.BottleNeck{Mid: p.width / 4, Out: p.width, Kernel: p.k, Stride: p.stride, ShortcutLast: last}.Add(b, x)
}
