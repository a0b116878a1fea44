package onnx

import (
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// permute adds a transposition that moves something. Two that are kept apart by
// a change of extents are stored in between, as engines do.
func (r *reader) permute(n *node, x *graph.Node, order []int) (*graph.Node, error) {
	if slices.IsSorted(order) {
		return x, nil
	}
	if r.cuts[x] && undoes(order, x.Op.(graph.Transpose).Perm) {
		return x.Inputs[0], nil
	}
	if storedBefore(x) {
		stored, err := r.addAs(n.name+"/stored", graph.Contiguous{}, x)
		if err != nil {
			return nil, err
		}
		x = stored
	}
	return r.add(n, graph.Transpose{Perm: order}, x)
}

func undoes(order, perm []int) bool {
	for i, p := range order {
		if perm[p] != i {
			return false
		}
	}
	return true
}

// storedBefore reports whether x is a transposition in extents that join axes
// which it has moved together: then no single transposition does both.
func storedBefore(x *graph.Node) bool {
	if _, ok := x.Op.(graph.Reshape); !ok {
		return false
	}
	t, ok := x.Inputs[0].Op.(graph.Transpose)
	if !ok {
		return false
	}
	kept := map[int]bool{}
	for i := range x.Shape {
		kept[product(x.Shape[:i])] = true
	}
	before, last := 1, -1
	for i, p := range t.Perm {
		extent := x.Inputs[0].Shape[i]
		if extent == 1 && i > 0 {
			continue
		}
		if p != last+1 && !kept[before] {
			return true
		}
		before, last = before*extent, p
	}
	return false
}
