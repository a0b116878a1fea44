package accuracy

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// own takes published results of another recipe for a user's own.
func own(recipe string) []Row {
	var rows []Row
	for _, r := range Rows() {
		if r.Recipe == recipe {
			r.Recipe, r.Family = Own, Candidates
			rows = append(rows, r)
		}
	}
	return rows
}

// Results by torchvision's recipe, entered as a user's own, predict each other
// better than the published ones do, and leave published networks' estimates
// about where they were.
func TestOwnResultsHelp(t *testing.T) {
	rows := own("tv2_600")
	m, r, err := RefitWith(rows, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 18 || len(r.Labels) != 18 {
		t.Errorf("%d rows, %d labels", r.Rows, len(r.Labels))
	}
	before, after := r.Errors[1], r.Errors[2]
	if before.By != Shifted || after.By != Refitted || after.MAE > before.MAE || after.Coverage90 < 0.8 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	for _, e := range r.Errors {
		if e.MAE < e.MAERange[0] || e.MAE > e.MAERange[1] || e.Bias < e.BiasRange[0] || e.Bias > e.BiasRange[1] || e.Order.Tau < e.Order.TauRange[0] || e.Order.Tau > e.Order.TauRange[1] {
			t.Errorf("outside its own range: %+v", e)
		}
	}
	if m.Version() == Default().Version() || !strings.HasPrefix(m.Title(), "GP11 refitted with 18 labels ") {
		t.Errorf("title %s, the built-in model's %s", m.Title(), Default().Title())
	}
	for _, row := range TrainedAlike(Rows())[:20] {
		var a, b [1]Prediction
		m.PredictBatch([]Features{row.features}, a[:])
		Default().PredictBatch([]Features{row.features}, b[:])
		if math.Abs(a[0].Top1-b[0].Top1) > 1 {
			t.Errorf("%s moved from %+v to %+v", row.Name, b[0], a[0])
		}
	}
}

// A recipe that is worse by the same for all leaves the estimates and shows as
// an offset; what a user's results say of their order changes them.
func TestOffsetIsNotTakenForTheNetworks(t *testing.T) {
	g := published(t, "TRT-ViT-C")
	var rows []Row
	m := Default()
	for _, name := range []string{"TRT-ViT-A", "TRT-ViT-B", "TRT-ViT-C", "TRT-ViT-D"} {
		g := published(t, name)
		var p [1]Prediction
		m.PredictBatch([]Features{Measure(g).Features()}, p[:])
		row, err := NewRow(name, "", g, p[0].Top1-8, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	after, r, err := RefitWith(rows, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Offset > -6 || r.Offset < -9 {
		t.Errorf("offset %v, not about -8", r.Offset)
	}
	for _, l := range r.Labels {
		if math.Abs(l.After.Top1-l.Before.Top1) > 1 || l.After.SD >= l.Before.SD || l.Without == nil {
			t.Errorf("%+v", l)
		}
	}
	var p, q [1]Prediction
	f := Measure(g).Features()
	m.PredictBatch([]Features{f}, p[:])
	after.PredictBatch([]Features{f}, q[:])
	if q[0].SD >= p[0].SD {
		t.Errorf("the results of like networks tell nothing: %+v, then %+v", p[0], q[0])
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "TRT-ViT-D") || !strings.Contains(text.String(), "not enough data") {
		t.Errorf("%v: %s", err, text.String())
	}
}

func TestRefitErrors(t *testing.T) {
	if _, _, err := RefitWith(nil, nil); err == nil {
		t.Error("no rows: no error")
	}
	g := published(t, "ResNet50")
	for _, bad := range [][2]float64{{0, 0}, {100, 0}, {80, -1}, {math.NaN(), 0}, {80, math.NaN()}} {
		if _, err := NewRow("bad", "", g, bad[0], bad[1]); err == nil {
			t.Errorf("top-1 %v ± %v: no error", bad[0], bad[1])
		}
	}
	row, err := NewRow("one", "", g, 70, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, r, err := RefitWith([]Row{row}, nil)
	if err != nil || r.Errors != nil || r.Labels[0].Without != nil {
		t.Errorf("one row: %+v, %v", r, err)
	}
	if _, err := Fit([]Row{row}); err == nil {
		t.Error("a fit without published rows: no error")
	}
}

// Another recipe's results, each left out, are about as likely by the built-in
// scales of recipes as by any of a grid. The residual of a row that is left out,
// and its variance, are those of Rasmussen and Williams 2006, equation 5.12.
func TestScalesOfRecipesAreLikely(t *testing.T) {
	likely := func(other otherRecipe) float64 {
		s, sum, n := builtin, 0.0, 0.0
		s.other = other
		for _, recipe := range []string{"a1_600", "a1h", "a3_100", "pycls100", "ra2", "tv2_600", "tv90", "xcit400"} {
			rows := TrainedAlike(Rows())
			known := len(rows)
			for _, r := range Rows() {
				if r.Recipe == recipe {
					rows = append(rows, r)
				}
			}
			m, err := fit(rows, s)
			if err != nil {
				t.Fatal(err)
			}
			for i := known; i < len(rows); i++ {
				precision := 0.0
				for _, row := range m.inverse[i:] {
					precision += square(row[i])
				}
				sum += (math.Log(precision) - square(m.alpha[i])/precision) / 2
				n++
			}
		}
		return sum / n
	}
	best, at := math.Inf(-1), otherRecipe{}
	for _, slope := range []float64{0, .1, .2, .4} {
		for _, own := range []float64{0, .05, .1, .15, .2} {
			if v := likely(otherRecipe{builtin.other.offset, slope, own}); v > best {
				best, at = v, otherRecipe{builtin.other.offset, slope, own}
			}
		}
	}
	if v := likely(builtin.other); v < best-0.03 {
		t.Errorf("log density of a result left out %.3f by the built-in %+v, %.3f by %+v", v, builtin.other, best, at)
	}
}
