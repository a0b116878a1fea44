package accuracy

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// The built-in scales are those that tune finds.
func TestBuiltinScalesAreTheBest(t *testing.T) {
	s, err := tune(TrainedAlike(Rows()))
	if err != nil {
		t.Fatal(err)
	}
	want, got := s.logs(), builtin.logs()
	for i := range want {
		if math.Abs(want[i]-got[i]) > 1e-3 {
			t.Errorf("scale %d: built in %v, tuned %v", i, math.Exp(got[i]), math.Exp(want[i]))
		}
	}
}

// Where a result is no number, the error says what to look for and what the
// optimiser made of it.
func TestTuningSaysWhatDoesNotFit(t *testing.T) {
	for _, result := range []float64{math.NaN(), math.Inf(1)} {
		rows := slices.Clone(TrainedAlike(Rows()))
		rows[3].Top1 = result
		_, err := tune(rows)
		var cause optimize.ErrFunc
		if !errors.As(err, &cause) || !strings.Contains(err.Error(), "results and features have to be finite") {
			t.Errorf("top-1 %v: %v", result, err)
		}
	}
}

func TestGradientIsTheDifference(t *testing.T) {
	o, err := newObjective(TrainedAlike(Rows()), weak)
	if err != nil {
		t.Fatal(err)
	}
	at := weak.mean
	e := o.evaluate(at)
	const h = 1e-5
	for i := range at {
		up, down := at, at
		up[i] += h
		down[i] -= h
		want := (o.evaluate(up).value - o.evaluate(down).value) / (2 * h)
		if math.Abs(e.gradient[i]-want) > 1e-4*max(1, math.Abs(want)) {
			t.Errorf("scale %d: gradient %v, differences say %v", i, e.gradient[i], want)
		}
	}
}

// The residuals of a line left out are those of a model fitted without it.
func TestLeavingOutIsFittingWithout(t *testing.T) {
	rows := TrainedAlike(Rows())
	o, err := newObjective(rows, weak)
	if err != nil {
		t.Fatal(err)
	}
	var inverse mat.SymDense
	var chol mat.Cholesky
	cov := o.covariance(&builtin)
	if !chol.Factorize(cov) || chol.InverseTo(&inverse) != nil {
		t.Fatal("no inverse")
	}
	var alpha mat.VecDense
	alpha.MulVec(&inverse, o.y)
	n := len(rows)
	residual, blocks := mat.NewVecDense(n, nil), mat.NewDense(n, n, nil)
	for _, group := range o.groups[:3] {
		if _, err := leave(group, &inverse, &alpha, residual, blocks); err != nil {
			t.Fatal(err)
		}
		in, out := split(rows, func(r Row) bool { return r.Super == rows[group[0]].Super })
		sub, k, y := mat.NewDense(len(in), len(in), nil), mat.NewDense(len(out), len(in), nil), mat.NewVecDense(len(in), nil)
		for a, i := range in {
			y.SetVec(a, o.y.AtVec(i))
			for b, j := range in {
				sub.Set(a, b, cov.At(i, j))
			}
			for b, j := range out {
				k.Set(b, a, cov.At(j, i))
			}
		}
		var w, mean mat.VecDense
		if err := w.SolveVec(sub, y); err != nil {
			t.Fatal(err)
		}
		mean.MulVec(k, &w)
		for b, j := range out {
			if want := o.y.AtVec(j) - mean.AtVec(b); math.Abs(residual.AtVec(j)-want) > 1e-6 {
				t.Errorf("%s: residual %v, without its line %v", rows[j].Name, residual.AtVec(j), want)
			}
		}
	}
}

var validation = sync.OnceValues(func() (*Report, error) { return CrossValidate(rand.New(rand.NewPCG(1, 2)), false) })

// The model is worth more than what its inputs would say by themselves, and
// not less than its predecessor: with lines of families left out its order of
// networks of equal FLOPs is better, and its intervals hold what they promise.
func TestCrossValidation(t *testing.T) {
	r, err := validation()
	if err != nil {
		t.Fatal(err)
	}
	if r.Networks != 141 || r.Families != 35 || r.SuperFamilies != 24 {
		t.Errorf("%d networks, %d families in %d lines", r.Networks, r.Families, r.SuperFamilies)
	}
	for _, table := range []Table{r.Models, r.FamilyOut} {
		model, _ := table.Find(Ensemble)
		for _, b := range table[1:] {
			if b.FLOPsTau >= model.FLOPsTau || b.MAE <= model.MAE {
				t.Errorf("%s is as good as the model: %+v, %+v", b.Model, b, model)
			}
		}
		if model.FLOPsTau < 0.6 || model.MAE > 0.7 {
			t.Errorf("the model was better: %+v", model)
		}
		if *model.Coverage90 < 0.85 || *model.Coverage90 > 0.95 || *model.Coverage80 < 0.75 {
			t.Errorf("coverage: %+v", model)
		}
	}
	if w := r.Within; w.Coverage90 < 0.85 || float64(w.Right) < 0.95*float64(w.Called) {
		t.Errorf("differences within families: %+v", w)
	}
	if r.Edits.Right < 16 || r.Edits.MAE > 0.45 {
		t.Errorf("small edits: %d right, error %.2f", r.Edits.Right, r.Edits.MAE)
	}
}
