package onnx

import (
	"errors"

	"github.com/trtnas/trtnas/space/graph"
)

// rule turns a node into nodes of the graph, or folds it; atLeast are the
// operands that must be there.
type rule struct {
	atLeast int
	apply   func(*reader, *node, []value) ([]value, error)
}

// ruleOf finds the rule of an operator.
func ruleOf(op string) (rule, bool) {
	for _, table := range []map[string]rule{constantRules, viewRules, layerRules, pointwiseRules} {
		if r, ok := table[op]; ok {
			return r, true
		}
	}
	return rule{}, false
}

// one adapts a rule with one result.
func one(f func(*reader, *node, []value) (value, error)) func(*reader, *node, []value) ([]value, error) {
	return func(r *reader, n *node, in []value) ([]value, error) {
		v, err := f(r, n, in)
		if err != nil {
			return nil, err
		}
		return []value{v}, nil
	}
}

// operator reads one node. What is not understood is listed, and so is
// everything behind it that is not understood as such.
func (r *reader) operator(n *node) error {
	rule, known := ruleOf(n.op)
	if !known {
		r.unsupported.add(n, "")
		return nil
	}
	in := make([]value, len(n.in))
	for i, name := range n.in {
		if name == "" {
			continue
		}
		v, ok := r.values[name]
		if !ok {
			if r.producer[name] == nil {
				return errors.New("reads " + name + ", which nothing computes")
			}
			return nil // comes from what is not understood
		}
		in[i] = v
	}
	for i := range rule.atLeast {
		if i >= len(in) || !in[i].given {
			return errors.New("lacks an operand")
		}
	}
	results, err := rule.apply(r, n, in)
	var reason notExpressible
	if errors.As(err, &reason) {
		r.unsupported.add(n, string(reason))
		return nil
	}
	if err != nil {
		return err
	}
	return r.keep(n, results)
}

func (r *reader) keep(n *node, results []value) error {
	for i, out := range n.out {
		switch {
		case out == "":
		case i < len(results):
			r.values[out] = results[i]
		case r.uses[out] > 0:
			r.unsupported.add(n, "a further result")
			return nil
		}
	}
	return nil
}

// operand is the i-th one, which may be left out.
func operand(in []value, i int) value {
	if i < len(in) {
		return in[i]
	}
	return value{}
}

func (n *node) int(name string, otherwise int) int {
	a, ok := n.attrs[name]
	if !ok {
		return otherwise
	}
	return int(min(max(a.i, -maxTensor-1), maxTensor+1))
}

func (n *node) ints(name string) []int {
	a, ok := n.attrs[name]
	if !ok {
		return nil
	}
	out := make([]int, len(a.ints))
	for i, v := range a.ints {
		out[i] = int(min(max(v, -maxTensor-1), maxTensor+1))
	}
	return out
}

func (n *node) float(name string, otherwise float64) float64 {
	if a, ok := n.attrs[name]; ok {
		return a.f
	}
	return otherwise
}

// unary adapts operations that keep extents, and that may work on any layout.
func unary(op func(*reader, *node) (graph.Op, error)) rule {
	return rule{1, one(func(r *reader, n *node, in []value) (value, error) {
		v := in[0]
		if v.fixed() {
			return value{given: true, dims: v.dims}, nil
		}
		o, err := op(r, n)
		if err != nil {
			return value{}, err
		}
		x, err := r.add(n, o, v.node)
		if err != nil {
			return value{}, err
		}
		return v.wrap(x), nil
	})}
}
