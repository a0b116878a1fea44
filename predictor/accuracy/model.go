package accuracy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Name of the model: one Gaussian process on eleven features.
const Name = "GP11"

// Model predicts the top-1 accuracy on ImageNet-1k after 300 epochs of
// training at 224x224, by a Gaussian process fitted on published results.
type Model struct {
	scales  scales
	scaling scaling
	points  []point
	y       []float64 // standardised targets

	alpha   []float64   // the inverse covariance times y
	inverse [][]float64 // rows of the inverse of the covariance's Cholesky factor
	linear  linear
	version string
	own     int // rows of the user's own, by NewRow
}

// linear is what the prediction's terms that are linear in the network sum to.
type linear struct {
	constant, macs, inherited, own float64
	core                           [len(coreFeatures)]float64
}

// The scales of the built-in model: the best of tune on the r300 rows, for the
// prediction of families left out; a test holds them to it. Another recipe's
// offset may be anything; slope and own make each of the 87 results by the
// eight recipes with five or more, left out, about as likely as any of a grid
// does, which a test holds too.
var builtin = scales{
	core: 0.379844, macs: 0.191966, near: 0.311428, length: 1.825452, family: 0.136955, noise: 0.035291,
	other: otherRecipe{offset: 3, slope: .2, own: .1},
}

// Fit fits the built-in model's process on rows, which must include some of
// the recipe r300. Rows of another recipe, such as a user's own, shift
// together by an effect of their recipe.
func Fit(rows []Row) (*Model, error) { return fit(rows, builtin) }

func fit(rows []Row, s scales) (*Model, error) {
	m := &Model{scales: s}
	var err error
	if m.scaling, err = newScaling(rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		p, y := m.scaling.row(r)
		m.points, m.y = append(m.points, p), append(m.y, y)
		if r.Family == Candidates {
			m.own++
		}
	}
	n := len(rows)
	cov := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			cov.SetSym(i, j, s.covariance(&m.points[i], &m.points[j]))
		}
		cov.SetSym(i, i, cov.At(i, i)+s.noiseVariance(&m.points[i]))
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return nil, errors.New("accuracy model: the covariance is not positive definite: are rows or errors not finite?")
	}
	var alpha mat.VecDense
	if err := chol.SolveVecTo(&alpha, mat.NewVecDense(n, m.y)); err != nil {
		return nil, fmt.Errorf("accuracy model: %w", err)
	}
	m.alpha = alpha.RawVector().Data
	m.sumLinear()
	m.version = version(rows, s)
	return m, m.invert(&chol)
}

func (m *Model) sumLinear() {
	s, l := &m.scales, &m.linear
	for i, a := range m.alpha {
		p := &m.points[i]
		l.constant += constantVariance * a
		for c, f := range coreFeatures {
			l.core[c] += square(s.core) * a * p.x[f]
		}
		l.macs += square(s.macs) * a * p.x[lF]
		l.inherited += square(s.family) * inherited * a * p.bottleNeck
		if p.kin == Candidates {
			l.own += square(s.family) * a * p.ownShare()
		}
	}
}

func (m *Model) invert(chol *mat.Cholesky) error {
	var l, inverse mat.TriDense
	chol.LTo(&l)
	if err := inverse.InverseTri(&l); err != nil {
		return fmt.Errorf("accuracy model: %w", err)
	}
	for i := range m.alpha {
		row := make([]float64, i+1)
		for j := range row {
			row[j] = inverse.At(i, j)
		}
		m.inverse = append(m.inverse, row)
	}
	return nil
}

// Default is the model fitted on the embedded rows of the recipe r300. The
// other recipes' rows would tell it nothing more about networks trained alike
// (docs/accuracy.md).
var Default = sync.OnceValue(func() *Model {
	m, err := Fit(TrainedAlike(Rows()))
	if err != nil {
		panic(err) // the rows are embedded: a test fits them
	}
	return m
})

// Title is the model's name and version; it says when the model was refitted,
// and with how many of the user's own results.
func (m *Model) Title() string {
	if m.own == 0 {
		return Name + " " + m.version
	}
	return fmt.Sprintf("%s refitted with %d labels %s", Name, m.own, m.version)
}

// Version names the model by its rows and scales.
func (m *Model) Version() string { return m.version }

func version(rows []Row, s scales) string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v %v\n", s, inherited)
	for _, r := range rows {
		fmt.Fprintf(h, "%+v\n", r)
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}
