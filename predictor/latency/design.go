package latency

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/space/graph"
)

// Design chooses which networks to measure before a fit: each time the one
// that most increases the determinant of the constants' posterior precision.
//
// That is Bayesian D-optimality (Chaloner and Verdinelli 1995, "Bayesian
// Experimental Design: A Review", Statistical Science 10(3), section 2), built
// up one measurement after the other as in Fedorov 1972, "Theory of Optimal
// Experiments". The model is taken as linear about the priors' centre, with
// Gaussian priors and the noise of Fit. Equal inputs give equal choices.
type Design struct {
	objective  objective
	covariance *mat.SymDense // of log(constant) in its prior's standard deviations
}

// NewDesign begins where nothing was measured.
func NewDesign(p Priors) *Design {
	d := Design{objective: objective{priors: p, centre: p.Centre()}, covariance: mat.NewSymDense(int(NumConstants), nil)}
	for i := range int(NumConstants) {
		d.covariance.SetSym(i, i, 1)
	}
	return &d
}

// Sensitivity is how a network's measurement depends on the constants: the
// derivative of log(latency) by each log(constant), in the constant's prior
// standard deviations and over the noise of a measurement.
type Sensitivity [NumConstants]float64

// Sensitivity of a network with these kernels for a batch.
func (d *Design) Sensitivity(kernels []graph.Kernel, batch int) Sensitivity {
	w := loadOf(Sample{Kernels: kernels, Batch: batch, MS: 1})
	ms, dms := w.at(&d.objective.centre)
	var s Sensitivity
	for i := range s {
		s[i] = dms[i] / ms * d.objective.priors[i].LogSD / noise
	}
	return s
}

// Gain is what measuring the network would add to the logarithm of the
// determinant, in nats. What the priors and the measurements so far foretell
// adds nothing.
func (d *Design) Gain(s Sensitivity) float64 { return math.Log1p(d.variance(s)) }

// variance of the network's log(latency) as known so far, in squares of the
// noise.
func (d *Design) variance(s Sensitivity) float64 {
	v := mat.NewVecDense(len(s), s[:])
	return mat.Inner(v, d.covariance, v)
}

// Add takes the network as measured.
func (d *Design) Add(s Sensitivity) {
	var along mat.VecDense
	along.MulVec(d.covariance, mat.NewVecDense(len(s), s[:]))
	// Sherman and Morrison 1950: the inverse after a change of rank one.
	d.covariance.SymRankOne(d.covariance, -1/(1+d.variance(s)), &along)
}

// Best is the index of the network with the greatest gain among those that
// are open, the first of equals; -1 if none is.
func (d *Design) Best(pool []Sensitivity, open func(i int) bool) int {
	best, most := -1, math.Inf(-1)
	for i, s := range pool {
		if !open(i) {
			continue
		}
		if g := d.Gain(s); g > most {
			best, most = i, g
		}
	}
	return best
}
