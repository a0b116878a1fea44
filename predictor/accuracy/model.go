package accuracy

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/predictor"
)

// member is one Gaussian process. Its kernel between networks i and j is
//
//	25 + core² Σ_core x_i x_j + macs² lF_i lF_j + iso² exp(-|x_i-x_j|²/(2 length²))
//	   + family² [b_i b_j + (1-b_i)(1-b_j) 1(same family)]
//	   + 1(same recipe, not r300) (recipe² + slope² Σ_core x_i x_j) + noise² 1(i=j)
//
// over standardised features, where b is the share of MACs in BottleNecks: a
// hybrid inherits what sets ResNets apart in that share.
type member struct {
	name                                                       string
	iso                                                        []feature
	core, macs, isoScale, length, family, recipe, slope, noise float64
}

// core features of all members; 25 is the variance of a constant, far above
// that of the target.
var coreFeatures = [...]feature{lPe1, lAm}

const constantVariance = 25

// members are those of AVG3, with hyper-parameters of maximum marginal
// likelihood under weak priors on 270 published results.
var members = []member{
	{"gml", []feature{lPe1, lAm, lF, lL, ms5, ms4, ms3, rf, fdense, gml, pl5}, .5386, .1079, .5388, 3.0749, .154, .3831, .1797, .0796},
	{"gms", []feature{lPe1, lAm, lF, lL, ms5, ms4, ms3, rf, fdense, gms, pl5}, .5486, .0998, .5136, 3.0411, .1675, .3831, .1821, .0794},
	{"nopl", []feature{lPe1, lAm, lF, lL, ms5, ms4, ms3, rf, fdense, gme}, .5248, .1506, .4135, 2.4596, .1642, .3841, .1724, .0827},
}

// Model predicts the top-1 accuracy on ImageNet-1k after 300 epochs of
// training at 224x224: the mean of three Gaussian processes.
type Model struct {
	scaling  scaling
	fitted   []process
	low, top [numFeatures]float64 // range of the r300 rows
	version  string
}

// scaling standardises features and target by the r300 rows.
type scaling struct {
	mean, sd   [numFeatures]float64
	yMean, ySD float64
}

// process is a member fitted on rows.
type process struct {
	member
	weights      [len(coreFeatures)]float64 // of the core features: their kernels summed with alpha
	wF           float64
	constant, wB float64
	alpha        []float64
	x            [][]float64 // iso features of the rows
	core         [][len(coreFeatures)]float64
	lF, b        []float64
	inverse      [][]float64 // rows of the inverse of the covariance's Cholesky factor
}

// reference recipe: 300 epochs, as most results in the table.
const r300 = "r300"

// Fit fits the members on rows.
func Fit(rows []Row) (*Model, error) {
	m := &Model{}
	if err := m.scale(rows); err != nil {
		return nil, err
	}
	for _, mem := range members {
		p, err := m.fit(mem, rows)
		if err != nil {
			return nil, fmt.Errorf("accuracy model, member %s: %w", mem.name, err)
		}
		m.fitted = append(m.fitted, p)
	}
	return m, nil
}

// target is -ln of the error in per cent.
func target(top1 float64) float64 { return -math.Log(100 - top1) }

func (m *Model) scale(rows []Row) error {
	n := 0.0
	s := &m.scaling
	for i := range m.low {
		m.low[i], m.top[i] = math.Inf(1), math.Inf(-1)
	}
	each := func(f func(r Row)) {
		for _, r := range rows {
			if r.Recipe == r300 {
				f(r)
			}
		}
	}
	each(func(r Row) {
		n++
		s.yMean += target(r.Top1)
		for i, v := range r.features.x {
			s.mean[i] += v
			m.low[i], m.top[i] = min(m.low[i], v), max(m.top[i], v)
		}
	})
	if n < 2 {
		return errors.New("accuracy model: too few rows of the recipe r300")
	}
	s.yMean /= n
	for i := range s.mean {
		s.mean[i] /= n
	}
	each(func(r Row) {
		s.ySD += square(target(r.Top1)-s.yMean) / n
		for i, v := range r.features.x {
			s.sd[i] += square(v-s.mean[i]) / n
		}
	})
	s.ySD = math.Sqrt(s.ySD)
	for i := range s.sd {
		s.sd[i] = math.Sqrt(s.sd[i])
	}
	return nil
}

