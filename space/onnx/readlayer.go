package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
)

// layerRules are for convolutions, poolings, normalisations and products.
var layerRules = map[string]rule{
	"Conv":               {2, one(conv)},
	"BatchNormalization": {5, one(batchNorm)},
	"MaxPool":            {1, one(pool)},
	"AveragePool":        {1, one(pool)},
	"GlobalAveragePool":  {1, one(globalPool)},
	"ReduceMean":         {1, one(reduceMean)},
	"LayerNormalization": {2, one(layerNorm)},
	opLayerNorm:          {4, one(layerNormParts)},
	opGroupNorm:          {4, one(groupNorm)},
	"GroupNormalization": {3, one(groupNormalization)},
	"MatMul":             {2, one(matMul)},
	"Gemm":               {2, one(gemm)},
	"Softmax":            {1, one(softmax)},
	"Resize":             {1, one(resize)},
}

// square is the geometry of a convolution or pooling.
type square struct{ kernel, stride, pad int }

// geometry reads a window's attributes. The graph pads evenly, so uneven
// padding becomes even where that gives the same extents.
func geometry(n *node, kernel []int, s []int) (square, error) {
	strides, dilations, pads := n.ints("strides"), n.ints("dilations"), n.ints("pads")
	if strides == nil {
		strides = []int{1, 1}
	}
	if len(kernel) != 2 || len(strides) != 2 {
		return square{}, unsupported("in %d dimensions", len(kernel))
	}
	if kernel[0] != kernel[1] || strides[0] != strides[1] {
		return square{}, unsupported("kernel %v, strides %v", kernel, strides)
	}
	k, stride := kernel[0], strides[0]
	if k < 1 || k > maxAttribute || stride < 1 || stride > maxAttribute {
		return square{}, fmt.Errorf("kernel %v, strides %v", kernel, strides)
	}
	for _, d := range dilations {
		if d != 1 && k != 1 {
			return square{}, unsupported("dilations %v", dilations)
		}
	}
	out := make([]int, 2)
	for i := range out {
		before, after := 0, 0
		switch auto := n.attrs["auto_pad"].s; {
		case auto == "SAME_UPPER" || auto == "SAME_LOWER":
			after = max(0, ((s[2+i]+stride-1)/stride-1)*stride+k-s[2+i])
		case auto == "VALID" || pads == nil:
		case len(pads) != 4 || slices.Min(pads) < 0 || slices.Max(pads) > maxAttribute:
			return square{}, fmt.Errorf("padding %v", pads)
		default:
			before, after = pads[i], pads[2+i]
		}
		out[i] = s[2+i] + before + after - k
		if out[i] < 0 {
			return square{}, fmt.Errorf("kernel %d does not fit extents %v", k, s)
		}
		if n.int("ceil_mode", 0) != 0 {
			out[i] += stride - 1
		}
		out[i] = out[i]/stride + 1
	}
	return evenly(k, stride, s, out)
}

// evenly finds the padding that gives the extents out.
func evenly(k, stride int, s, out []int) (square, error) {
	for pad := range k {
		h, w := s[2]+2*pad-k, s[3]+2*pad-k
		if h >= 0 && w >= 0 && h/stride+1 == out[0] && w/stride+1 == out[1] {
			return square{k, stride, pad}, nil
		}
	}
	return square{}, unsupported("uneven padding or rounding from %v to %v", s[2:], out)
}

