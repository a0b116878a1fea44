package accuracy

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Results that are what the model expects, but for the recipe, are known by two
// of them; without these they are off by what the recipe costs.
func TestLabelsTellTheRecipe(t *testing.T) {
	const costs = -4
	in, out := split(TrainedAlike(Rows()), func(r Row) bool { return r.Super == "metaformer" })
	published, own := pick(TrainedAlike(Rows()), in), pick(TrainedAlike(Rows()), out)
	s, err := newStandIn("metaformer", published, own, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range s.own {
		s.own[i].Top1 = shifted(s.without, nil, r).Top1 + costs
	}
	ways, err := s.predict([]int{0, 9}, []int{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil {
		t.Fatal(err)
	}
	before, offset, after := ways[0].exported(), ways[1].exported(), ways[2].exported()
	if math.Abs(before.MAE+costs) > 1e-9 || offset.MAE > 1 || after.MAE > 1 {
		t.Errorf("errors %.2f, %.2f and %.2f points", before.MAE, offset.MAE, after.MAE)
	}
	if before.Tau != 1 || after.Tau != 1 || before.Coverage90 != 0 || after.Coverage90 != 1 || before.DifferenceMAE > 1e-9 {
		t.Errorf("%+v, then %+v", before, after)
	}
}

// Every line counts once, and what is predicted has no label.
func TestWorth(t *testing.T) {
	w, err := worth(Rows(), 2, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Mean) != 3 || w.Mean[0].Lines != 12 || w.Mean[1].Lines != 6 || w.Mean[2].Lines != 1 || len(w.Lines) != 12+6+1 || len(w.Recipes) != 7+5+2 {
		t.Errorf("%+v: %d, %d", w.Mean, len(w.Lines), len(w.Recipes))
	}
	for _, l := range append(w.Lines, w.Recipes...) {
		if l.Networks < l.Labels+fewestPredicted || l.Ways[0].Figures.Tau != l.Ways[1].Figures.Tau {
			t.Errorf("%+v: a constant that changes the order, or too few networks", l)
		}
	}
	for _, m := range w.Mean[:2] {
		published, refitted := m.Ways[0], m.Ways[2]
		if refitted.Mean.MAE > published.Low.MAE || refitted.Mean.MAE < refitted.Low.MAE || refitted.Mean.MAE > refitted.High.MAE {
			t.Errorf("%d labels tell nothing of the recipe: %+v", m.Labels, m)
		}
		if c := refitted.Mean.Coverage90; c < 0.8 {
			t.Errorf("90 %% intervals hold %.2f", c)
		}
	}
	var text bytes.Buffer
	if err := w.WriteText(&text); err != nil || !strings.Contains(text.String(), "metaformer") || strings.Contains(text.String(), "NaN") {
		t.Errorf("%v: %s", err, text.String())
	}
}

// What no line knows has no figure, and what one knows has that of the samples
// with this line.
func TestWorthOfLinesWithoutPairs(t *testing.T) {
	none := lineWays{}
	for way := range none {
		none[way] = figures{1, 0.5, math.NaN(), 0.8, 0.9, 1, 0.9}
	}
	one := none
	for way := range one {
		one[way][2] = 0.25
	}
	for _, test := range []struct {
		lines []lineWays
		want  string
	}{
		{[]lineWays{none, none}, "0.50 [0.50, 0.50] - - 80"},
		{[]lineWays{none, one}, "0.50 [0.50, 0.50] 0.25 [0.25, 0.25] 80"},
	} {
		w := Worth{Mean: []MeanOfWays{meanOf(2, test.lines, rand.New(rand.NewPCG(1, 2)))}}
		var text bytes.Buffer
		if err := w.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(text.String()), " "); !strings.Contains(got, test.want) || strings.Contains(got, "NaN") {
			t.Errorf("no %q in\n%s", test.want, text.String())
		}
	}
}

func TestAverageOfWhatIsKnown(t *testing.T) {
	a, b := lineWays{{1, 2, math.NaN()}}, lineWays{{3, 4, 5}}
	if got := average([]lineWays{a, b}, nil)[0]; got[0] != 2 || got[1] != 3 || got[2] != 5 {
		t.Errorf("%v", got)
	}
	if got := average([]lineWays{a, b}, []float64{3, 1})[0]; got[0] != 1.5 || got[2] != 5 {
		t.Errorf("weighted: %v", got)
	}
}

// A distance of one standard deviation in two features is the root of 2; equal
// MACs are told from others.
func TestSpread(t *testing.T) {
	m := Default()
	var near, far Features
	near.x, far.x = m.scaling.mean, m.scaling.mean
	a := near
	for _, f := range []feature{rf, ms4} {
		near.x[f] += m.scaling.sd[f]
	}
	far.x[lF] += 3 * m.scaling.sd[lF]
	s := m.Spread([]Features{a, near, far})
	if s.FLOPs == nil || math.Abs(*s.FLOPs-math.Sqrt2) > 1e-9 || math.Abs(s.All-3) > 1e-9 {
		t.Errorf("%+v: want 3, the median of the root of 2, 3 and the root of 11; and the first at equal FLOPs", s)
	}
	if s := m.Spread([]Features{a, far}); s.FLOPs != nil || math.Abs(s.All-3) > 1e-9 {
		t.Errorf("%+v: nothing is of equal FLOPs", s)
	}
}
