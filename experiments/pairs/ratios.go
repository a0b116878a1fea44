package main

import (
	"fmt"

	"github.com/trtnas/trtnas/space"
)

// pair of networks that the paper compares.
type pair struct {
	slow, fast string
	claim      string // what the paper says of slow over fast
	backbone   bool   // at 512x512, without the classifier
}

// The claims are of the paper's abstract, introduction and section 3.2; where
// the paper names only a family, the member is the one of the stated accuracy.
var pairs = []pair{
	{"CSWin-T", "TRT-ViT-C", "2.7x", false},
	{"Twins-SVT-S", "TRT-ViT-C", "2.0x (a Twins at 82.7 %)", false},
	{"Twins-SVT-L", "TRT-ViT-D", "", false},
	{"DeiT-S", "TRT-ViT-C", "", false},
	{"ResNet152", "TRT-ViT-C", "", false},
	{"CSWin-T", "TRT-ViT-C", "4.4x (segmentation)", true},
	{"Twins-SVT-S", "TRT-ViT-C", "2.8x (detection)", true},
	{"ResNet50", "Refined-ResNet50", "slightly faster", false},
	{"PVT-Small", "Refined-PVT-Small", "faster", false},
	{"MixNetV", "Refined-MixNetV", "faster", false},
	{"MixNetB", "MixNetC", "about equal", false},
	{"PVT-Medium", "MixNetC", "", false},
}

// Ratio is a pair with its figures.
type Ratio struct{ What, Claim, Published, Predicted, SlowMS, FastMS string }

func (m model) ratios() ([]Ratio, error) {
	var all []Ratio
	for _, p := range pairs {
		in := space.Input{Batch: m.Batch, Height: 224, Width: 224}
		r := Ratio{What: p.slow + " / " + p.fast, Claim: or(p.claim), Published: "–"}
		if p.backbone {
			in.Height, in.Width, in.Features = 512, 512, true
			r.What += ", backbones at 512x512"
		}
		slow, err := m.network(p.slow, in)
		if err != nil {
			return nil, err
		}
		fast, err := m.network(p.fast, in)
		if err != nil {
			return nil, err
		}
		if s, f := published(p.slow, in), published(p.fast, in); s > 0 && f > 0 {
			r.Published = fmt.Sprintf("%.2fx (%.1f / %.1f ms)", s/f, s, f)
		}
		r.Predicted = fmt.Sprintf("%.2fx", slow/fast)
		r.SlowMS, r.FastMS = fmt.Sprintf("%.2f", slow), fmt.Sprintf("%.2f", fast)
		all = append(all, r)
	}
	return all, nil
}

func or(claim string) string {
	if claim == "" {
		return "–"
	}
	return claim
}
