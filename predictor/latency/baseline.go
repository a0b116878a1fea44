package latency

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/space/graph"
)

// model is what cross-validation judges: something that can be fitted on
// samples and then predicts a sample's latency in ms.
type model struct {
	name string
	fit  func([]Sample) (func(*Sample) float64, error)
}

// models are the roofline and what is commonly used in its place.
func models(priors Priors) []model {
	return []model{
		{"kernel roofline", func(train []Sample) (func(*Sample) float64, error) {
			c, err := Fit(train, priors)
			return func(s *Sample) float64 { return c.Sum(s.Kernels, s.Batch) }, err
		}},
		linear("MACs", func(t totals) []float64 { return []float64{t.macs, 1} }),
		linear("MACs, activations, parameters", func(t totals) []float64 { return []float64{t.macs, t.activations, t.weights} }),
		linear("MACs, bytes, kernels", func(t totals) []float64 { return []float64{t.macs, t.moved, t.kernels} }),
	}
}

// totals of a network's kernels for one image, in counts.
type totals struct {
	macs, activations, weights, moved, kernels float64
}

func totalsOf(kernels []graph.Kernel) totals {
	t := totals{kernels: float64(len(kernels))}
	for i := range kernels {
		k := &kernels[i]
		t.macs += float64(k.MACs)
		t.weights += float64(k.Weights)
		t.moved += float64(k.In + k.Out)
		if k.MACs > 0 {
			t.activations += float64(k.Out)
		}
	}
	return t
}

// linear is a non-negative least-squares fit of the relative error.
func linear(name string, features func(totals) []float64) model {
	return model{name, func(train []Sample) (func(*Sample) float64, error) {
		columns := len(features(totals{}))
		a, b := mat.NewDense(len(train), columns, nil), mat.NewVecDense(len(train), nil)
		for i := range train {
			row := features(totalsOf(train[i].Kernels))
			for j := range row {
				row[j] /= train[i].MS
			}
			a.SetRow(i, row)
			b.SetVec(i, 1)
		}
		weights, err := nonNegative(a, b)
		if err != nil {
			return nil, fmt.Errorf("baseline %s: %w", name, err)
		}
		return func(s *Sample) float64 {
			ms := 0.0
			for j, f := range features(totalsOf(s.Kernels)) {
				ms += weights[j] * f
			}
			return ms
		}, nil
	}}
}

// nonNegative minimises |a w - b| over w >= 0. With the few columns that the
// baselines have, the best of the feasible unconstrained fits on all subsets
// of columns is the exact solution.
func nonNegative(a *mat.Dense, b *mat.VecDense) ([]float64, error) {
	rows, columns := a.Dims()
	best, least := make([]float64, columns), math.Inf(1)
	for subset := 1; subset < 1<<columns; subset++ {
		var used []int
		for j := range columns {
			if subset>>j&1 == 1 {
				used = append(used, j)
			}
		}
		part := mat.NewDense(rows, len(used), nil)
		for j, c := range used {
			part.SetCol(j, scaled(mat.Col(nil, c, a)))
		}
		var w, residual mat.VecDense
		if err := w.SolveVec(part, b); err != nil {
			return nil, err
		}
		residual.MulVec(part, &w)
		residual.SubVec(&residual, b)
		if norm := residual.Norm(2); mat.Min(&w) >= 0 && norm < least {
			least = norm
			clear(best)
			for j, c := range used {
				best[c] = w.AtVec(j) / scale(mat.Col(nil, c, a))
			}
		}
	}
	return best, nil
}

// scaled makes columns of very different units comparable, for the solver.
func scaled(column []float64) []float64 {
	s := scale(column)
	for i := range column {
		column[i] /= s
	}
	return column
}

func scale(column []float64) float64 { return mat.Max(mat.NewVecDense(len(column), column)) }
