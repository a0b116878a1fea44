package zerocost

import (
	"errors"
	"math"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
)

// plain is the network that the Zen score is of: without residual links, up to
// its last features.
type plain struct {
	graph    *graph.Graph
	features *graph.Node
	norms    []tap // what layer and group normalisations read
}

// errHeadless: nothing says where the features end.
var errHeadless = errors.New("the network has no classifier, before which the Zen score takes its features")

// newPlain removes the residual links: of two terms that both come from the
// image, the one behind more layers stays, the first of equals. LayerScale
// only weights a branch against its residual link, and goes too.
func newPlain(g *graph.Graph) (plain, error) {
	var features *graph.Node
	for _, n := range g.Nodes {
		if n.Role == graph.Head && len(n.Inputs) > 0 {
			features = n.Inputs[0]
			break
		}
	}
	if features == nil {
		return plain{}, errHeadless
	}
	cut := cutter{depths: depths(g), copies: map[*graph.Node]*graph.Node{}}
	cut.copy(g.Nodes[0]) // the image comes first in a graph
	p := plain{features: cut.copy(features)}
	p.graph = &graph.Graph{Nodes: cut.nodes, Outputs: []*graph.Node{p.features}}
	for _, n := range p.graph.Nodes {
		groups := 0
		switch op := n.Op.(type) {
		case graph.LayerNorm:
		case graph.GroupNorm:
			groups = op.Groups
		default:
			continue
		}
		p.norms = append(p.norms, tap{Name: n.Name, Groups: groups, node: n.Inputs[0]})
	}
	return p, nil
}

// depths count the weighted layers on the longest way from the image to each
// node; -1 where none leads from there, as to a position embedding.
func depths(g *graph.Graph) map[*graph.Node]int {
	deep := map[*graph.Node]int{}
	for _, n := range g.Nodes {
		d := -1
		if _, image := n.Op.(graph.Input); image {
			d = 0
		}
		for _, in := range n.Inputs {
			d = max(d, deep[in])
		}
		if d >= 0 && n.Weighted() {
			d++
		}
		deep[n] = d
	}
	return deep
}

// cutter copies a graph without its residual links, and only what is needed.
type cutter struct {
	depths map[*graph.Node]int
	copies map[*graph.Node]*graph.Node
	nodes  []*graph.Node
}

func (c *cutter) copy(n *graph.Node) *graph.Node {
	if done := c.copies[n]; done != nil {
		return done
	}
	if kept := c.kept(n); kept != nil {
		c.copies[n] = c.copy(kept)
		return c.copies[n]
	}
	twin := *n
	twin.Op = undamped(n.Op)
	twin.Inputs = make([]*graph.Node, len(n.Inputs))
	for i, in := range n.Inputs {
		twin.Inputs[i] = c.copy(in)
	}
	twin.ID = len(c.nodes)
	c.nodes = append(c.nodes, &twin)
	c.copies[n] = &twin
	return &twin
}

// undamped normalises by the variance alone, or small features would be left
// smaller than the score accounts for.
func undamped(op graph.Op) graph.Op {
	const eps = 1e-20 // what is constant stays 0
	switch op := op.(type) {
	case graph.LayerNorm:
		op.Eps = eps
		return op
	case graph.GroupNorm:
		op.Eps = eps
		return op
	}
	return op
}

// kept is the operand that takes the node's place; nil where the node stays.
func (c *cutter) kept(n *graph.Node) *graph.Node {
	switch n.Op.(type) {
	case graph.LayerScale:
		return n.Inputs[0]
	case graph.Add:
		kept, other := n.Inputs[0], n.Inputs[1]
		if c.depths[other] > c.depths[kept] {
			kept, other = other, kept
		}
		if c.depths[other] >= 0 && slices.Equal(kept.Shape, n.Shape) {
			return kept
		}
	}
	return nil
}

// scale is what the features' size owes to normalisations and to the weights'
// scale, as a logarithm: the score is of the network without normalisations
// whose weights are standard normal. The first part is the sum over batch
// normalisations of the log of the root of their mean running variance.
func (p plain) scale(init weights.Init) float64 {
	sum := 0.0
	scales := p.scaling()
	for _, n := range p.graph.Nodes {
		if _, ok := n.Op.(graph.BatchNorm); ok {
			sum += math.Log(meanOf(weights.Of(n)[3], init)) / 2 // after weight, bias and running mean
		}
		if n.Weighted() && scales[n] {
			sum -= math.Log(weights.Of(n)[0].Deviation())
		}
	}
	return sum
}

func meanOf(t weights.Tensor, init weights.Init) float64 {
	values := make([]float32, t.Size())
	init.Fill(t, values)
	mean := 0.0
	for _, v := range values {
		mean += float64(v) / float64(len(values))
	}
	return mean
}

// scaling are the nodes that the features are proportional to. What is behind a
// softmax or a gate, such as attention's queries, is none.
func (p plain) scaling() map[*graph.Node]bool {
	reached := map[*graph.Node]bool{p.features: true}
	for _, n := range slices.Backward(p.graph.Nodes) {
		_, softmax := n.Op.(graph.Softmax)
		a, activates := n.Op.(graph.Activation)
		if !reached[n] || softmax || activates && a.Kind == graph.Sigmoid {
			continue
		}
		for _, in := range n.Inputs {
			reached[in] = true
		}
	}
	return reached
}
