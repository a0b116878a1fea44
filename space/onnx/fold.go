package onnx

import (
	"errors"
	"fmt"
	"math"
)

// constantRules fold what shapes are made of. The rules of views fold too,
// where their operand is a constant.
var constantRules map[string]rule

func init() {
	constantRules = map[string]rule{
		"Constant":        {0, one(constantValue)},
		"Shape":           {1, one(shapeOf)},
		"Size":            {1, one(sizeOf)},
		"ConstantOfShape": {1, one(constantOfShape)},
		"Range":           {3, one(rangeOf)},
		"Where":           {3, one(where)},
		"Clip":            {1, one(clip)},
	}
	for op, f := range integerUnary {
		constantRules[op] = rule{1, one(foldUnary(f))}
	}
	for op, f := range arithmetic {
		constantRules[op] = rule{2, one(func(r *reader, n *node, in []value) (value, error) {
			return r.foldBinary(in[0], in[1], f)
		})}
	}
}

// arithmetic on constants alone.
var arithmetic = map[string]func(a, b float64) float64{
	"Mod":            func(a, b float64) float64 { return a - b*math.Floor(a/b) },
	"Equal":          func(a, b float64) float64 { return truth(a == b) },
	"Greater":        func(a, b float64) float64 { return truth(a > b) },
	"GreaterOrEqual": func(a, b float64) float64 { return truth(a >= b) },
	"Less":           func(a, b float64) float64 { return truth(a < b) },
	"LessOrEqual":    func(a, b float64) float64 { return truth(a <= b) },
	"And":            func(a, b float64) float64 { return truth(a != 0 && b != 0) },
	"Or":             func(a, b float64) float64 { return truth(a != 0 || b != 0) },
	"Pow":            math.Pow,
	"Min":            math.Min,
	"Max":            math.Max,
}

