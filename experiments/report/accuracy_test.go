package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		relation   Relation
		points, sd float64
		want       Verdict
	}{
		{Better, 1, 0.5, Right},
		{Better, 1, 0.7, Tie},
		{Better, -1, 0.7, Tie},
		{Better, -1, 0.5, Wrong},
		{ByPoints, 1, 0.5, Right},
		{ByPoints, -1, 0.5, Wrong},
		{Equal, 1, 0.7, Right},
		{Equal, 1, 0.5, Wrong},
		{Equal, -1, 0.5, Wrong},
	} {
		o := NewOrdering("a", "b", c.relation, 2, accuracy.Difference{Points: c.points, SD: c.sd}, "public")
		if o.Verdict != c.want {
			t.Errorf("%s, predicted %v ± %v: %s, want %s", c.relation, c.points, c.sd, o.Verdict, c.want)
		}
		if (o.Published != nil) != (c.relation == ByPoints) {
			t.Errorf("%s: published %v", c.relation, o.Published)
		}
	}
}

// What programs read of the schema is there: models by their names, with the
// figures that are promised.
func TestAccuracyAsJSON(t *testing.T) {
	a := Accuracy{Report: accuracy.Report{Schema: accuracy.ReportSchema, Models: accuracy.Table{{Model: accuracy.Ensemble, Tau: 0.5}}}, Proxies: []ProxyBeside{NewProxyBeside("zico", zerocost.Versus{}, false), NewProxyBeside("meco", zerocost.Versus{Pairs: 51, Gain: predictor.Estimate{Value: 0.12}}, true)}}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"schema":"trtnas.accuracy/1"`, `"models":{"ensemble":{`, `"figure":"zico"`, `"tau":0.5`, `"flops_matched_tau"`, `"mae"`, `"orderings"`, `"gain":0.12`} {
		if !bytes.Contains(text, []byte(field)) {
			t.Errorf("no %s in %s", field, text)
		}
	}
}

func TestToldApart(t *testing.T) {
	var fs []accuracy.Features
	for _, name := range []string{"ResNet50", "ResNet50", "ResNet101", "Next-ViT-L"} {
		n, err := reference.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, accuracy.Measure(g).Features())
	}
	got := NewToldApart("night", "model", fs, accuracy.Default(), accuracy.Differences{Pairs: 9, Called: 7})
	if got.Networks != 4 || got.Pairs != 6 || got.Told != 5 || got.Neighbours != 2 || got.Levels != 3 {
		t.Errorf("%+v", got)
	}
	for right, want := range map[int]string{7: "\n7 were told apart, all in the right order", 6: "\n7 were told apart, 6 of them in the right order"} {
		got.Calibration.Right = right
		var text bytes.Buffer
		if err := got.WriteText(&text); err != nil || !strings.Contains(text.String(), "5 of 6") || !strings.Contains(text.String(), want) {
			t.Errorf("%v: no %q in %s", err, want, text.String())
		}
	}
}
