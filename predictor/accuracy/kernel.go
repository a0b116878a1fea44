package accuracy

import (
	"errors"
	"math"
)

// scales are the standard deviations of the terms of a Gaussian process, in
// units of the standardised target. Its covariance of networks i and j is
//
//	25 + core² Σ_core x_i x_j + macs² lF_i lF_j + near² exp(-|x_i-x_j|²/(2 length²))
//	   + family² kinship(i, j)
//	   + 1(same recipe, not r300) (offset² + slope² Σ_core x_i x_j + own² 1(i=j)) + noise² 1(i=j)
//
// over standardised features.
type scales struct {
	core, macs, near, length, family, noise float64
	other                                   otherRecipe
}

// otherRecipe are the scales of a recipe other than r300: of its offset, of
// how that depends on the core features, and of what it does to each network
// by itself.
type otherRecipe struct{ offset, slope, own float64 }

// core features, in which the target is about linear; 25 is the variance of a
// constant, far above that of the target.
var coreFeatures = [...]feature{lPe1, lAm}

const constantVariance = 25

// inherited is how much of the variance of a family's effect a hybrid shares
// with the ResNets in proportion to its BottleNecks. No published network
// tells it: with 1, a network of BottleNecks alone would be known as well as
// a ResNet; with 0, a hybrid would owe nothing to them.
const inherited = 0.75

// point is a network as the process sees it.
type point struct {
	x           [numFeatures]float64 // standardised
	bottleNeck  float64              // share of MACs
	kin, recipe string
	noise       float64 // variance of its own, beyond that of all
}

// ownShare is how much of a family's effect is not inherited.
func (p *point) ownShare() float64 { return math.Sqrt(1 - inherited*square(p.bottleNeck)) }

// kinship is the correlation of the effects of two networks' families.
func kinship(a, b *point) float64 {
	k := inherited * a.bottleNeck * b.bottleNeck
	if a.kin == b.kin {
		k += a.ownShare() * b.ownShare()
	}
	return k
}

// products of the core features, and of the MACs.
func coreDot(a, b *point) float64 {
	dot := 0.0
	for _, f := range coreFeatures {
		dot += a.x[f] * b.x[f]
	}
	return dot
}

// distance2 is the squared distance.
func distance2(a, b *[numFeatures]float64) float64 {
	d := 0.0
	for i := range a {
		d += square(a[i] - b[i])
	}
	return d
}

func (s *scales) nearness(d2 float64) float64 {
	return square(s.near) * math.Exp(-d2/(2*square(s.length)))
}

// covariance of two networks' accuracies, without noise.
func (s *scales) covariance(a, b *point) float64 {
	dot := coreDot(a, b)
	k := constantVariance + square(s.core)*dot + square(s.macs)*a.x[lF]*b.x[lF] +
		s.nearness(distance2(&a.x, &b.x)) + square(s.family)*kinship(a, b)
	if a.recipe == b.recipe && a.recipe != r300 {
		k += square(s.other.offset) + square(s.other.slope)*dot
	}
	return k
}

// jitter keeps the factorisation stable; it is far below the noise.
const jitter = 1e-8

// variance of the noise of a network's training.
func (s *scales) noiseVariance(p *point) float64 {
	v := square(s.noise) + p.noise + jitter
	if p.recipe != r300 {
		v += square(s.other.own)
	}
	return v
}

func square(x float64) float64 { return x * x }

// target is -ln of the error in per cent.
func target(top1 float64) float64 { return -math.Log(100 - top1) }

// scaling standardises features and target by the rows of the recipe r300, and
// keeps these rows' range.
type scaling struct {
	mean, sd, low, top [numFeatures]float64
	yMean, ySD         float64
}

func newScaling(rows []Row) (scaling, error) {
	s := scaling{}
	for i := range s.low {
		s.low[i], s.top[i] = math.Inf(1), math.Inf(-1)
	}
	rows = TrainedAlike(rows)
	if len(rows) < 2 {
		return s, errors.New("accuracy model: fewer than two rows of the recipe r300, by which features are scaled: add the built-in rows")
	}
	n := float64(len(rows))
	for _, r := range rows {
		s.yMean += target(r.Top1) / n
		for i, v := range r.features.x {
			s.mean[i] += v / n
			s.low[i], s.top[i] = min(s.low[i], v), max(s.top[i], v)
		}
	}
	for _, r := range rows {
		s.ySD += square(target(r.Top1)-s.yMean) / n
		for i, v := range r.features.x {
			s.sd[i] += square(v-s.mean[i]) / n
		}
	}
	s.ySD = math.Sqrt(s.ySD)
	for i := range s.sd {
		s.sd[i] = math.Sqrt(s.sd[i])
	}
	return s, nil
}

func (s *scaling) features(f Features) point {
	p := point{bottleNeck: f.bottleNeck, recipe: r300, kin: Candidates}
	for i, v := range f.x {
		if s.sd[i] > 0 { // one that was dropped tells nothing
			p.x[i] = (v - s.mean[i]) / s.sd[i]
		}
	}
	return p
}

// row is a training row and its target, both standardised.
func (s *scaling) row(r Row) (point, float64) {
	p := s.features(r.features)
	p.kin, p.recipe = r.Kin, r.Recipe
	p.noise = square(r.Error / (100 - r.Top1) / s.ySD)
	return p, (target(r.Top1) - s.yMean) / s.ySD
}

// error100 is 100 less the top-1 accuracy, in per cent.
func (s *scaling) error100(y float64) float64 { return math.Exp(-(y*s.ySD + s.yMean)) }

// clamp moves features into the range of the rows, and says whether any lay
// outside.
func (s *scaling) clamp(f Features) (Features, bool) {
	outside := false
	for i, v := range f.x {
		if f.x[i] = min(max(v, s.low[i]), s.top[i]); f.x[i] != v {
			outside = true
		}
	}
	return f, outside
}
