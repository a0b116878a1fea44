package onnx

import (
	"math"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// lookup remembers that a weight was gathered from a learned table, whose
// entries are what counts: the biases by position that attention adds.
type lookup struct {
	table  []int // extents
	axis   int   // that was looked up
	number int   // of entries taken
	column int   // of the map, where entries are absolute distances on one; else 0
}

// lookUp is nil where the table is no bias's: neither of two axes, nor of three
// with a leading 1.
func lookUp(v, index value, axis int) *lookup {
	dims := v.dims
	if len(dims) == 2 {
		dims, axis = slices.Concat([]int{1}, dims), axis+1
	}
	if len(dims) != 3 || dims[0] != 1 || axis == 0 || index.elems() < 1 {
		return nil
	}
	return &lookup{table: dims, axis: axis, number: index.elems(), column: column(index.data)}
}

// column finds the width of the map whose distances the index enumerates: the
// first row counts up, and the second is one less up to the first place below.
func column(index []float64) int {
	n := int(math.Sqrt(float64(len(index))))
	for b := 1; b < n; b++ {
		if index[b] != float64(b) {
			return 0
		}
	}
	for b := 1; b < n; b++ {
		if index[n+b] != float64(b-1) {
			return b
		}
	}
	return n
}

// bias is the node for what a table's entries become when they are added to
// scores of extents dims, [..., heads, n, n]; nil if they are not those.
func (r *reader) bias(n *node, v value, s graph.Shape) (*graph.Node, error) {
	l, rank := v.lookup, len(s)
	if l == nil || rank < 3 {
		return nil, nil
	}
	heads, pairs := l.table[3-l.axis], s[rank-1]
	if pairs*pairs != l.number || s[rank-2] != pairs || s[rank-3] != heads {
		return nil, nil
	}
	var op graph.Op
	entries := l.table[l.axis]
	w, square := windowOf(entries, pairs)
	switch {
	case l.axis == 1 && square:
		op = graph.RelativeBias{Window: w}
	case l.axis == 2 && l.column > 0 && entries == pairs && pairs%l.column == 0:
		op = graph.DistanceBias{Height: pairs / l.column, Width: l.column}
	default:
		return nil, nil
	}
	table, err := r.addAs(n.name+"/table", graph.Param{Shape: l.table})
	if err != nil {
		return nil, err
	}
	x, err := r.addAs(n.name+"/bias", op, table)
	if err != nil {
		return nil, err
	}
	return r.reshape(n, x, s)
}

// windowOf solves (2h-1)(2w-1) = entries and h*w = n for the window, of which
// the wider side is taken as the width.
func windowOf(entries, n int) (graph.Window, bool) {
	sum := (4*n + 1 - entries) / 2
	d := sum*sum - 4*n
	if d < 0 {
		return graph.Window{}, false
	}
	root := int(math.Round(math.Sqrt(float64(d))))
	w := graph.Window{Height: (sum - root) / 2, Width: (sum + root) / 2}
	return w, w.Height > 0 && w.Height*w.Width == n && (2*w.Height-1)*(2*w.Width-1) == entries
}

// mask is the operation of a constant that keeps parts of shifted windows
// apart: of extents [1, windows, 1, n, n], which no learned tensor has, since
// it would not tell heads apart. Map and windows are taken as square.
func mask(s graph.Shape) (graph.Op, bool) {
	if len(s) != 5 || s[2] != 1 || s[3] != s[4] || s[1] < 2 {
		return nil, false
	}
	windows, side := int(math.Sqrt(float64(s[1]))), int(math.Sqrt(float64(s[3])))
	if windows*windows != s[1] || side*side != s[3] || side < 2 {
		return nil, false
	}
	return graph.WindowMask{
		Height: windows * side, Width: windows * side,
		Window: graph.Window{Height: side, Width: side}, Rows: side / 2, Columns: side / 2,
	}, true
}
