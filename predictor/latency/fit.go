package latency

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/space/graph"
)

// Sample is a network's kernels and its measured latency in ms for a batch.
// Samples of one family share errors.
type Sample struct {
	Network, Family string
	Resolution      int
	Kernels         []graph.Kernel
	Batch           int
	MS              float64
}

// SamplesOf pairs the published rows with their networks' kernels: those that
// profiles are fitted on, and those at 512 px that test extrapolation.
func SamplesOf(kernels func(Row) ([]graph.Kernel, error)) (near, far []Sample, err error) {
	for _, r := range Published() {
		list, err := kernels(r)
		if err != nil {
			return nil, nil, err
		}
		s := Sample{r.Network, r.Family, r.Resolution, list, r.Batch, r.MS}
		if r.Backbone {
			far = append(far, s)
		} else {
			near = append(near, s)
		}
	}
	return near, far, nil
}

// The loss's scale: a relative error of noise counts as one standard
// deviation, and errors beyond tail of them count linearly.
const (
	noise = 0.03
	tail  = 1.5
)

// Fit returns the constants of greatest posterior density given the samples:
// a pseudo-Huber loss on the logarithm of predicted/measured and the
// log-normal priors, minimised over the constants' logarithms from the priors'
// centre. It is deterministic.
func Fit(samples []Sample, priors Priors) (Constants, error) {
	if len(samples) == 0 {
		return Constants{}, errors.New("latency fit: no samples: give at least one measured network")
	}
	o := objective{priors: priors, centre: priors.Centre()}
	for _, s := range samples {
		if !(s.MS > 0) || math.IsInf(s.MS, 0) || s.Batch < 1 || len(s.Kernels) == 0 {
			return Constants{}, fmt.Errorf("latency fit: %s at %d px: needs kernels, a batch and a positive, finite latency, has %d, %d and %v ms",
				s.Network, s.Resolution, len(s.Kernels), s.Batch, s.MS)
		}
		o.loads = append(o.loads, loadOf(s))
	}
	x, err := o.minimise()
	if err != nil {
		return Constants{}, fmt.Errorf("latency fit on %d samples: %w", len(samples), err)
	}
	return o.constants(x), nil
}

// workload is a sample as the fit sees it: its distinct kernels and how often
// each runs.
type workload struct {
	demands []demand
	times   []float64
	logMS   float64
}

func loadOf(s Sample) workload {
	w := workload{logMS: math.Log(s.MS)}
	at := map[demand]int{}
	for i := range s.Kernels {
		d := demandOf(&s.Kernels[i], s.Batch)
		j, seen := at[d]
		if !seen {
			j = len(w.demands)
			at[d] = j
			w.demands = append(w.demands, d)
			w.times = append(w.times, 0)
		}
		w.times[j]++
	}
	return w
}

// at is the time in ms, with its derivatives by the constants' logarithms.
func (w *workload) at(c *Constants) (ms float64, dms Constants) {
	for i := range w.demands {
		ms += c.addGradient(&dms, &w.demands[i], w.times[i])
	}
	return ms, dms
}

// objective is the negative log posterior over x = log(constant/prior)/sd.
type objective struct {
	priors Priors
	centre Constants
	loads  []workload
}

func (o *objective) constants(x []float64) Constants {
	c := o.centre
	for i := range c {
		c[i] *= math.Exp(x[i] * o.priors[i].LogSD)
	}
	return c
}

// at returns the objective and stores its gradient.
func (o *objective) at(gradient, x []float64) float64 {
	value := 0.0
	for i, v := range x {
		loss, slope := pseudoHuber(v)
		value += loss
		gradient[i] = slope
	}
	c := o.constants(x)
	for i := range o.loads {
		w := &o.loads[i]
		ms, dms := w.at(&c)
		loss, slope := pseudoHuber((math.Log(ms) - w.logMS) / noise)
		value += loss
		for j := range gradient {
			gradient[j] += slope / noise * dms[j] / ms * o.priors[j].LogSD
		}
	}
	return value
}

// minimise is Newton's method, damped where the step does not descend.
func (o *objective) minimise() ([]float64, error) {
	const steps, negligible = 500, 1e-10 // of the Newton decrement, so some 1e-5 standard deviations
	x, gradient := make([]float64, NumConstants), make([]float64, NumConstants)
	value := o.at(gradient, x)
	hessian := o.hessian(x)
	damping := 1.0
	for range steps {
		next, nextGradient := make([]float64, NumConstants), make([]float64, NumConstants)
		step, descends := dampedStep(gradient, hessian, damping)
		if descends {
			floats.SubTo(next, x, step)
			if damping < 1 && floats.Dot(step, gradient) < negligible {
				return next, nil
			}
		}
		if v := o.at(nextGradient, next); descends && v <= value {
			x, value, gradient, hessian = next, v, nextGradient, o.hessian(next)
			damping /= 8
		} else {
			damping *= 8
		}
	}
	return nil, fmt.Errorf("no minimum after %d steps", steps)
}

func (o *objective) hessian(x []float64) *mat.SymDense {
	jacobian := mat.NewDense(len(x), len(x), nil)
	fd.Jacobian(jacobian, func(gradient, x []float64) { o.at(gradient, x) }, x, &fd.JacobianSettings{Formula: fd.Central})
	h := mat.NewSymDense(len(x), nil)
	for i := range x {
		for j := range i + 1 {
			h.SetSym(i, j, (jacobian.At(i, j)+jacobian.At(j, i))/2)
		}
	}
	return h
}

// dampedStep solves (hessian + damping*I) step = gradient; it is false where
// that matrix is not positive definite.
func dampedStep(gradient []float64, hessian *mat.SymDense, damping float64) ([]float64, bool) {
	n := len(gradient)
	damped := mat.NewSymDense(n, nil)
	damped.CopySym(hessian)
	for i := range n {
		damped.SetSym(i, i, hessian.At(i, i)+damping)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(damped) {
		return nil, false
	}
	step := mat.NewVecDense(n, nil)
	err := cholesky.SolveVecTo(step, mat.NewVecDense(n, gradient))
	return step.RawVector().Data, err == nil
}

// pseudoHuber returns the loss of a residual and its derivative.
func pseudoHuber(r float64) (loss, slope float64) {
	root := math.Sqrt(1 + (r/tail)*(r/tail))
	return tail * tail * (root - 1), r / root
}
