package evaluator

import (
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// partKey: equal parts on equal shapes have equal values.
type partKey struct {
	part    space.Part
	c, h, w int
}

// partValue is what is kept of a part.
type partValue[V any] struct {
	value V
	out   graph.Shape
}

// partMemo keeps the values of parts: a search meets the same blocks over and
// over.
type partMemo[V any] struct {
	memo[partKey, partValue[V]]
}

// walk hands the values of an architecture's parts to each, in their order.
// Blocks that repeat within a stage are looked up once.
func (m *partMemo[V]) walk(a space.Arch, in space.Input, of func(*graph.Graph) V, each func(space.Part, partValue[V])) error {
	shape := in.Shape()
	var last partKey
	var v partValue[V]
	for part := range a.Parts(in.Features) {
		key := partKey{part, shape[1], shape[2], shape[3]}
		if key != last {
			var err error
			v, err = m.get(key, func() (partValue[V], error) {
				g, err := part.Lower(shape)
				if err != nil {
					return partValue[V]{}, err
				}
				return partValue[V]{of(g), g.Outputs[0].Shape}, nil
			})
			if err != nil {
				return err
			}
			last = key
		}
		each(part, v)
		shape = v.out
	}
	return nil
}
