package study

import (
	"context"
	"fmt"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
)

// family compares TRT-ViT with the networks of others (section 4).
var family = Study{
	Name:     "family",
	Question: "How much faster is TRT-ViT than other networks of its accuracy?",
	run:      runFamily,
}

// scene is a use of a network, under conditions. Detectors pad the usual
// 800x1333 to multiples of 32, the coarsest stride.
type scene struct {
	name string
	spec trt.Spec
}

var scenes = []scene{
	{"classification", paperSpec},
	{"512x512", backbone(512, 512)},
	{"800x1344", backbone(800, 1344)},
}

// comparison of the paper's; where it names only a family, the member is the one
// of the accuracy that it states.
type comparison struct {
	says       string
	slow, fast string
	times      float64 // 0 if the paper gives no figure
	scene      int
}

var comparisons = []comparison{
	{"TRT-ViT faster than CSWin at 82.7 %", "CSWin-T", "TRT-ViT-C", 2.7, 0},
	{"TRT-ViT faster than Twins at 82.7 %", "Twins-SVT-S", "TRT-ViT-C", 2.0, 0},
	{"TRT-ViT faster than Twins on segmentation, backbones", "Twins-SVT-S", "TRT-ViT-C", 4.4, 1},
	{"TRT-ViT faster than Twins on detection, backbones", "Twins-SVT-S", "TRT-ViT-C", 2.8, 2},
	{"TRT-ViT-D faster than Twins-SVT-L", "Twins-SVT-L", "TRT-ViT-D", 0, 0},
	{"TRT-ViT-C faster than DeiT-S", "DeiT-S", "TRT-ViT-C", 0, 0},
	{"TRT-ViT-C faster than ResNet152", "ResNet152", "TRT-ViT-C", 0, 0},
}

// stated are the latencies that the paper states, or Next-ViT's figure
// (arXiv 2207.05501) for it.
var stated = []struct {
	what, network string
	scene         int
	ms            float64
}{
	{"TRT-ViT-C", "TRT-ViT-C", 0, 9.2},
	{"TRT-ViT-D", "TRT-ViT-D", 0, 15.1},
	{"ResNet152, the ResNet of figure 1", "ResNet152", 0, 11.7},
	{"Twins-SVT-B, by its accuracy the Twins of the introduction", "Twins-SVT-B", 0, 39.8},
	{"TRT-ViT-C's backbone on COCO, taken for 512x512", "TRT-ViT-C", 1, 40.6},
	{"TRT-ViT-D's backbone on COCO, taken for 512x512", "TRT-ViT-D", 1, 57.9},
}

// shownFamily are the rows that the page has; the CSV file has all.
var shownFamily = map[string]bool{
	"ResNet50": true, "ResNet101": true, "ResNet152": true, "DeiT-S": true, "PVT-Small": true, "PVT-Medium": true, "Twins-SVT-S": true, "Twins-SVT-B": true,
	"Twins-SVT-L": true, "Swin-T": true, "Swin-S": true, "CSWin-T": true, "CSWin-S": true, "ConvNeXt-T": true, "Next-ViT-S": true, "Next-ViT-B": true, "Next-ViT-L": true,
	"TRT-ViT-A": true, "TRT-ViT-B": true, "TRT-ViT-C": true, "TRT-ViT-D": true,
}

func runFamily(ctx context.Context, s *Subject) (Result, error) {
	all := reference.All()
	t := Table{
		Name: "family", Header: []string{"conditions", "network", "ms", "80 % interval", "source", "extrapolated", "top-1 %", "80 % interval of top-1", "M params", "GMAC", "published ms"},
		Brief: func(row []string) bool { return shownFamily[row[1]] },
	}
	plot := Plot{Name: "family", Title: "Published networks at 224x224, batch 8", X: Axis{Label: "ms", Log: true}, Y: Axis{Label: "top-1, %"}}
	var by []map[string]evaluator.Result
	for i, sc := range scenes {
		s.tell("family: %s", sc.name)
		results, err := s.networks(ctx, sc.spec, all)
		if err != nil {
			return Result{}, err
		}
		found := map[string]evaluator.Result{}
		for j, r := range results {
			found[all[j].Name] = r
			t.add(familyRow(sc, all[j], r, s.published(sc, all[j].Name))...)
		}
		if by = append(by, found); i == 0 {
			plot.Series = familySeries(all, results)
		}
	}
	r := Result{
		Notes: []string{"At 512x512 and at 800x1333, which detectors pad to 800x1344, the backbone's four feature maps are timed, without heads. Networks that are not defined at a size have no figure there. " +
			"The paper's comparisons on detection and segmentation are of whole models; their AP and mIoU need training. Which Twins it means is told by the accuracy. " +
			"TRT-ViT-C and -D are reconstructions, A and B have assumed widths."},
		Tables: []Table{t}, Plots: []Plot{plot}, Claims: s.familyClaims(by),
	}
	if s.Device == publishedDevice {
		r.Notes = append(r.Notes, "The published latencies at 224x224 are those that this profile is fitted on: that they come out right is no test of it. Those at 512x512 were never fitted on. "+
			"What the profile is worth on families left out, `trtnas validate` says.")
	}
	return r, nil
}

