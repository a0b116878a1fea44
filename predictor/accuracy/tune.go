package accuracy

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// logScales are the scales that tune fits, as their logarithms: core, macs,
// near, length, family, noise. Those of recipes stay as they are.
type logScales [6]float64

const familyScale = 4 // its place among them

// prior is a normal prior of the logarithms.
type prior struct{ mean, sd logScales }

// weak prior: scales of the order of the target's, less for what is expected to
// matter less.
var weak = prior{
	mean: logScales{-.5, -2.3, -1.5, 1.1, -1.3, -2},
	sd:   logScales{1, 1, 1, .5, 1, .7},
}

func (t logScales) scales() scales {
	return scales{
		core: math.Exp(t[0]), macs: math.Exp(t[1]), near: math.Exp(t[2]), length: math.Exp(t[3]),
		family: math.Exp(t[4]), noise: math.Exp(t[5]), other: builtin.other,
	}
}

func (s scales) logs() logScales {
	return logScales{math.Log(s.core), math.Log(s.macs), math.Log(s.near), math.Log(s.length), math.Log(s.family), math.Log(s.noise)}
}

// tune finds the scales under which lines of families that are left out are
// the least surprising: it minimises the negative log density of each line's
// results given all others, jointly, so that differences within a line count
// as they would for a search, plus the prior. All rows must be of one recipe.
//
// The density of a group G left out needs but one inverse (Rasmussen and
// Williams 2006, section 5.4.2, for blocks): with P the inverse covariance and
// C = P_GG^-1, the residual is C (P y)_G and its covariance C.
func tune(rows []Row) (scales, error) {
	s, _, err := tuned(rows, weak)
	return s, err
}

// errNoMinimum is where the optimiser calls an objective without bound a success.
var errNoMinimum = errors.New("the objective has no minimum")

// tuned also gives what was reached, which compares features: the less the
// better.
func tuned(rows []Row, p prior) (s scales, value float64, err error) {
	o, err := newObjective(rows, p)
	if err != nil {
		return scales{}, 0, err
	}
	var last evaluation
	at := func(x []float64) evaluation {
		if t := logScales(x); last.at != t || last.gradient == nil {
			last = o.evaluate(t)
		}
		return last
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 { return at(x).value },
		Grad: func(g, x []float64) { copy(g, at(x).gradient) },
	}
	// Where the search for a better point ends matters, not that its last line
	// search failed for want of digits.
	result, err := optimize.Minimize(problem, slices.Clone(p.mean[:]), &optimize.Settings{
		GradientThreshold: 1e-3, MajorIterations: 60,
	}, &optimize.LBFGS{})
	if result == nil || math.IsInf(result.F, 0) || math.IsNaN(result.F) {
		return scales{}, 0, fmt.Errorf("accuracy model: tuning on %d rows, of which all results and features have to be finite: %w", len(rows), cmp.Or(err, errNoMinimum))
	}
	return logScales(result.X).scales(), result.F, nil
}

// objective is what tune minimises.
type objective struct {
	prior  prior
	points []point
	y      *mat.VecDense
	groups [][]int // rows of each line of families
}

func newObjective(rows []Row, p prior) (*objective, error) {
	s, err := newScaling(rows)
	if err != nil {
		return nil, err
	}
	o := &objective{prior: p, y: mat.NewVecDense(len(rows), nil)}
	index := map[string]int{}
	for i, r := range rows {
		p, y := s.row(r)
		o.points = append(o.points, p)
		o.y.SetVec(i, y)
		g, ok := index[r.Super]
		if !ok {
			g = len(o.groups)
			index[r.Super], o.groups = g, append(o.groups, nil)
		}
		o.groups[g] = append(o.groups[g], i)
	}
	return o, nil
}

// evaluation of the objective: its value and gradient.
type evaluation struct {
	at       logScales
	value    float64
	gradient []float64
}

// evaluate. With B the block diagonal of r r' + C over the groups (r: the
// residuals), the gradient along dK is Σ dK (P B P / 2 - (P r) alpha').
func (o *objective) evaluate(t logScales) evaluation {
	n := len(o.points)
	e := evaluation{at: t, gradient: make([]float64, len(t))}
	for i, v := range t {
		z := (v - o.prior.mean[i]) / o.prior.sd[i]
		e.value += z * z / 2
		e.gradient[i] = z / o.prior.sd[i]
	}
	s := t.scales()
	var chol mat.Cholesky
	var inverse mat.SymDense
	if !chol.Factorize(o.covariance(&s)) || chol.InverseTo(&inverse) != nil {
		e.value = math.Inf(1)
		return e
	}
	var alpha, w mat.VecDense
	alpha.MulVec(&inverse, o.y)
	residual, blocks := mat.NewVecDense(n, nil), mat.NewDense(n, n, nil)
	for _, g := range o.groups {
		surprise, err := leave(g, &inverse, &alpha, residual, blocks)
		if err != nil {
			e.value = math.Inf(1)
			return e
		}
		e.value += surprise
	}
	var q mat.Dense
	q.Product(&inverse, blocks, &inverse)
	w.MulVec(&inverse, residual)
	for i := range n {
		for j := range n {
			o.addGradient(e.gradient, &s, i, j, q.At(i, j)/2-w.AtVec(i)*alpha.AtVec(j))
		}
	}
	return e
}

// leave the group out: it writes its residuals and its block of B, and returns
// the negative log density less a constant.
func leave(group []int, inverse *mat.SymDense, alpha, residual *mat.VecDense, blocks *mat.Dense) (float64, error) {
	k := len(group)
	sub, a := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i, gi := range group {
		a.SetVec(i, alpha.AtVec(gi))
		for j, gj := range group[:i+1] {
			sub.SetSym(i, j, inverse.At(gi, gj))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sub) {
		return 0, mat.ErrNotPSD
	}
	var c mat.SymDense
	if err := chol.InverseTo(&c); err != nil {
		return 0, err
	}
	var r mat.VecDense
	r.MulVec(&c, a)
	for i, gi := range group {
		residual.SetVec(gi, r.AtVec(i))
		for j, gj := range group {
			blocks.Set(gi, gj, c.At(i, j)+r.AtVec(i)*r.AtVec(j))
		}
	}
	return mat.Dot(a, &r)/2 - chol.LogDet()/2, nil
}

func (o *objective) covariance(s *scales) *mat.SymDense {
	k := mat.NewSymDense(len(o.points), nil)
	for i := range o.points {
		for j := range i + 1 {
			k.SetSym(i, j, s.covariance(&o.points[i], &o.points[j]))
		}
		k.SetSym(i, i, k.At(i, i)+s.noiseVariance(&o.points[i]))
	}
	return k
}

// addGradient adds weight times the derivatives of the covariance of i and j
// by the logarithms of the scales.
func (o *objective) addGradient(to []float64, s *scales, i, j int, weight float64) {
	a, b := &o.points[i], &o.points[j]
	d2 := distance2(&a.x, &b.x)
	near := s.nearness(d2)
	to[0] += weight * 2 * square(s.core) * coreDot(a, b)
	to[1] += weight * 2 * square(s.macs) * a.x[lF] * b.x[lF]
	to[2] += weight * 2 * near
	to[3] += weight * near * d2 / square(s.length)
	to[4] += weight * 2 * square(s.family) * kinship(a, b)
	if i == j {
		to[5] += weight * 2 * square(s.noise)
	}
}
