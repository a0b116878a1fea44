// Package correction learns how a device differs from its model: a Gaussian
// process on features of networks for the logarithm of measured by predicted
// latency. A common factor alone is no better than no correction at all, since
// a model errs differently for different networks.
package correction

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Row is what one measured network tells.
type Row struct {
	X []float64 // features, scaled so that a difference of 1 matters
	Y float64   // log(measured/predicted)
}

// Process is the fitted Gaussian process: a Matérn 5/2 kernel with one length
// for all features, a nugget for what each network has of its own, and a
// constant mean. The zero Process knows nothing but the prior.
type Process struct {
	rows     []Row
	length   float64
	nugget   float64 // variance of a network's own error, by that of the smooth one
	mean     float64
	variance float64 // of the smooth error
	cholesky mat.Cholesky
	weights  *mat.VecDense // of the rows in the mean
}

// The prior of the errors' variance: priorWeight rows with a standard
// deviation of priorSD, the error of the T4's profile on families that it has
// not seen (trtnas validate).
const (
	priorSD     = 0.15
	priorWeight = 4
)

// The hyperparameters that are tried, by their posterior density.
var (
	lengths = []float64{1, 2, 4, 8}
	nuggets = []float64{0.003, 0.01, 0.03, 0.1, 0.3, 1}
)

// most is how many rows a fit uses, the latest: its time grows with the cube.
const most = 500

// Learner fits processes to a list of rows that grows. The hyperparameters are
// chosen anew whenever the list has grown by half, and kept in between: a
// search learns after each round, and the choice takes far longer than the fit.
// They depend on the rows alone, not on how often Fit was called.
type Learner struct {
	chosenOn int // rows
	length   float64
	nugget   float64
}

// Fit learns from rows in the order in which they were measured: those of the
// call before, and what was measured since.
func (l *Learner) Fit(rows []Row) *Process {
	if len(rows) == 0 {
		return &Process{}
	}
	if m := milestone(len(rows)); m != l.chosenOn {
		best := bestOn(latest(rows[:m]))
		*l = Learner{m, best.length, best.nugget}
	}
	return fit(latest(rows), l.length, l.nugget)
}

// Fit learns from rows that are all there are.
func Fit(rows []Row) *Process { return new(Learner).Fit(rows) }

func latest(rows []Row) []Row { return rows[max(0, len(rows)-most):] }

// milestone is the greatest of 4, 6, 9, 14, ... up to n, or n below.
func milestone(n int) int {
	m := min(n, 4)
	for next := m; next <= n; next += (next + 1) / 2 {
		m = next
	}
	return m
}

func bestOn(rows []Row) *Process {
	var best *Process
	least := math.Inf(1)
	for _, length := range lengths {
		for _, nugget := range nuggets {
			p := fit(rows, length, nugget)
			if cost := p.cost(); best == nil || cost < least {
				best, least = p, cost
			}
		}
	}
	return best
}

func fit(rows []Row, length, nugget float64) *Process {
	n := len(rows)
	p := &Process{rows: rows, length: length, nugget: nugget}
	k := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i {
			k.SetSym(i, j, p.kernel(rows[i].X, rows[j].X))
		}
		k.SetSym(i, i, 1+nugget)
	}
	if !p.cholesky.Factorize(k) {
		// The nugget keeps it away from singular for all that is tried.
		panic("correction: the covariance is not positive definite")
	}
	ones, y := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i, r := range rows {
		ones.SetVec(i, 1)
		y.SetVec(i, r.Y)
	}
	p.mean = mat.Dot(p.solve(ones), y) / mat.Dot(p.solve(ones), ones)
	y.AddScaledVec(y, -p.mean, ones)
	p.weights = p.solve(y)
	p.variance = (priorWeight*priorSD*priorSD + mat.Dot(p.weights, y)) / float64(priorWeight+n)
	return p
}

func (p *Process) solve(b *mat.VecDense) *mat.VecDense {
	var x mat.VecDense
	// Its error is about a condition number, which the nugget bounds.
	_ = p.cholesky.SolveVecTo(&x, b)
	return &x
}

// cost is the negative log posterior density of the hyperparameters, up to a
// constant, with the variance integrated out (Rasmussen and Williams 2006,
// section 5.4.1; the inverse gamma prior is conjugate).
func (p *Process) cost() float64 {
	n := float64(len(p.rows))
	return 0.5*p.cholesky.LogDet() + 0.5*(n+priorWeight)*math.Log(p.variance)
}

// Evidence is the logarithm of how likely the rows are, up to a constant that
// is the same for all processes of rows with the same Y: it tells which of
// several descriptions of networks explains them best.
func (p *Process) Evidence() float64 {
	if len(p.rows) == 0 {
		return 0
	}
	return -p.cost()
}

func (p *Process) kernel(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		d := v - b[i]
		sum += d * d
	}
	r := math.Sqrt(5*sum) / p.length
	return (1 + r + r*r/3) * math.Exp(-r)
}

// Predict returns the expected log(measured/predicted) of networks and its
// standard deviation, a network's own error included.
func (p *Process) Predict(xs [][]float64) (mean, sd []float64) {
	mean, sd = make([]float64, len(xs)), make([]float64, len(xs))
	if len(p.rows) == 0 {
		for i := range sd {
			sd[i] = priorSD
		}
		return mean, sd
	}
	if len(xs) == 0 {
		return mean, sd
	}
	n := len(p.rows)
	cross := mat.NewDense(n, len(xs), nil)
	for i, r := range p.rows {
		row := cross.RawRowView(i)
		for j, x := range xs {
			row[j] = p.kernel(r.X, x)
		}
	}
	var means mat.VecDense
	means.MulVec(cross.T(), p.weights)
	var lower mat.TriDense
	p.cholesky.LTo(&lower)
	var explained mat.Dense
	_ = explained.Solve(&lower, cross) // as solve
	for j := range xs {
		mean[j] = p.mean + means.AtVec(j)
		column := mat.Col(nil, j, &explained)
		left := 1 + p.nugget
		for _, v := range column {
			left -= v * v
		}
		sd[j] = math.Sqrt(p.variance * max(left, 0))
	}
	return mean, sd
}