var integerUnary = map[string]func(float64) float64{
	"Floor":      math.Floor,
	"Ceil":       math.Ceil,
	"Round":      math.RoundToEven,
	"Sqrt":       math.Sqrt,
	"Reciprocal": func(a float64) float64 { return 1 / a },
	"Abs":        math.Abs,
	"Not":        func(a float64) float64 { return truth(a == 0) },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// vectorOf is a constant of whole numbers.
func vectorOf(values []int) value {
	v := value{given: true, dims: []int{len(values)}, integer: true, data: make([]float64, len(values))}
	for i, d := range values {
		v.data[i] = float64(d)
	}
	return v
}

func constantValue(r *reader, n *node, _ []value) (value, error) {
	v := value{given: true, dims: []int{}}
	switch a := n.attrs; {
	case a["value"].t != nil:
		t := a["value"].t
		return value{given: true, dims: t.dims, data: t.data, integer: t.integer}, nil
	case has(a, "value_int"):
		v.data, v.integer = []float64{float64(a["value_int"].i)}, true
	case has(a, "value_float"):
		v.data = []float64{a["value_float"].f}
	case has(a, "value_ints"):
		return vectorOf(n.ints("value_ints")), nil
	case has(a, "value_floats"):
		v.data = a["value_floats"].floats
		v.dims = []int{len(v.data)}
	default:
		return v, unsupported("neither tensor nor number")
	}
	return v, nil
}

func has(attrs map[string]attr, name string) bool {
	_, ok := attrs[name]
	return ok
}

func shapeOf(_ *reader, n *node, in []value) (value, error) {
	dims := in[0].dims
	start, end := cut(n.int("start", 0), len(dims)), cut(n.int("end", len(dims)), len(dims))
	return vectorOf(dims[start:max(start, end)]), nil
}

// cut brings a bound, counted from the end where negative, into 0 to n.
func cut(i, n int) int {
	if i < 0 {
		i += n
	}
	return min(max(i, 0), n)
}

func sizeOf(_ *reader, _ *node, in []value) (value, error) {
	return value{given: true, dims: []int{}, integer: true, data: []float64{float64(in[0].elems())}}, nil
}

func constantOfShape(r *reader, n *node, in []value) (value, error) {
	dims, err := in[0].ints()
	if err != nil {
		return value{}, err
	}
	if err := checked(dims); err != nil {
		return value{}, err
	}
	v := value{given: true, dims: dims}
	fill := 0.0
	if t := n.attrs["value"].t; t != nil {
		if fill, _ = t.single(); len(t.data) != 1 {
			return value{}, errors.New("a fill of several values")
		}
		v.integer = t.integer
	}
	if v.elems() > maxDecoded {
		return v, nil
	}
	if err := r.charge(v.elems()); err != nil {
		return value{}, err
	}
	v.data = make([]float64, v.elems())
	for i := range v.data {
		v.data[i] = fill
	}
	return v, nil
}

func rangeOf(r *reader, _ *node, in []value) (value, error) {
	var bounds [3]float64
	for i := range bounds {
		if len(in[i].data) != 1 {
			return value{}, unsupported("bounds that are not constant")
		}
		bounds[i] = in[i].data[0]
	}
	count := math.Ceil((bounds[1] - bounds[0]) / bounds[2])
	if !(count <= maxDecoded) {
		return value{}, fmt.Errorf("a range of %v numbers", count)
	}
	elems := int(max(0, count))
	if err := r.charge(elems); err != nil {
		return value{}, err
	}
	v := value{given: true, dims: []int{elems}, integer: in[0].integer, data: make([]float64, elems)}
	for i := range v.data {
		v.data[i] = bounds[0] + float64(i)*bounds[2]
	}
	return v, nil
}

func where(r *reader, _ *node, in []value) (value, error) {
	if !in[0].fixed() || !in[1].fixed() || !in[2].fixed() {
		return value{}, unsupported("a choice that depends on the image")
	}
	// A sum of two, of which the condition drops one in each place.
	yes, err := r.foldBinary(in[0], in[1], func(c, v float64) float64 {
		if c != 0 {
			return v
		}
		return 0
	})
	if err != nil {
		return value{}, err
	}
	no, err := r.foldBinary(in[0], in[2], func(c, v float64) float64 {
		if c != 0 {
			return 0
		}
		return v
	})
	if err != nil {
		return value{}, err
	}
	out, err := r.foldBinary(yes, no, func(a, b float64) float64 { return a + b })
	out.integer = in[1].integer
	return out, err
}

// clip bounds constants: extents of padding, as exporters compute them.
func clip(r *reader, n *node, in []value) (value, error) {
	low, high := math.Inf(-1), math.Inf(1)
	for i, bound := range []*float64{&low, &high} {
		if v := operand(in, i+1); len(v.data) == 1 {
			*bound = v.data[0]
		} else if v.given {
			return value{}, unsupported("bounds that are not constant")
		}
	}
	return foldUnary(func(v float64) float64 { return min(max(v, low), high) })(r, n, in)
}

func foldUnary(f func(float64) float64) func(*reader, *node, []value) (value, error) {
	return func(r *reader, n *node, in []value) (value, error) {
		v := in[0]
		if !v.fixed() {
			return value{}, unsupported("of what the image decides")
		}
		out := value{given: true, dims: v.dims, integer: v.integer}
		if v.data == nil {
			return out, nil
		}
		if err := r.charge(len(v.data)); err != nil {
			return value{}, err
		}
		out.data = make([]float64, len(v.data))
		for i, d := range v.data {
			out.data[i] = f(d)
		}
		return out, nil
	}
}

// foldBinary combines two constants, or two weights of which only the extents
// are known.
func (r *reader) foldBinary(a, b value, f func(a, b float64) float64) (value, error) {
	if !a.fixed() || !b.fixed() {
		return value{}, unsupported("of what the image decides")
	}
	dims, err := broadcastDims(a.dims, b.dims)
	if err != nil {
		return value{}, err
	}
	out := value{given: true, dims: dims, integer: a.integer && b.integer}
	if a.data == nil || b.data == nil || out.elems() > maxDecoded {
		return out, nil
	}
	if err := r.charge(out.elems()); err != nil {
		return value{}, err
	}
	out.data = make([]float64, out.elems())
	stepA, stepB := strides(a.dims, dims), strides(b.dims, dims)
	walk(dims, func(i int, at []int) {
		out.data[i] = f(a.data[dot(at, stepA)], b.data[dot(at, stepB)])
	})
	return out, nil
}

// strides are the steps in data of the given extents, as broadcast to others.
func strides(dims, to []int) []int {
	s, step := make([]int, len(to)), 1
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] != 1 {
			s[len(to)-len(dims)+i] = step
		}
		step *= dims[i]
	}
	return s
}

func dot(a, b []int) int {
	sum := 0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// walk visits all places of a tensor in order. visit must not keep at.
func walk(dims []int, visit func(i int, at []int)) {
	at := make([]int, len(dims))
	for i := range product(dims) {
		visit(i, at)
		for a := len(dims) - 1; a >= 0; a-- {
			if at[a]++; at[a] < dims[a] {
				break
			}
			at[a] = 0
		}
	}
}
