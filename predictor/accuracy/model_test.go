package accuracy

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/trtnas/trtnas/space/graph"
)

// resnet50 as torchvision defines it.
func resnet50(t testing.TB) *graph.Graph {
	t.Helper()
	var b graph.Builder
	b.Stage = 1
	x := b.Input("image", graph.Shape{1, 3, 224, 224})
	x = b.Add("conv", graph.Conv{Out: 64, Kernel: 7, Stride: 2, Pad: 3}, x)
	x = b.Add("pool", graph.Pool{Max: true, Kernel: 3, Stride: 2, Pad: 1}, x)
	b.Role = graph.BottleNeck
	for i, depth := range []int{3, 4, 6, 3} {
		for j := range depth {
			x = bottleNeck(&b, x, i, j)
		}
	}
	b.Stage, b.Role = 0, graph.Head
	x = b.Add("gap", graph.GlobalPool{}, x)
	g, err := b.Graph(b.Add("fc", graph.Linear{Out: 1000, Bias: true}, x))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func bottleNeck(b *graph.Builder, x *graph.Node, stage, block int) *graph.Node {
	mid, stride := 64<<stage, 1
	b.Stage = stage + 2
	if block == 0 && stage > 0 {
		stride = 2
		b.Stage--
	}
	y := b.Add("conv1", graph.Conv{Out: mid, Kernel: 1, Stride: 1}, x)
	b.Stage = stage + 2
	y = b.Add("conv2", graph.Conv{Out: mid, Kernel: 3, Stride: stride, Pad: 1}, y)
	y = b.Add("conv3", graph.Conv{Out: 4 * mid, Kernel: 1, Stride: 1}, y)
	if block == 0 {
		x = b.Add("down", graph.Conv{Out: 4 * mid, Kernel: 1, Stride: stride}, x)
	}
	return b.Add("add", graph.Add{}, y, x)
}

// vit is DeiT in the given size.
func vit(t testing.TB, dim, heads int) *graph.Graph {
	t.Helper()
	var b graph.Builder
	b.Stage = 4
	x := b.Input("image", graph.Shape{1, 3, 224, 224})
	x = b.Add("embed", graph.Conv{Out: dim, Kernel: 16, Stride: 16, Bias: true}, x)
	x = b.Add("flat", graph.Reshape{To: graph.Shape{dim, 196}}, x)
	x = b.Add("tokens", graph.Transpose{Perm: []int{0, 2, 1}}, x)
	x = b.Add("cls", graph.Concat{Axis: 1}, b.Add("token", graph.Param{Shape: graph.Shape{1, 1, dim}}), x)
	head := func(y *graph.Node) *graph.Node {
		y = b.Add("split", graph.Reshape{To: graph.Shape{197, heads, dim / heads}}, y)
		return b.Add("t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, y)
	}
	for range 12 {
		qkv := b.Add("qkv", graph.Linear{Out: 3 * dim, Bias: true}, x)
		part := func(i int) *graph.Node {
			return head(b.Add("slice", graph.Slice{Axis: 2, Start: i * dim, End: (i + 1) * dim}, qkv))
		}
		a := b.Add("qk", graph.MatMul{TransB: true}, part(0), part(1))
		a = b.Add("av", graph.MatMul{}, a, part(2))
		a = b.Add("t", graph.Transpose{Perm: []int{0, 2, 1, 3}}, a)
		a = b.Add("merge", graph.Reshape{To: graph.Shape{197, dim}}, a)
		x = b.Add("add", graph.Add{}, x, b.Add("proj", graph.Linear{Out: dim, Bias: true}, a))
		m := b.Add("fc1", graph.Linear{Out: 4 * dim, Bias: true}, x)
		x = b.Add("add", graph.Add{}, x, b.Add("fc2", graph.Linear{Out: dim, Bias: true}, m))
	}
	b.Stage, b.Role = 0, graph.Head
	cls := b.Add("cls", graph.Slice{Axis: 1, Start: 0, End: 1}, x)
	g, err := b.Graph(b.Add("fc", graph.Linear{Out: 1000, Bias: true}, cls))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Features computed from a graph are those that another program counted for
// the published table.
func TestFeaturesAgreeWithTheTable(t *testing.T) {
	graphs := map[string]*graph.Graph{
		"resnet50.a2_in1k":               resnet50(t),
		"deit_small_patch16_224.fb_in1k": vit(t, 384, 6),
		"deit_tiny_patch16_224.fb_in1k":  vit(t, 192, 3),
	}
	found := 0
	for _, row := range Rows() {
		g, ok := graphs[row.Name]
		if !ok {
			continue
		}
		found++
		got := Measure(g).Features()
		for i, want := range row.features.x {
			if math.Abs(got.x[i]-want) > 1e-8*max(1, math.Abs(want)) {
				t.Errorf("%s: %s is %v, the table has %v", row.Name, featureNames[i], got.x[i], want)
			}
		}
	}
	if found != len(graphs) {
		t.Errorf("%d of %d networks are in the table", found, len(graphs))
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
	a, b := Measure(resnet50(t)), Measure(vit(t, 384, 6))
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
