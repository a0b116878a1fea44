package accuracy

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/trtnas/trtnas/predictor"
)

// Prediction is the model's belief about a network of no known family.
type Prediction struct {
	Top1, SD float64 // per cent
	// Extrapolated says that a feature lies outside the range of the networks
	// that the model was fitted on. The estimate is then the one at the edge
	// of that range, so that leaving it earns a search nothing; the standard
	// deviation is the network's own.
	Extrapolated bool
}

// PredictBatch fills out with the predictions for fs.
func (m *Model) PredictBatch(fs []Features, out []Prediction) {
	k := make([]float64, len(m.points))
	for i, f := range fs {
		out[i] = m.predict(f, k)
	}
}

// Outside tells at little cost whether a prediction for f is extrapolated.
func (m *Model) Outside(f Features) bool {
	_, outside := m.scaling.clamp(f)
	return outside
}

func (m *Model) predict(f Features, k []float64) Prediction {
	inside, outside := m.scaling.clamp(f)
	p := m.scaling.features(inside)
	mean, prior := m.project(&p, k)
	if outside {
		p = m.scaling.features(f)
		_, prior = m.project(&p, k)
	}
	m.whiten(k)
	y := m.prediction(mean, max(0, prior-dot(k, k))+square(m.scales.noise))
	y.Extrapolated = outside
	return y
}

// prediction in per cent from the standardised target's.
func (m *Model) prediction(mean, variance float64) Prediction {
	rest := m.scaling.error100(mean)
	return Prediction{Top1: 100 - rest, SD: math.Sqrt(variance) * m.scaling.ySD * rest}
}

// project fills k with the covariances of a candidate with the rows, and gives
// the mean of its standardised target and its variance a priori.
func (m *Model) project(p *point, k []float64) (mean, prior float64) {
	s, l := &m.scales, &m.linear
	own := p.ownShare()
	mean = l.constant + l.macs*p.x[lF] + l.inherited*p.bottleNeck + l.own*own
	var core [len(coreFeatures)]float64
	prior = constantVariance + square(s.macs*p.x[lF]) + square(s.near) + square(s.family)
	for c, f := range coreFeatures {
		mean += l.core[c] * p.x[f]
		core[c] = square(s.core) * p.x[f]
		prior += core[c] * p.x[f]
	}
	near2, falloff := square(s.near), -1/(2*square(s.length))
	macs, kin, family := square(s.macs)*p.x[lF], square(s.family)*inherited*p.bottleNeck, square(s.family)*own
	for i := range k {
		q := &m.points[i]
		near := near2 * math.Exp(falloff*distance2(&p.x, &q.x))
		mean += m.alpha[i] * near
		k[i] = constantVariance + core[0]*q.x[coreFeatures[0]] + core[1]*q.x[coreFeatures[1]] + macs*q.x[lF] + kin*q.bottleNeck + near
		if q.kin == Candidates {
			k[i] += family * q.ownShare()
		}
	}
	return mean, prior
}

// whiten multiplies k by the inverse of the covariance's Cholesky factor, in
// place: from the last row up, since row i needs the first i+1 of k.
func (m *Model) whiten(k []float64) {
	blas := blas64.Implementation()
	for i := len(k) - 1; i >= 0; i-- {
		k[i] = blas.Ddot(i+1, m.inverse[i], 1, k, 1)
	}
}

func dot(a, b []float64) float64 { return blas64.Implementation().Ddot(len(a), a, 1, b, 1) }

// Widths of intervals in standard deviations: the normal distribution's. With
// families left out, they hold what they promise (CrossValidate).
const (
	level       = 0.8
	halfWidth   = 1.2816
	halfWidth90 = 1.6449
)

// Interval is the 80 % interval.
func (p Prediction) Interval() predictor.Estimate { return p.interval(level, halfWidth) }

// Interval90 is the 90 % interval.
func (p Prediction) Interval90() predictor.Estimate { return p.interval(0.9, halfWidth90) }

func (p Prediction) interval(level, width float64) predictor.Estimate {
	half := width * p.SD
	return predictor.Estimate{
		Value: p.Top1, Low: p.Top1 - half, High: min(100, p.Top1+half), Level: level, Extrapolated: p.Extrapolated,
	}
}

// LowerBound is one standard deviation below the estimate. A search that
// maximised the estimate itself would find the model's errors.
func (p Prediction) LowerBound() float64 { return p.Top1 - p.SD }
