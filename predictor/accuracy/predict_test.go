package accuracy

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/trtnas/trtnas/space"
)

// testdata/gp11.py computed these with numpy from the table alone.
func TestPredictionsAgreeWithNumpy(t *testing.T) {
	want := map[string]Prediction{
		"resnet50.a2_in1k":               {Top1: 80.08662580, SD: 0.39248298},
		"deit_small_patch16_224.fb_in1k": {Top1: 79.70144888, SD: 0.66747996},
		"nextvit_small.bd_in1k":          {Top1: 82.71837175, SD: 0.54018549},
		"pvt_v2_b2.in1k":                 {Top1: 82.53527071, SD: 0.55631676},
		"convnext_tiny.fb_in1k":          {Top1: 82.31686413, SD: 0.55163621},
	}
	m := Default()
	found := 0
	for _, row := range Rows() {
		w, ok := want[row.Name]
		if !ok {
			continue
		}
		found++
		var got [1]Prediction
		m.PredictBatch([]Features{row.features}, got[:])
		if math.Abs(got[0].Top1-w.Top1) > 1e-6 || math.Abs(got[0].SD-w.SD) > 1e-6 {
			t.Errorf("%s: %+v, numpy has %+v", row.Name, got[0], w)
		}
	}
	if found != len(want) {
		t.Errorf("%d of %d networks are in the table", found, len(want))
	}
}

func TestIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Prediction{Top1: rapid.Float64Range(50, 99).Draw(t, "top1"), SD: rapid.Float64Range(0.01, 10).Draw(t, "sd")}
		inner, outer := p.Interval(), p.Interval90()
		if inner.Low <= outer.Low || inner.High > outer.High || outer.High > 100 || p.LowerBound() > p.Top1 {
			t.Fatalf("%+v has intervals %+v and %+v, and bound %v", p, inner, outer, p.LowerBound())
		}
	})
}

// arch is a network of TRT-ViT's shape with MixBlockCs, R = 0.5, at the end
// of stages.
func arch(depths, mixed [4]int, width int) space.Arch {
	var a space.Arch
	for i, s := range [4]int{8, 4, 2, 1} {
		a.Stages[i] = space.Stage{Depth: depths[i], Width: width << i, Block: space.MixBlockC, Mixed: mixed[i], R: 0.5, S: s, K: 3}
	}
	return a
}

// judge is what the model says about a network.
func judge(t *testing.T, a space.Arch) Prediction {
	t.Helper()
	g, err := a.Canonical().Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		t.Fatal(err)
	}
	var p [1]Prediction
	Default().PredictBatch([]Features{Measure(g).Features()}, p[:])
	return p[0]
}

// What a search could exploit earns it little: the bound that it maximises
// rises by no more than the limit, in points, from the first to the last
// network of each sweep.
func TestSweepsAreNotRewarded(t *testing.T) {
	c := arch([4]int{3, 4, 9, 6}, [4]int{0, 0, 2, 6}, 192)
	last := func(change func(*space.Stage)) space.Arch {
		a := c
		change(&a.Stages[3])
		return a
	}
	ratio := func(r float64) space.Arch {
		a := c
		a.Stages[2].R, a.Stages[3].R = r, r
		return a
	}
	wide := func(width int) space.Arch {
		return last(func(s *space.Stage) { s.Depth, s.Mixed, s.Width = 2, 2, width })
	}
	one := func(width int) space.Arch {
		return last(func(s *space.Stage) {
			s.Block, s.Depth, s.Mixed, s.Width = space.Transformer, 1, min(width, 1), max(width, 1536)
		})
	}
	for _, s := range []struct {
		name     string
		from, to space.Arch
		limit    float64
	}{
		{"one wide Transformer block against six MixBlockCs", c, one(3072), 0},
		{"one MixBlockC in a stage of BottleNecks", arch([4]int{3, 4, 9, 6}, [4]int{}, 192), arch([4]int{3, 4, 9, 6}, [4]int{0, 0, 0, 1}, 192), 0.9},
		{"a last stage of two blocks, of double width", wide(1536), wide(3072), 0.8},
		{"R of 0.875 instead of 0.5", ratio(0.5), ratio(0.875), 0.5},
		{"R of 0.125 instead of 0.5", ratio(0.5), ratio(0.125), 0},
		{"K of 9 instead of 3", c, last(func(s *space.Stage) { s.K = 9 }), 0.1},
		{"depth in one stage alone", c, arch([4]int{1, 1, 1, 19}, [4]int{0, 0, 0, 19}, 192), 0},
	} {
		from, to := judge(t, s.from), judge(t, s.to)
		if gain := to.LowerBound() - from.LowerBound(); gain > s.limit {
			t.Errorf("%s: %+v, then %+v: a gain of %.2f, above %.2f", s.name, from, to, gain, s.limit)
		}
	}
}

// Leaving the range of the published networks earns no higher estimate, and a
// wider interval.
func TestNothingIsEarnedOutside(t *testing.T) {
	m := Default()
	for i, high := range m.scaling.top {
		f := Features{x: m.scaling.mean}
		f.x[i] = high
		far := f
		far.x[i] += 5 * m.scaling.sd[i]
		var p [2]Prediction
		m.PredictBatch([]Features{f, far}, p[:])
		if p[0].Extrapolated || !p[1].Extrapolated || p[1].SD <= p[0].SD || p[1].Top1 != p[0].Top1 {
			t.Errorf("%s: at the edge %+v, beyond %+v", featureNames[i], p[0], p[1])
		}
	}
}

// A network of nothing but BottleNecks is not taken for a ResNet: what its
// family does on its own remains unknown.
func TestBottleNecksAloneAreUncertain(t *testing.T) {
	p := judge(t, arch([4]int{3, 4, 6, 3}, [4]int{}, 192))
	if p.SD < 0.4 {
		t.Errorf("%+v", p)
	}
}

// What is common to two networks drops out of their difference; equal ones
// still differ by the noise of training.
func TestCompare(t *testing.T) {
	m := Default()
	a, b := Rows()[0].features, Rows()[1].features
	there, back := m.Compare(a, b), m.Compare(b, a)
	if there.Points != -back.Points || math.Abs(there.SD-back.SD) > 1e-9 {
		t.Errorf("%+v and back %+v", there, back)
	}
	same := m.Compare(a, a)
	if same.Points != 0 || !same.Tie() || same.SD <= 0 {
		t.Errorf("a network and itself: %+v", same)
	}
	var p [2]Prediction
	m.PredictBatch([]Features{a, b}, p[:])
	if math.Abs(there.Points-(p[1].Top1-p[0].Top1)) > 1e-9 {
		t.Errorf("difference %+v of %+v", there, p)
	}
	if all := m.Comparer([]Features{a, b})(0, 1); all != there {
		t.Errorf("%+v among others, %+v alone", all, there)
	}
	if across := m.CompareAcross(a, b); across.Points != there.Points || across.SD <= there.SD {
		t.Errorf("of two families %+v, of one %+v", across, there)
	}
	if independent := math.Hypot(p[0].SD, p[1].SD); there.SD >= independent {
		t.Errorf("the difference has SD %v, independent ones would have %v", there.SD, independent)
	}
}

func BenchmarkPredict(b *testing.B) {
	m, rows := Default(), Rows()
	fs, out := make([]Features, len(rows)), make([]Prediction, len(rows))
	for i, r := range rows {
		fs[i] = r.features
	}
	b.ReportAllocs()
	for b.Loop() {
		m.PredictBatch(fs, out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/network")
}
