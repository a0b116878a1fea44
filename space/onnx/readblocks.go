package onnx

import "github.com/trtnas/trtnas/space/graph"

// blocks gives the roles of residual blocks: BottleNeck for 1x1, KxK and 1x1
// convolutions, Transformer for attention and for what is behind it up to the
// next convolution.
func (a *annotator) blocks() {
	attends := false // some block before had attention
	for _, n := range a.g.Nodes {
		if _, sum := n.Op.(graph.Add); !sum || len(n.Inputs) != 2 {
			continue
		}
		for i, end := range n.Inputs {
			start := n.Inputs[1-i]
			if a.bottleNeck(n, end, start) {
				break
			}
			if a.transformer(n, end, start, &attends) {
				break
			}
		}
	}
}

// chain walks from the end of a branch of convolutions to its start, which is
// the shortcut if that comes first, and gives the convolutions, last first.
func chain(end, short *graph.Node, nodes func(*graph.Node)) (convs []graph.Conv, start *graph.Node) {
	for n := end; ; n = n.Inputs[0] {
		if n == short {
			return convs, n
		}
		switch op := n.Op.(type) {
		case graph.Conv:
			if len(convs) == 3 {
				return convs, n
			}
			convs = append(convs, op)
		case graph.BatchNorm, graph.Activation, graph.Mul:
			// A product is squeeze-and-excitation's, whose map is the first operand.
			if len(convs) == 3 {
				return convs, n
			}
		case graph.Pool:
			// Some shortcuts pool before they project.
			if len(convs) != 1 || op.Max || convs[0].Kernel != 1 {
				return convs, n
			}
		default:
			return convs, n
		}
		nodes(n)
	}
}

func (a *annotator) bottleNeck(sum, end, short *graph.Node) bool {
	var main, shortcut []*graph.Node
	convs, start := chain(end, short, func(n *graph.Node) { main = append(main, n) })
	if len(convs) != 3 || convs[0].Kernel != 1 || convs[1].Kernel == 1 || convs[2].Kernel != 1 {
		return false
	}
	if depthwise := convs[1]; depthwise.Groups == depthwise.Out {
		return false
	}
	for n := short; n != start; n = n.Inputs[0] {
		if _, ok := n.Op.(graph.Input); ok || len(n.Inputs) == 0 || len(shortcut) > 4 {
			return false
		}
		shortcut = append(shortcut, n)
	}
	for _, n := range append(append(main, shortcut...), sum) {
		n.Role = graph.BottleNeck
	}
	if after := a.readers[sum.ID]; len(after) == 1 {
		if _, ok := after[0].Op.(graph.Activation); ok {
			after[0].Role = graph.BottleNeck
		}
	}
	return true
}

// transformer marks a residual branch from start to end with attention in it,
// or with linear layers alone behind one that had.
func (a *annotator) transformer(sum, end, start *graph.Node, attends *bool) bool {
	branch, softmax, linear, conv := a.branch(end, start)
	if len(branch) == 0 || !softmax && !(linear && *attends && !conv) {
		return false
	}
	*attends = true
	for _, n := range append(branch, sum) {
		n.Role = graph.Transformer
	}
	return true
}

// maxBranch is beyond the longest residual branch, window attention with its
// views, and keeps the walk short where a file has none.
const maxBranch = 256

// branch collects the nodes between start and end; none if some path leads past
// start.
func (a *annotator) branch(end, start *graph.Node) (nodes []*graph.Node, softmax, linear, conv bool) {
	seen := map[int]bool{start.ID: true}
	stack := []*graph.Node{end}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		if len(nodes) == maxBranch || n.ID < start.ID && !constant(n) || n.ID == 0 {
			return nil, false, false, false
		}
		switch n.Op.(type) {
		case graph.Softmax:
			softmax = true
		case graph.Linear:
			linear = true
		case graph.Conv:
			conv = true
		}
		nodes = append(nodes, n)
		stack = append(stack, n.Inputs...)
	}
	return nodes, softmax, linear, conv
}
