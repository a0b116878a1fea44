package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// MixBlockA has its parts in parallel, each on a share of the channels.
const MixBlockA Block = 2

var _ = register(MixBlockA, kind{name: "MixBlockA", letter: "A", global: ratio, kernel: true, add: Part.addMixA})

func (p Part) addMixA(b *graph.Builder, x *graph.Node, _ int) *graph.Node {
	x = layer.ConvBN(b, "proj", x, p.width, 1, p.stride, 1)
	global := p.addGlobal(b, b.Add("split.global", graph.Slice{Axis: 1, Start: 0, End: p.global}, x))
	local := p.addLocal(b, b.Add("split.local", graph.Slice{Axis: 1, Start: p.global, End: p.width}, x))
	return concat(b, global, local)
}
