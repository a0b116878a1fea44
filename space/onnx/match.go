package onnx

import "math"

// match rewrites n in place where it ends a decomposition that has an operator
// of its own; the nodes before it that nothing else needs are dropped later.
// Names in the form of "trtnas.X" are operators that ONNX has not.
func (c *chart) match(n *node) {
	switch n.op {
	case "Mul", "Div":
		c.matchGate(n)
	case "Add":
		c.matchLayerNorm(n)
		c.matchGroupNorm(n)
	}
}

const (
	opSiLU      = "trtnas.SiLU"
	opQuickGELU = "trtnas.QuickGELU"
	opGroupNorm = "trtnas.GroupNorm"
	opLayerNorm = "trtnas.LayerNorm"
)

func (n *node) become(op string, in ...string) { n.op, n.in, n.attrs = op, in, nil }

// matchGate finds the products x*sigmoid(x), x*sigmoid(1.702x) and the forms of
// GELU, x * 1/2 * (1 + f(x)), whatever the order of their factors.
func (c *chart) matchGate(n *node) {
	for depth := range 4 {
		if factors, constant := c.factors(n, depth); len(factors) == 2 && c.gate(n, factors, constant) {
			return
		}
	}
}

func (c *chart) gate(n *node, factors []string, constant float64) bool {
	for i, x := range factors {
		gate := factors[1-i]
		if s := c.by(gate, "Sigmoid", 1); s != nil && constant == 1 {
			if s.in[0] == x {
				n.become(opSiLU, x)
				return true
			}
			if m := c.producer[s.in[0]]; m != nil && m.op == "Mul" && c.scaled(m, x, 1.702) {
				n.become(opQuickGELU, x)
				return true
			}
		}
		if near(constant, 0.5) && (c.isErfGate(gate, x) || c.isTanhGate(gate, x)) {
			n.become("Gelu", x)
			return true
		}
	}
	return false
}

// factors takes a product apart into values and a constant, to some depth.
func (c *chart) factors(n *node, depth int) (values []string, constant float64) {
	constant = 1
	if len(n.in) != 2 {
		return nil, 1
	}
	for i, in := range n.in {
		if v, ok := c.scalar(in); ok {
			if n.op == "Div" && i == 1 {
				v = 1 / v
			}
			constant *= v
			continue
		}
		if n.op == "Div" && i == 1 {
			return nil, 1
		}
		p := c.producer[in]
		if p != nil && depth > 0 && (p.op == "Mul" || p.op == "Div") {
			if inner, k := c.factors(p, depth-1); len(inner) > 0 {
				values = append(values, inner...)
				constant *= k
				continue
			}
		}
		values = append(values, in)
	}
	return values, constant
}

// scaled reports whether m is x times k.
func (c *chart) scaled(m *node, x string, k float64) bool {
	values, constant := c.factors(m, 0)
	return len(values) == 1 && values[0] == x && near(constant, k)
}

// near allows for fp16's rounding.
func near(a, b float64) bool { return math.Abs(a-b) <= 2e-3*math.Abs(b) }

// onePlus is the other summand of 1 + y.
func (c *chart) onePlus(name string) string {
	if add := c.by(name, "Add", 2); add != nil {
		for i, in := range add.in {
			if v, ok := c.scalar(in); ok && v == 1 {
				return add.in[1-i]
			}
		}
	}
	return ""
}

// isErfGate matches 1 + erf(x/sqrt 2).
func (c *chart) isErfGate(gate, x string) bool {
	erf := c.by(c.onePlus(gate), "Erf", 1)
	if erf == nil {
		return false
	}
	m := c.producer[erf.in[0]]
	return m != nil && (m.op == "Mul" || m.op == "Div") && c.scaled(m, x, 1/math.Sqrt2)
}

// isTanhGate matches 1 + tanh of sums, products and powers of x, of which GELU's
// approximation is the only one in use (arXiv 1606.08415, section 2).
func (c *chart) isTanhGate(gate, x string) bool {
	tanh := c.by(c.onePlus(gate), "Tanh", 1)
	return tanh != nil && c.polynomial(tanh.in[0], x, 6)
}

func (c *chart) polynomial(name, x string, depth int) bool {
	if name == x {
		return true
	}
	if _, ok := c.scalar(name); ok {
		return true
	}
	n := c.producer[name]
	if n == nil || depth == 0 || len(n.in) != 2 || n.op != "Mul" && n.op != "Add" && n.op != "Pow" {
		return false
	}
	return c.polynomial(n.in[0], x, depth-1) && c.polynomial(n.in[1], x, depth-1)
}
