package onnx

import (
	"errors"
	"fmt"
)

// maxNodes is far beyond any classifier: Swin-B has some 7000 as exported.
const maxNodes = 1 << 16

// chart is a file with its nodes in order and its decomposed operators put
// together.
type chart struct {
	*file
	producer map[string]*node
	order    []*node        // those that an output depends on, each behind its operands'
	uses     map[string]int // how often a value is read
}

func index(f *file) (*chart, error) {
	if len(f.nodes) > maxNodes {
		return nil, fmt.Errorf("%d nodes, at most %d", len(f.nodes), maxNodes)
	}
	if len(f.outputs) == 0 {
		return nil, errors.New("no output")
	}
	c := &chart{file: f, producer: map[string]*node{}, uses: map[string]int{}}
	if err := c.names(); err != nil {
		return nil, err
	}
	// Matching may follow a cycle only as far as its patterns are deep; live
	// finds cycles.
	for _, n := range f.nodes {
		c.match(n)
	}
	return c, c.live()
}

// names finds values with two producers.
func (c *chart) names() error {
	inputs := map[string]bool{}
	for _, in := range c.inputs {
		if inputs[in.name] {
			return fmt.Errorf("two inputs are called %q", in.name)
		}
		inputs[in.name] = true
	}
	for _, n := range c.nodes {
		for _, out := range n.out {
			if out == "" {
				continue
			}
			if c.producer[out] != nil || c.tensors[out] != nil || inputs[out] {
				return fmt.Errorf("two values are called %q", out)
			}
			c.producer[out] = n
		}
	}
	return nil
}

// live orders the nodes that the outputs depend on. It walks with a stack of
// its own, since a file may chain as many nodes as it likes.
func (c *chart) live() error {
	const open, done = 1, 2
	state := map[*node]int{}
	var stack []*node
	push := func(value string) error {
		n := c.producer[value]
		if n == nil {
			return nil
		}
		if state[n] == open {
			return fmt.Errorf("node %q (%s) depends on itself", n.name, n.op)
		}
		if state[n] == 0 {
			stack = append(stack, n)
		}
		return nil
	}
	for _, out := range c.outputs {
		c.uses[out]++
		if err := push(out); err != nil {
			return err
		}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			if state[n] != 0 {
				stack = stack[:len(stack)-1]
				if state[n] == open {
					c.order = append(c.order, n)
				}
				state[n] = done
				continue
			}
			state[n] = open
			for _, in := range n.in {
				c.uses[in]++
				if err := push(in); err != nil {
					return err
				}
			}
		}
	}
	return c.sortByFile()
}

// sortByFile keeps the file's order, which is that of execution, where it is a
// topological one, as ONNX demands.
func (c *chart) sortByFile() error {
	live := map[*node]bool{}
	for _, n := range c.order {
		live[n] = true
	}
	ready := map[string]bool{}
	var order []*node
	for _, n := range c.nodes {
		if !live[n] {
			continue
		}
		for _, in := range n.in {
			if c.producer[in] != nil && !ready[in] {
				return nil
			}
		}
		for _, out := range n.out {
			ready[out] = true
		}
		order = append(order, n)
	}
	c.order = order
	return nil
}

// scalar is the value of a constant with one element, if the name is one's.
func (c *chart) scalar(name string) (float64, bool) {
	for range maxAliases {
		if t := c.tensors[name]; t != nil {
			return t.single()
		}
		n := c.producer[name]
		switch {
		case n == nil:
			return 0, false
		case n.op == "Constant":
			a := n.attrs["value"]
			if a.t != nil {
				return a.t.single()
			}
			if a, ok := n.attrs["value_float"]; ok {
				return a.f, true
			}
			a, ok := n.attrs["value_int"]
			return float64(a.i), ok
		case (n.op == "Identity" || n.op == "Cast") && len(n.in) == 1:
			name = n.in[0]
		default:
			return 0, false
		}
	}
	return 0, false
}

// maxAliases is how many nodes that only rename a value are looked through.
const maxAliases = 8

func (t *tensor) single() (float64, bool) {
	if len(t.data) != 1 {
		return 0, false
	}
	return t.data[0], true
}

// by is the node of the given operator and number of operands that computes a
// value, else nil.
func (c *chart) by(name, op string, operands int) *node {
	if n := c.producer[name]; n != nil && n.op == op && len(n.in) == operands {
		return n
	}
	return nil
}
