package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// MixBlockC runs the Transformer, then the BottleNeck on its output; any R.
const MixBlockC Block = 4

var _ = register(MixBlockC, kind{name: "MixBlockC", letter: "C", global: ratio, kernel: true, add: Part.addMixC})

func (p Part) addMixC(b *graph.Builder, x *graph.Node, _ int) *graph.Node {
	global := p.addGlobal(b, layer.ConvBN(b, "proj", x, p.global, 1, p.stride, 1))
	return concat(b, global, p.addLocal(b, widen(b, global, p.local())))
}
