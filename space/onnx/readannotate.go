package onnx

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// lastStage is the coarsest that predictors know.
const lastStage = 5

// annotate gives nodes their stages and roles, which a file does not name, by
// what they do.
func annotate(g *graph.Graph) {
	a := annotator{g: g, readers: make([][]*graph.Node, len(g.Nodes)), head: make([]bool, len(g.Nodes)), output: make([]bool, len(g.Nodes))}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			a.readers[in.ID] = append(a.readers[in.ID], n)
		}
	}
	for _, out := range g.Outputs {
		a.output[out.ID] = true
	}
	a.stages()
	a.heads()
	a.sideBranches()
	a.blocks()
	for i, n := range g.Nodes {
		if a.head[i] {
			n.Stage, n.Role = 0, graph.Head
		}
	}
}

type annotator struct {
	g       *graph.Graph
	readers [][]*graph.Node
	head    []bool
	output  []bool
}

// stages follows the extents: convolutions, poolings and linear layers tell
// their number of pixels or tokens, and all else is where its operands are.
func (a *annotator) stages() {
	image := a.g.Nodes[0].Shape
	pixels := float64(image[2] * image[3])
	for _, n := range a.g.Nodes[1:] {
		places := 0
		switch n.Op.(type) {
		case graph.Conv, graph.Pool, graph.Resize:
			places = n.Shape[2] * n.Shape[3]
		case graph.Linear:
			places = int(n.Shape.Elems()) / n.Shape.Last()
		}
		if places == 0 {
			for i, in := range n.Inputs {
				if i == 0 || !leads(n) {
					n.Stage = max(n.Stage, in.Stage)
				}
			}
			continue
		}
		// A class token among the others changes less than the rounding.
		down := math.Round(math.Log2(pixels/float64(places)) / 2)
		n.Stage = int(min(max(down, 1), lastStage))
	}
}

// heads finds what follows the last mixing of places: global pooling, or the
// choice of one token, whose results meet no map or tokens again.
func (a *annotator) heads() {
	for i := len(a.g.Nodes) - 1; i > 0; i-- {
		n := a.g.Nodes[i]
		if !single(n) {
			continue
		}
		a.head[i] = true
		for _, reader := range a.readers[i] {
			a.head[i] = a.head[i] && a.head[reader.ID]
		}
	}
}

// single reports whether a node puts out one vector an image.
func single(n *graph.Node) bool {
	switch s := n.Shape; len(s) {
	case 2:
		return true
	case 3:
		return s[1] == 1
	case 4:
		return s[2] == 1 && s[3] == 1 || s[1] == 1 && s[2] == 1
	}
	return false
}

// sideBranches counts what works on fewer places than all its readers, such as
// reduced keys and values or the gate of squeeze-and-excitation, at the readers'
// stage.
func (a *annotator) sideBranches() {
	for i := len(a.g.Nodes) - 1; i > 0; i-- {
		n, stage := a.g.Nodes[i], 0
		if a.output[i] {
			continue
		}
		for _, reader := range a.readers[i] {
			if !a.head[reader.ID] {
				stage = max(stage, a.meets(reader, n))
			}
		}
		if stage > 0 && (n.Stage > stage || len(n.Inputs) == 0) {
			n.Stage = stage
		}
	}
}

// meets is the stage at which a node reads an operand.
func (a *annotator) meets(reader, operand *graph.Node) int {
	if left := reader.Inputs[0]; leads(reader) && left != operand {
		return left.Stage
	}
	return reader.Stage
}

// leads reports whether the left operand tells a node's stage: the queries or
// scores of attention's products, and the map that a gate scales.
func leads(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.MatMul, graph.Mul:
		return true
	}
	return false
}
