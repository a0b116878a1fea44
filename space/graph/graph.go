// Package graph holds the typed graph that every network is lowered to. What
// is counted, predicted, drawn and exported is read off this one graph.
package graph

import (
	"errors"
	"fmt"
)

// Shape is the extent of a tensor. Index 0 is the batch; feature maps are
// [batch, channels, height, width], token sequences [batch, tokens, channels].
type Shape []int

// Elems is the number of elements of one image: the product of all extents
// but the batch.
func (s Shape) Elems() int64 {
	n := int64(1)
	for _, d := range s[1:] {
		n *= int64(d)
	}
	return n
}

// Last is the extent of the last axis.
func (s Shape) Last() int { return s[len(s)-1] }

// IsMap reports whether the shape is a feature map [batch, C, H, W].
func (s Shape) IsMap() bool { return len(s) == 4 }

// Role says which part of the network a node belongs to, since predictors and
// reports treat the parts differently.
type Role uint8

// The roles.
const (
	Trunk       Role = iota // stem, patch embeddings, projections, joins
	BottleNeck              // inside a BottleNeck, also one inside a MixBlock
	Transformer             // inside a Transformer, also one inside a MixBlock
	Head                    // global pooling and classifier
)

// Node is one operation with its output.
type Node struct {
	ID     int    // position in Graph.Nodes; inputs have smaller ones
	Name   string // such as "s4.b2.attn.q": stage 4, block 2
	Stage  int    // log2 of the downsampling at the output, 1 to 5; what attention reduces for keys and values counts at its block's; 0 for the head
	Role   Role
	Op     Op
	Inputs []*Node
	Shape  Shape // of the output
}

// Graph is a network for one batch and resolution. Nodes are in topological
// order.
type Graph struct {
	Nodes   []*Node
	Outputs []*Node
}

// Batch is the batch that the graph was built for.
func (g *Graph) Batch() int { return g.Nodes[0].Shape[0] }

// Consumers counts for each node how often its output is read; being an
// output of the graph counts as one reading.
func (g *Graph) Consumers() []int {
	n := make([]int, len(g.Nodes))
	for _, node := range g.Nodes {
		for _, in := range node.Inputs {
			n[in.ID]++
		}
	}
	for _, out := range g.Outputs {
		n[out.ID]++
	}
	return n
}

// Builder makes a graph and checks each shape as it goes. The first error is
// kept, later calls do nothing, and Graph returns it.
type Builder struct {
	Stage int  // given to the nodes added from now on
	Role  Role // likewise

	graph Graph
	scope string
	err   error
}

// Scope puts prefix and a dot before the names of the nodes that f adds.
func (b *Builder) Scope(prefix string, f func()) {
	outer := b.scope
	b.scope += prefix + "."
	f()
	b.scope = outer
}

// As adds the nodes of f with the given role.
func (b *Builder) As(r Role, f func()) {
	outer := b.Role
	b.Role = r
	f()
	b.Role = outer
}

// Input adds the graph's input.
func (b *Builder) Input(name string, s Shape) *Node {
	for _, d := range s {
		if d < 1 {
			b.fail(name, fmt.Errorf("extent %d in shape %v", d, s))
			return nil
		}
	}
	return b.append(name, Input{}, nil, s)
}

// Add applies op to the inputs. After an error it returns nil, which later
// calls accept.
func (b *Builder) Add(name string, op Op, inputs ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	shapes := make([]Shape, len(inputs))
	for i, in := range inputs {
		shapes[i] = in.Shape
	}
	out, err := op.infer(shapes)
	if err != nil {
		b.fail(name, err)
		return nil
	}
	return b.append(name, op, inputs, out)
}

func (b *Builder) append(name string, op Op, inputs []*Node, s Shape) *Node {
	n := &Node{ID: len(b.graph.Nodes), Name: b.scope + name, Stage: b.Stage, Role: b.Role, Op: op, Inputs: inputs, Shape: s}
	b.graph.Nodes = append(b.graph.Nodes, n)
	return n
}

func (b *Builder) fail(name string, err error) {
	if b.err == nil {
		b.err = fmt.Errorf("%s%s: %w", b.scope, name, err)
	}
}

// Fail records err as the builder's error, for checks that no single
// operation can make.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Err is the first error so far.
func (b *Builder) Err() error { return b.err }

// Graph finishes the graph.
func (b *Builder) Graph(outputs ...*Node) (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	if len(outputs) == 0 {
		return nil, errors.New("a graph needs an output")
	}
	b.graph.Outputs = outputs
	return &b.graph, nil
}
