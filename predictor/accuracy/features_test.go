package accuracy

import (
	"math"
	"testing"

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

func TestSumsAreAdditive(t *testing.T) {
	a, b := Measure(published(t, "ResNet50")), Measure(published(t, "DeiT-S"))
	ab, ba := a.Add(b), b.Add(a)
	if ab != ba {
		t.Errorf("%+v is not %+v", ab, ba)
	}
	for i := range ab.byStage {
		if ab.byStage[i].macs != a.byStage[i].macs+b.byStage[i].macs || ab.byStage[i].attentions != a.byStage[i].attentions+b.byStage[i].attentions {
			t.Errorf("stage %d: %+v", i, ab.byStage[i])
		}
	}
	if a.Add(Sums{}) != a {
		t.Error("nothing added changes the sums")
	}
}
