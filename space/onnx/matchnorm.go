package onnx

// matchLayerNorm matches (x-mean(x)) / sqrt(mean((x-mean(x))^2) + eps) * weight
// + bias, over the axes that the reductions have.
func (c *chart) matchLayerNorm(n *node) {
	mul, bias := c.operandBy(n, "Mul")
	if mul == nil {
		return
	}
	div, weight := c.operandBy(mul, "Div")
	if div == nil || len(div.in) != 2 {
		return
	}
	sub, root := c.by(div.in[0], "Sub", 2), c.by(div.in[1], "Sqrt", 1)
	if sub == nil || root == nil {
		return
	}
	mean := c.producer[sub.in[1]]
	if mean == nil || mean.op != "ReduceMean" || len(mean.in) == 0 || mean.in[0] != sub.in[0] {
		return
	}
	sum := c.by(root.in[0], "Add", 2)
	if sum == nil {
		return
	}
	variance, eps := c.operandBy(sum, "ReduceMean")
	if _, ok := c.scalar(eps); variance == nil || !ok || !c.squares(variance.in[0], div.in[0]) {
		return
	}
	in := append([]string{sub.in[0], weight, bias, eps}, mean.in[1:]...)
	attrs := mean.attrs
	n.become(opLayerNorm, in...)
	n.attrs = attrs
}

// operandBy is the operand of n that the given operator computes, and the name
// of the other.
func (c *chart) operandBy(n *node, op string) (operand *node, other string) {
	if len(n.in) != 2 {
		return nil, ""
	}
	for i, in := range n.in {
		if p := c.producer[in]; p != nil && p.op == op && len(p.in) > 0 {
			return p, n.in[1-i]
		}
	}
	return nil, ""
}

// squares reports whether a value is x squared.
func (c *chart) squares(name, x string) bool {
	n := c.producer[name]
	if n == nil || len(n.in) != 2 || n.in[0] != x {
		return false
	}
	if n.op == "Mul" {
		return n.in[1] == x
	}
	v, ok := c.scalar(n.in[1])
	return n.op == "Pow" && ok && v == 2
}

// matchGroupNorm matches PyTorch's export: groups by a reshape to [B,groups,-1],
// instance normalisation of these, the shape back, scale and shift by channel.
func (c *chart) matchGroupNorm(n *node) {
	mul, bias := c.operandBy(n, "Mul")
	if mul == nil {
		return
	}
	back, weight := c.operandBy(mul, "Reshape")
	if back == nil {
		return
	}
	norm := c.by(back.in[0], "InstanceNormalization", 3)
	if norm == nil {
		return
	}
	split := c.by(norm.in[0], "Reshape", 2)
	if split == nil {
		return
	}
	attrs := norm.attrs
	n.become(opGroupNorm, split.in[0], norm.in[1], weight, bias)
	n.attrs = attrs
}
