package accuracy

import (
	"fmt"
	"math"
)

// Differences are how well the model knows how networks of one family, none of
// which it has seen, differ.
type Differences struct {
	Pairs      int     `json:"pairs"`
	MAE        float64 `json:"mae"`        // of the difference, in points
	Coverage90 float64 `json:"coverage90"` // of the differences' 90 % intervals
	Called     int     `json:"called"`     // pairs whose interval excludes 0
	Right      int     `json:"right"`      // of those
}

// add the pairs within each family among the rows at test, which m has not seen.
func (d *Differences) add(m *Model, rows []Row, test []int) {
	for k, i := range test {
		for _, j := range test[:k] {
			if rows[i].Kin != rows[j].Kin {
				continue
			}
			d.Pairs++
			n := float64(d.Pairs)
			diff, is := m.Compare(rows[j].features, rows[i].features), rows[i].Top1-rows[j].Top1
			d.MAE += (math.Abs(diff.Points-is) - d.MAE) / n
			covered := 0.0
			if math.Abs(diff.Points-is) <= halfWidth90*diff.SD {
				covered = 1
			}
			d.Coverage90 += (covered - d.Coverage90) / n
			if !diff.Tie() {
				d.Called++
				if diff.Points*is > 0 {
					d.Right++
				}
			}
		}
	}
}

// EditPair is two published networks that differ by a small edit, with both of
// their super-families left out.
type EditPair struct {
	From      string     `json:"from"`
	To        string     `json:"to"`
	Published float64    `json:"published"` // difference in top-1, in points
	Predicted float64    `json:"predicted"`
	Range     [2]float64 `json:"predicted_90"`
	Sign      bool       `json:"right_sign"`
}

// edits are pairs that each change one thing: the token mixer, the searched
// depths, groups, a stem, or the family at equal size.
var edits = [][2]string{
	{"convformer_s18.sail_in1k", "caformer_s18.sail_in1k"},
	{"convformer_s36.sail_in1k", "caformer_s36.sail_in1k"},
	{"convformer_m36.sail_in1k", "caformer_m36.sail_in1k"},
	{"swin_tiny_patch4_window7_224.ms_in1k", "swin_s3_tiny_224.ms_in1k"},
	{"swin_small_patch4_window7_224.ms_in1k", "swin_s3_small_224.ms_in1k"},
	{"swin_base_patch4_window7_224.ms_in1k", "swin_s3_base_224.ms_in1k"},
	{"pvt_v2_b2.in1k", "pvt_v2_b2_li.in1k"},
	{"twins_pcpvt_small.in1k", "twins_svt_small.in1k"},
	{"twins_pcpvt_base.in1k", "twins_svt_base.in1k"},
	{"twins_pcpvt_large.in1k", "twins_svt_large.in1k"},
	{"resnet50.a2_in1k", "seresnet50.a2_in1k"},
	{"resnet50.a2_in1k", "resnext50_32x4d.a2_in1k"},
	{"resnet50.a2_in1k", "resnet50d.a2_in1k"},
	{"resnet50.a2_in1k", "nextvit_small.bd_in1k"},
	{"resnet50.a2_in1k", "swin_tiny_patch4_window7_224.ms_in1k"},
	{"resnet50.a2_in1k", "pvt_v2_b2.in1k"},
	{"convnext_tiny.fb_in1k", "nextvit_small.bd_in1k"},
	{"swin_tiny_patch4_window7_224.ms_in1k", "convnext_tiny.fb_in1k"},
	{"poolformer_s24.sail_in1k", "poolformerv2_s24.sail_in1k"},
	{"deit_small_patch16_224.fb_in1k", "swin_tiny_patch4_window7_224.ms_in1k"},
}

// editPairs predicts each pair with both super-families left out.
func editPairs(rows []Row) ([]EditPair, error) {
	rows = TrainedAlike(rows)
	byName := map[string]Row{}
	for _, r := range rows {
		byName[r.Name] = r
	}
	models := map[[2]string]*Model{}
	var all []EditPair
	for _, e := range edits {
		a, okA := byName[e[0]]
		b, okB := byName[e[1]]
		if !okA || !okB {
			return nil, fmt.Errorf("no published row %s or %s", e[0], e[1])
		}
		out := [2]string{min(a.Super, b.Super), max(a.Super, b.Super)}
		if models[out] == nil {
			in, _ := split(rows, func(r Row) bool { return r.Super == out[0] || r.Super == out[1] })
			m, err := superOut.fit(pick(rows, in))
			if err != nil {
				return nil, fmt.Errorf("without %v: %w", out, err)
			}
			models[out] = m
		}
		all = append(all, newEditPair(models[out], a, b))
	}
	return all, nil
}

func newEditPair(m *Model, a, b Row) EditPair {
	d := m.compare(a.features, b.features, a.Kin, b.Kin)
	i := d.Interval90()
	e := EditPair{From: architecture(a.Name), To: architecture(b.Name), Published: b.Top1 - a.Top1, Predicted: d.Points, Range: [2]float64{i.Low, i.High}}
	e.Sign = e.Published*e.Predicted > 0
	return e
}

// architecture is a row's name without its recipe, such as resnet50.
func architecture(name string) string {
	for i, c := range name {
		if c == '.' {
			return name[:i]
		}
	}
	return name
}
