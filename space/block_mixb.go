package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// MixBlockB runs the BottleNeck, then the Transformer on its output; R is one
// half.
const MixBlockB Block = 3

var _ = register(MixBlockB, kind{
	name: "MixBlockB", letter: "M", kernel: true, add: Part.addMixB,
	global: func(s Stage) int { return round32(float64(s.Width) / 2) },
})

func (p Part) addMixB(b *graph.Builder, x *graph.Node, _ int) *graph.Node {
	local := p.addLocal(b, layer.ConvBN(b, "proj", x, p.local(), 1, p.stride, 1))
	return concat(b, p.addGlobal(b, widen(b, local, p.global)), local)
}
