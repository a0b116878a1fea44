package accuracy

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// published is the graph of a published network at 224x224.
func published(t testing.TB, name string) *graph.Graph {
	t.Helper()
	n, err := reference.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Features computed from a graph are those that another program counted for
// the published table.
func TestFeaturesAgreeWithTheTable(t *testing.T) {
	names := map[string]string{
		"resnet50.a2_in1k": "ResNet50", "resnext50_32x4d.a2_in1k": "ResNeXt50-32x4d", "regnety_080.pycls_in1k": "RegNetY-8G",
		"deit_small_patch16_224.fb_in1k": "DeiT-S",
		"convnext_tiny.fb_in1k":          "ConvNeXt-T", "swin_tiny_patch4_window7_224.ms_in1k": "Swin-T", "swin_base_patch4_window7_224.ms_in1k": "Swin-B",
		"pvt_v2_b2.in1k": "PVTv2-B2", "twins_svt_small.in1k": "Twins-SVT-S", "twins_pcpvt_base.in1k": "Twins-PCPVT-B",
		"poolformer_s12.sail_in1k": "PoolFormer-S12", "nextvit_small.bd_in1k": "Next-ViT-S",
	}
	found := 0
	for _, row := range Rows() {
		name, ok := names[row.Name]
		if !ok {
			continue
		}
		found++
		got := Measure(published(t, name)).Features()
		for i, want := range row.features.x {
			if math.Abs(got.x[i]-want) > 1e-8*max(1, math.Abs(want)) {
				t.Errorf("%s: %s is %v, the table has %v", row.Name, featureNames[i], got.x[i], want)
			}
		}
	}
	if found != len(names) {
		t.Errorf("%d of %d networks are in the table", found, len(names))
	}
}

// testdata/avg3.py computed these with numpy from the table alone.
func TestPredictionsAgreeWithNumpy(t *testing.T) {
	want := map[string]Prediction{
		"resnet50.a2_in1k":               {Top1: 79.76827368, SD: 0.13193306},
		"deit_small_patch16_224.fb_in1k": {Top1: 79.89536736, SD: 0.78580590},
		"nextvit_small.bd_in1k":          {Top1: 82.92200956, SD: 0.59694284},
		"pvt_v2_b2.in1k":                 {Top1: 82.74096825, SD: 0.61375721},
		"convnext_tiny.fb_in1k":          {Top1: 82.16646169, SD: 0.61962867},
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

func TestSumsAreAdditive(t *testing.T) {
	a, b := Measure(published(t, "ResNet50")), Measure(published(t, "DeiT-S"))
	ab, ba := a.Add(b), b.Add(a)
	if ab != ba {
		t.Errorf("%+v is not %+v", ab, ba)
	}
	for i := range ab.byStage {
		if ab.byStage[i].macs != a.byStage[i].macs+b.byStage[i].macs || ab.byStage[i].attended != a.byStage[i].attended+b.byStage[i].attended {
			t.Errorf("stage %d: %+v", i, ab.byStage[i])
		}
	}
	if a.Add(Sums{}) != a {
		t.Error("nothing added changes the sums")
	}
}

func TestIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Prediction{Top1: rapid.Float64Range(50, 99).Draw(t, "top1"), SD: rapid.Float64Range(0, 10).Draw(t, "sd")}
		e := p.Interval()
		if e.Low > p.Top1-0.85 || e.High < min(100, p.Top1+0.85) || e.High > 100 || p.LowerBound() > p.Top1 {
			t.Fatalf("%+v has interval %+v and bound %v", p, e, p.LowerBound())
		}
	})
}

// A network unlike all in the table has a wider interval and says so.
func TestFarNetworksAreLessCertain(t *testing.T) {
	row := Rows()[0].features
	far := row
	far.x[ms5] = 0.99
	far.x[fdense] = 1
	var out [2]Prediction
	Default().PredictBatch([]Features{row, far}, out[:])
	if out[0].Extrapolated || !out[1].Extrapolated || out[1].SD <= out[0].SD {
		t.Errorf("near %+v, far %+v", out[0], out[1])
	}
}

// The model is worth more than what its inputs would say by themselves: with
// families left out its order of networks of equal FLOPs beats each baseline,
// and its intervals hold what they promise.
func TestCrossValidation(t *testing.T) {
	r, err := CrossValidate()
	if err != nil {
		t.Fatal(err)
	}
	if r.Networks != 150 || r.Families != 37 {
		t.Errorf("%d networks, %d families", r.Networks, r.Families)
	}
	model := r.FamilyOut[0]
	for _, b := range r.FamilyOut[1:] {
		if b.MatchedTau >= model.MatchedTau || b.MAE <= model.MAE {
			t.Errorf("%s is as good as the model: %+v, %+v", b.Model, b, model)
		}
	}
	if model.Coverage80 < 0.75 || model.Coverage90 < 0.85 {
		t.Errorf("coverage: %+v", model)
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