func conv(r *reader, n *node, in []value) (value, error) {
	v, weight := in[0], in[1]
	if v.fixed() || !weight.fixed() {
		return value{}, unsupported("with a weight that the image decides, or of a weight")
	}
	if len(v.dims) != 4 || len(weight.dims) != 4 || v.batch != 0 {
		return value{}, unsupported("in %d dimensions", len(v.dims)-2)
	}
	q, err := geometry(n, weight.dims[2:], v.dims)
	if err != nil {
		return value{}, err
	}
	groups := n.int("group", 1)
	op := graph.Conv{Out: weight.dims[0], Kernel: q.kernel, Stride: q.stride, Pad: q.pad, Bias: operand(in, 2).given}
	if groups != 1 {
		op.Groups = groups
	}
	if groups < 1 || op.Out < 1 || v.dims[1]%groups != 0 || op.Out%groups != 0 || weight.dims[1] != v.dims[1]/groups {
		return value{}, fmt.Errorf("weight %v in %d groups for %v", weight.dims, groups, v.dims)
	}
	if v.fold > 1 {
		return r.windowConv(n, v, op)
	}
	x, err := r.add(n, op, v.node)
	if err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

// windowConv puts a convolution of windows that were cut from a map, as
// Write does, back onto the map. The views that cut the map follow it, for the
// views that join the windows to undo.
func (r *reader) windowConv(n *node, v value, op graph.Conv) (value, error) {
	const reason = "on parts of images"
	windows := v.node
	order, ok := windows.Inputs[0].Op.(graph.Transpose)
	if _, reshaped := windows.Op.(graph.Reshape); !reshaped || !ok || !slices.Equal(order.Perm, []int{0, 2, 4, 1, 3, 5}) {
		return value{}, unsupported(reason)
	}
	grid := windows.Inputs[0].Inputs[0]
	if op.Stride != 1 || 2*op.Pad != op.Kernel-1 {
		return value{}, unsupported(reason)
	}
	op.Window = graph.Window{Height: v.dims[2], Width: v.dims[3]}
	s := grid.Shape
	if s[1] != v.dims[1] || s[3] != v.dims[2] || s[5] != v.dims[3] {
		return value{}, unsupported(reason)
	}
	image, err := r.reshape(n, grid, graph.Shape{s[0], s[1], s[2] * s[3], s[4] * s[5]})
	if err != nil {
		return value{}, err
	}
	x, err := r.add(n, op, image)
	if err != nil {
		return value{}, err
	}
	cut := slices.Clone(grid.Shape)
	cut[1] = op.Out
	if x, err = r.reshape(n, x, cut); err != nil {
		return value{}, err
	}
	if x, err = r.add(n, order, x); err != nil {
		return value{}, err
	}
	r.cuts[x] = true
	return r.view(n, value{node: x}, []int{v.dims[0], op.Out, v.dims[2], v.dims[3]}, 0)
}

func pool(r *reader, n *node, in []value) (value, error) {
	v, kernel := in[0], n.ints("kernel_shape")
	if len(v.dims) == 3 && n.op == "AveragePool" {
		return r.runs(n, v, kernel)
	}
	x, err := v.plain(4)
	if err != nil {
		return value{}, err
	}
	q, err := geometry(n, kernel, v.dims)
	if err != nil {
		return value{}, err
	}
	op := graph.Pool{Max: n.op == "MaxPool", Kernel: q.kernel, Stride: q.stride, Pad: q.pad}
	op.InsideOnly = !op.Max && q.pad > 0 && n.int("count_include_pad", 0) == 0
	if x, err = r.add(n, op, x); err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}

// runs averages k*k places that follow each other, as Next-ViT reduces its
// tokens: a pooling of k x k maps.
func (r *reader) runs(n *node, v value, kernel []int) (value, error) {
	x, err := v.plain(3)
	if err != nil {
		return value{}, err
	}
	if !slices.Equal(kernel, n.ints("strides")) || len(kernel) != 1 || slices.ContainsFunc(n.ints("pads"), func(p int) bool { return p != 0 }) {
		return value{}, unsupported("in 1 dimension with kernel %v", kernel)
	}
	k, c, places := int(math.Sqrt(float64(max(kernel[0], 1)))), v.dims[1], v.dims[2]
	if k*k != kernel[0] || places%kernel[0] != 0 {
		return value{}, unsupported("of %d places by %v", places, kernel)
	}
	count := places / kernel[0]
	if x, err = r.reshape(n, x, graph.Shape{r.batch, c * count, k, k}); err != nil {
		return value{}, err
	}
	if x, err = r.add(n, graph.Pool{Kernel: k, Stride: k}, x); err != nil {
		return value{}, err
	}
	return r.view(n, value{node: x}, []int{r.batch, c, count}, 0)
}

func globalPool(r *reader, n *node, in []value) (value, error) {
	x, err := in[0].plain(4)
	if err != nil {
		return value{}, err
	}
	if x, err = r.add(n, graph.GlobalPool{}, x); err != nil {
		return value{}, err
	}
	return r.view(n, value{node: x}, []int{r.batch, in[0].dims[1], 1, 1}, 0)
}

// reduceMean understands means over the pixels of a map, or over tokens.
func reduceMean(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	axes, err := axesOf(n, operand(in, 1))
	if err != nil {
		return value{}, err
	}
	drop, err := withinAll(axes, len(v.dims))
	if err != nil {
		return value{}, err
	}
	var dims []int
	for i, d := range v.dims {
		switch {
		case !drop[i]:
			dims = append(dims, d)
		case n.int("keepdims", 1) != 0:
			dims = append(dims, 1)
		}
	}
	if v.fixed() {
		return value{given: true, dims: dims}, nil
	}
	pixels := slices.Equal(drop, []bool{false, false, true, true})
	tokens := slices.Equal(drop, []bool{false, true, false}) || slices.Equal(drop, []bool{false, true, true, false})
	if v.batch != 0 || v.fold != 1 || !pixels && !tokens {
		return value{}, unsupported("over axes %v of %v", axes, v.dims)
	}
	var x *graph.Node
	if pixels {
		x, err = r.add(n, graph.GlobalPool{}, v.node)
	} else if x, err = r.reshape(n, v.node, graph.Shape{r.batch, product(v.dims[1 : len(v.dims)-1]), v.dims[len(v.dims)-1]}); err == nil {
		x, err = r.add(n, graph.TokenMean{}, x)
	}
	if err != nil {
		return value{}, err
	}
	return r.view(n, value{node: x}, dims, 0)
}

func resize(r *reader, n *node, in []value) (value, error) {
	v := in[0]
	x, err := v.plain(4)
	if err != nil {
		return value{}, err
	}
	var to []int
	if sizes := operand(in, 3); sizes.given {
		if to, err = sizes.ints(); err != nil {
			return value{}, err
		}
	} else if scales := operand(in, 2).data; len(scales) == 4 {
		for i, s := range scales {
			to = append(to, int(min(max(float64(v.dims[i])*s, -1), maxTensor)))
		}
	}
	if len(to) != 4 || to[0] != v.dims[0] || to[1] != v.dims[1] {
		return value{}, unsupported("to %v", to)
	}
	if slices.Equal(to, v.dims) {
		return v, nil
	}
	if mode := n.attrs["mode"].s; mode != "linear" {
		return value{}, unsupported("mode %q", mode)
	}
	if x, err = r.add(n, graph.Resize{Height: to[2], Width: to[3]}, x); err != nil {
		return value{}, err
	}
	return v.wrap(x), nil
}