func familyRow(sc scene, n reference.Network, r evaluator.Result, published float64) []string {
	row := []string{sc.name, n.Name, none, none, none, none, none, none, none, none, none}
	if published > 0 {
		row[10] = fmt.Sprintf("%.1f", published)
	}
	if f := r.Failure; f != nil {
		row[4] = string(f.Class)
		return row
	}
	l, a := latencyOf(r.Score.Latency), accuracyOf(r.Score.Accuracy)
	row[2], row[3], row[4] = fmt.Sprintf("%.2f", l.value), fmt.Sprintf("%.2f to %.2f", l.low, l.high), string(r.Score.Latency.Source)
	row[5] = "no"
	if r.Score.Latency.Extrapolated {
		row[5] = "yes"
	}
	if r.Score.Accuracy.Source != "" {
		row[6], row[7] = fmt.Sprintf("%.2f", a.value), fmt.Sprintf("%.2f to %.2f", a.low, a.high)
	}
	row[8], row[9] = millions(r.Score.Params), billions(r.Score.MACs)
	return row
}

// published is the latency in ms that others measured on this device, 0 if
// nobody did.
func (s *Subject) published(sc scene, name string) float64 {
	if s.Device != publishedDevice {
		return 0
	}
	for _, r := range latency.Published() {
		if r.Network == name && r.Resolution == sc.spec.Resolution[0] && r.Resolution == sc.spec.Resolution[1] && r.Backbone == (sc.spec.Output == trt.Features) {
			return r.MS
		}
	}
	return 0
}

// publishedDevice is the profile that published latencies are of.
const publishedDevice = "t4"

// leastShown leaves out networks for telephones, in per cent.
const leastShown = 77

func familySeries(all []reference.Network, results []evaluator.Result) []Series {
	others, ours := Series{Name: "other networks"}, Series{Name: "TRT-ViT", Line: true}
	for i, r := range results {
		if r.Failure != nil || r.Score.Accuracy.Source == "" {
			continue
		}
		if r.Score.Accuracy.Value < leastShown {
			continue
		}
		p := Point{X: milliseconds(r.Score.Latency.Value), Y: r.Score.Accuracy.Value, Label: all[i].Name}
		switch {
		case all[i].Family != "TRT-ViT":
			if !shownFamily[p.Label] {
				p.Label = ""
			}
			others.Points = append(others.Points, p)
		case shownFamily[p.Label]:
			p.Low, p.High = r.Score.Accuracy.Low, r.Score.Accuracy.High
			ours.Points = append(ours.Points, p)
		}
	}
	return []Series{ours, others}
}

func (s *Subject) familyClaims(by []map[string]evaluator.Result) []Claim {
	var claims []Claim
	for _, c := range comparisons {
		slow, fast := by[c.scene][c.slow], by[c.scene][c.fast]
		says := fmt.Sprintf("%s: %s over %s", c.says, c.slow, c.fast)
		if c.scene > 0 {
			says += ", " + scenes[c.scene].name
		}
		if slow.Failure != nil || fast.Failure != nil {
			claims = append(claims, Claim{says, none, "not defined at this size", Unresolved})
			continue
		}
		r := latencyOf(slow.Score.Latency).over(latencyOf(fast.Score.Latency), alien)
		claim := ratioClaim(says, none, r)
		if c.times > 0 {
			claim = valueClaim(says, c.times, r)
		}
		if p, q := s.published(scenes[c.scene], c.slow), s.published(scenes[c.scene], c.fast); p > 0 && q > 0 {
			claim.Found += fmt.Sprintf("; published rows %.2fx", p/q)
		}
		claims = append(claims, claim)
	}
	if s.Device == publishedDevice {
		for _, c := range stated {
			claims = append(claims, figureClaim("Latency of "+c.what, " ms", 2, c.ms, latencyOf(by[c.scene][c.network].Score.Latency)))
		}
	}
	at := func(name string) evaluator.Score { return by[0][name].Score }
	return append(claims,
		figureClaim("Top-1 of ResNet152, the ResNet of figure 1", " %", 2, 81.7, accuracyOf(at("ResNet152").Accuracy)),
		figureClaim("Top-1 of TRT-ViT-C", " %", 2, 82.7, accuracyOf(at("TRT-ViT-C").Accuracy)),
		figureClaim("Top-1 of TRT-ViT-D", " %", 2, 83.4, accuracyOf(at("TRT-ViT-D").Accuracy)),
		Claim{"Box AP on COCO, at the latency of ResNet", "40.4 to 43.6", none, Unmeasured},
		Claim{"Box and mask AP on COCO, TRT-ViT-C", "44.7, 40.8", none, Unmeasured},
		Claim{"Box AP on COCO, TRT-ViT-D", "45.3", none, Unmeasured},
		Claim{"mIoU on ADE20K, at the latency of ResNet", "38.9 to 45.4", none, Unmeasured},
		Claim{"mIoU on ADE20K with Semantic FPN, TRT-ViT-C", "46.2", none, Unmeasured},
	)
}
