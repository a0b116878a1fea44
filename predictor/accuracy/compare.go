package accuracy

import (
	"math"

	"github.com/trtnas/trtnas/predictor"
)

// Difference is the model's belief about how two networks differ.
type Difference struct {
	Points, SD float64 // of top-1, in per cent: the second's less the first's
}

// Interval90 of the difference.
func (d Difference) Interval90() predictor.Estimate {
	half := halfWidth90 * d.SD
	return predictor.Estimate{Value: d.Points, Low: d.Points - half, High: d.Points + half, Level: 0.9}
}

// Tie says that the model can't order the two: the 90 % interval of their
// difference holds 0.
func (d Difference) Tie() bool { return math.Abs(d.Points) <= halfWidth90*d.SD }

// belief is what the model knows of a network, so that its covariance with
// others' costs little.
type belief struct {
	point
	k        []float64 // whitened covariances with the rows
	error100 float64
	variance float64 // of the standardised target, with the noise of training
}

// believe of a network of a family. Outside the range of the rows the mean is
// that at its edge, and what is not known is the network's own, as in
// PredictBatch.
func (m *Model) believe(f Features, kin string) belief {
	inside, outside := m.scaling.clamp(f)
	p := m.scaling.features(inside)
	p.kin = kin
	b := belief{k: make([]float64, len(m.points))}
	mean, prior := m.project(&p, b.k)
	if outside {
		p = m.scaling.features(f)
		p.kin = kin
		_, prior = m.project(&p, b.k)
	}
	b.point = p
	m.whiten(b.k)
	b.error100 = m.scaling.error100(mean)
	b.variance = max(0, prior-dot(b.k, b.k)) + square(m.scales.noise)
	return b
}

// difference by the posterior covariance of both, to first order in per cent.
func (m *Model) difference(a, b *belief) Difference {
	cov := m.scales.covariance(&a.point, &b.point) - dot(a.k, b.k)
	wa, wb := m.scaling.ySD*a.error100, m.scaling.ySD*b.error100
	variance := square(wa)*a.variance + square(wb)*b.variance - 2*wa*wb*cov
	return Difference{Points: a.error100 - b.error100, SD: math.Sqrt(max(0, variance))}
}

// Compare two candidates of one family, as those of one search are: what the
// model does not know about both alike, such as their family's effect, drops
// out. SD includes the noise of training both.
func (m *Model) Compare(a, b Features) Difference {
	return m.compare(a, b, Candidates, Candidates)
}

// CompareAcross compares networks of two families, neither of which the model
// knows.
func (m *Model) CompareAcross(a, b Features) Difference {
	return m.compare(a, b, Candidates, "another family")
}

// compare networks of two families by name.
func (m *Model) compare(a, b Features, kinA, kinB string) Difference {
	p, q := m.believe(a, kinA), m.believe(b, kinB)
	return m.difference(&p, &q)
}

// Comparer gives what Compare would for any two of fs, by their indices, at
// little cost for each pair.
func (m *Model) Comparer(fs []Features) func(i, j int) Difference {
	beliefs := make([]belief, len(fs))
	for i, f := range fs {
		beliefs[i] = m.believe(f, Candidates)
	}
	return func(i, j int) Difference { return m.difference(&beliefs[i], &beliefs[j]) }
}