func square(x float64) float64 { return x * x }

func (s *scaling) apply(f Features) (z [numFeatures]float64) {
	for i, v := range f.x {
		z[i] = (v - s.mean[i]) / s.sd[i]
	}
	return z
}

func (m *Model) fit(mem member, rows []Row) (process, error) {
	p := process{member: mem}
	y := mat.NewVecDense(len(rows), nil)
	for i, r := range rows {
		z := m.scaling.apply(r.features)
		p.add(z, r.features.bottleNeck)
		y.SetVec(i, (target(r.Top1)-m.scaling.yMean)/m.scaling.ySD)
	}
	cov := mat.NewSymDense(len(rows), nil)
	for i := range rows {
		for j := range i + 1 {
			cov.SetSym(i, j, p.covariance(rows, i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return p, errors.New("the covariance is not positive definite")
	}
	var alpha mat.VecDense
	if err := chol.SolveVecTo(&alpha, y); err != nil {
		return p, err
	}
	p.alpha = alpha.RawVector().Data
	return p, p.prepare(&chol)
}

func (p *process) add(z [numFeatures]float64, b float64) {
	x := make([]float64, len(p.iso))
	for i, f := range p.iso {
		x[i] = z[f]
	}
	var c [len(coreFeatures)]float64
	for i, f := range coreFeatures {
		c[i] = z[f]
	}
	p.x, p.core, p.lF, p.b = append(p.x, x), append(p.core, c), append(p.lF, z[lF]), append(p.b, b)
}

func (p *process) covariance(rows []Row, i, j int) float64 {
	dot := 0.0
	for c := range coreFeatures {
		dot += p.core[i][c] * p.core[j][c]
	}
	k := constantVariance + square(p.member.core)*dot + square(p.macs)*p.lF[i]*p.lF[j] + p.similarity(p.x[i], p.x[j])
	same := p.b[i] * p.b[j]
	if rows[i].Kin == rows[j].Kin {
		same += (1 - p.b[i]) * (1 - p.b[j])
	}
	k += square(p.family) * same
	if rows[i].Recipe == rows[j].Recipe && rows[i].Recipe != r300 {
		k += square(p.recipe) + square(p.slope)*dot
	}
	if i == j {
		k += square(p.noise) + jitter
	}
	return k
}

// jitter keeps the factorisation stable; it is far below the noise.
const jitter = 1e-8

func (p *process) similarity(a, b []float64) float64 {
	d := 0.0
	for i, v := range a {
		d += square(v - b[i])
	}
	return square(p.isoScale) * math.Exp(-d/(2*square(p.length)))
}

// prepare sums up what prediction needs of the linear terms, and inverts the
// Cholesky factor.
func (p *process) prepare(chol *mat.Cholesky) error {
	for i, a := range p.alpha {
		p.constant += constantVariance * a
		for c := range coreFeatures {
			p.weights[c] += square(p.member.core) * a * p.core[i][c]
		}
		p.wF += square(p.macs) * a * p.lF[i]
		p.wB += square(p.family) * a * p.b[i]
	}
	var l mat.TriDense
	chol.LTo(&l)
	var inverse mat.TriDense
	if err := inverse.InverseTri(&l); err != nil {
		return err
	}
	n := len(p.alpha)
	for i := range n {
		row := make([]float64, i+1)
		for j := range row {
			row[j] = inverse.At(i, j)
		}
		p.inverse = append(p.inverse, row)
	}
	return nil
}

// Prediction is the model's belief about a network of no known family.
type Prediction struct {
	Top1, SD float64 // per cent
	// Extrapolated says that a feature lies outside the range of the networks
	// that the model was fitted on.
	Extrapolated bool
}

// PredictBatch fills out with the predictions for fs.
func (m *Model) PredictBatch(fs []Features, out []Prediction) {
	if len(fs) == 0 {
		return
	}
	k := make([]float64, len(m.fitted[0].alpha))
	for i, f := range fs {
		out[i] = m.predict(f, k)
	}
}

func (m *Model) predict(f Features, k []float64) Prediction {
	z := m.scaling.apply(f)
	var mean, squares, variance float64
	n := float64(len(m.fitted))
	for i := range m.fitted {
		p := &m.fitted[i]
		y, v := p.predict(z, f.bottleNeck, k)
		rest := math.Exp(-(y*m.scaling.ySD + m.scaling.yMean)) // 100 - top1
		mean += (100 - rest) / n
		squares += square(100-rest) / n
		variance += v * square(m.scaling.ySD*rest) / n
	}
	return Prediction{
		Top1: mean, SD: math.Sqrt(variance + max(0, squares-square(mean))),
		Extrapolated: m.outside(f),
	}
}

// predict gives mean and variance of the standardised target.
func (p *process) predict(z [numFeatures]float64, b float64, k []float64) (y, variance float64) {
	var x [numFeatures]float64
	for i, f := range p.iso {
		x[i] = z[f]
	}
	query := x[:len(p.iso)]
	y = p.constant + p.wF*z[lF] + p.wB*b
	self := 0.0
	for c, f := range coreFeatures {
		y += p.weights[c] * z[f]
		self += square(z[f])
	}
	core2, macs2, family2 := square(p.member.core), square(p.macs), square(p.family)
	for i := range k {
		iso := p.similarity(query, p.x[i])
		y += p.alpha[i] * iso
		dot := z[lPe1]*p.core[i][0] + z[lAm]*p.core[i][1]
		k[i] = constantVariance + core2*dot + macs2*z[lF]*p.lF[i] + family2*b*p.b[i] + iso
	}
	variance = constantVariance + core2*self + macs2*square(z[lF]) + square(p.isoScale) + family2*(square(b)+square(1-b))
	blas := blas64.Implementation()
	for i, row := range p.inverse {
		v := blas.Ddot(i+1, row, 1, k, 1)
		variance -= v * v
	}
	return y, max(variance, 0)
}

func (m *Model) outside(f Features) bool {
	for i, v := range f.x {
		if v < m.low[i] || v > m.top[i] {
			return true
		}
	}
	return false
}

// Width of the 80 % interval: by leaving families out, the error lies within
// 1.34 standard deviations in 80 % of networks between 1.5 and 10 GMACs; the
// standard deviation of BottleNeck-only networks is too small, so the half
// width is never below 0.85 points.
const (
	level     = 0.8
	halfWidth = 1.34
	leastHalf = 0.85
)

// Interval is the 80 % interval.
func (p Prediction) Interval() predictor.Estimate {
	half := max(halfWidth*p.SD, leastHalf)
	return predictor.Estimate{
		Value: p.Top1, Low: p.Top1 - half, High: min(100, p.Top1+half), Level: level, Extrapolated: p.Extrapolated,
	}
}

// LowerBound is one standard deviation below the estimate. A search that
// maximised the estimate itself would find the model's errors.
func (p Prediction) LowerBound() float64 { return p.Top1 - p.SD }

// Default is the model fitted on the embedded rows.
var Default = sync.OnceValue(func() *Model {
	m, err := Fit(Rows())
	if err != nil {
		panic(err) // the rows are embedded: a test fits them
	}
	m.version = dataVersion()
	return m
})

// Version names the model by its data and hyper-parameters.
func (m *Model) Version() string { return m.version }
