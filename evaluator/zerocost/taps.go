package zerocost

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// tap is a value inside the network that the script reads, as a further output
// of the model.
type tap struct {
	Output string `json:"output"`
	Name   string `json:"name"` // of the graph's node
	Axis   int    `json:"axis"` // of the channels
	// Channels are those that MeCo correlates, of the node's Width.
	Channels []int `json:"channels,omitempty"`
	Width    int   `json:"width,omitempty"`
	Groups   int   `json:"groups,omitempty"` // of what a GroupNorm reads; 0 is a LayerNorm's

	node *graph.Node
}

// forwardTaps are what the forward pass reads.
type forwardTaps struct {
	Activations []tap `json:"activations"`
	Blocks      []tap `json:"blocks"`
	Layers      []tap `json:"layers"`
}

// mecoChannels is the number of channels that MeCo_opt draws from each layer.
const mecoChannels = 8

func newForwardTaps(g *graph.Graph, seed uint64) forwardTaps {
	var t forwardTaps
	for _, n := range g.Nodes {
		switch axis := channelAxis(n); {
		case bends(n):
			t.Activations = append(t.Activations, tap{Name: n.Name, node: n})
		case n.Weighted() && correlates(n, axis):
			width := n.Shape[axis]
			t.Layers = append(t.Layers, tap{Name: n.Name, Axis: axis, Channels: draw(n.Name, width, seed), Width: width, node: n})
		}
	}
	t.Blocks = blocks(g)
	return t
}

// all in the order in which they become outputs.
func (t forwardTaps) all() []*tap {
	var all []*tap
	for _, list := range [][]tap{t.Activations, t.Blocks, t.Layers} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// bends reports whether the node is an activation whose output is positive
// where its input is: a pattern of signs can be read off it. Gates are not.
func bends(n *graph.Node) bool {
	a, ok := n.Op.(graph.Activation)
	return ok && a.Kind != graph.Sigmoid
}

// correlates reports whether a layer has channels enough to draw from, and
// more positions than one to correlate them over.
func correlates(n *graph.Node, axis int) bool {
	return n.Shape[axis] >= mecoChannels && n.Shape.Elems() > int64(n.Shape[axis])
}

// draw draws channels, the same ones for a layer of this name and width.
func draw(name string, width int, seed uint64) []int {
	channels := source(seed, "channels "+name).Perm(width)[:mecoChannels]
	slices.Sort(channels)
	return channels
}

// source of randomness for one purpose.
func source(seed uint64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// block matches the names of a block's nodes: "s4.b2.", and EfficientNet's
// "s4.d.b2.".
var block = regexp.MustCompile(`^s\d(\.[a-z])?\.b\d+\.`)

// blocks are the outputs of the network's blocks.
func blocks(g *graph.Graph) []tap {
	var all []tap
	last := ""
	for _, n := range g.Nodes {
		name := block.FindString(n.Name)
		axis := channelAxis(n)
		if name == "" || axis == 0 {
			continue
		}
		t := tap{Name: n.Name, Axis: axis, node: n}
		if name == last {
			all[len(all)-1] = t
		} else {
			all = append(all, t)
		}
		last = name
	}
	return all
}

// channelAxis is the axis of the node's channels; 0 where views have moved
// them.
func channelAxis(n *graph.Node) int {
	switch op := n.Op.(type) {
	case graph.Conv, graph.BatchNorm, graph.GroupNorm, graph.Pool, graph.Resize:
		return 1
	case graph.Linear, graph.LayerNorm:
		return len(n.Shape) - 1
	case graph.LayerScale:
		return op.Axis
	case graph.Activation, graph.Scale, graph.Add, graph.Sub, graph.Mul, graph.Concat:
		for _, in := range n.Inputs {
			if axis := channelAxis(in); axis != 0 && len(in.Shape) == len(n.Shape) {
				return axis
			}
		}
	}
	return 0
}
