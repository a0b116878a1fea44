package experiments

import (
	"fmt"
	"math/rand/v2"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// claim is what TRT-ViT says of two networks: how much the second is more
// accurate, or nothing but that it is.
type claim struct {
	from, to  string
	relation  report.Relation
	published float64 // points; of Better there is no number
}

// claims of the paper (arXiv 2205.09579, sections 3 and 4); C and D from the
// figure of Next-ViT (arXiv 2207.05501). ResNet50 has 79.0 and PVT-Medium 81.2.
var claims = []claim{
	{"ResNet50", "Refined-ResNet50", report.ByPoints, 0.3},
	{"PVT-Small", "Refined-PVT-Small", report.Better, 0},
	{"MixNetV", "Refined-MixNetV", report.Better, 0},
	{"ResNet50", "MixNetV", report.Better, 0},
	{"ResNet50", "MixNetA", report.Better, 0},
	{"ResNet50", "MixNetB", report.Better, 0},
	{"ResNet50", "MixNetC", report.ByPoints, 2.2},
	{"MixNetA", "MixNetV", report.Better, 0},
	{"MixNetB", "MixNetV", report.Better, 0},
	{"MixNetB", "MixNetC", report.Better, 0},
	{"MixNetV", "MixNetC", report.Better, 0},
	{"PVT-Medium", "MixNetC", report.Equal, 0},
	{"TRT-ViT-C", "TRT-ViT-D", report.ByPoints, 0.7},
	{"ResNet50", "TRT-ViT-C", report.ByPoints, 3.7},
	{"ResNet50", "TRT-ViT-D", report.ByPoints, 4.4},
}

// ValidateAccuracy cross-validates the accuracy model, and sets zero-cost
// proxies and the paper's orderings beside it. rng draws bootstrap samples.
func ValidateAccuracy(rng *rand.Rand, alternatives bool) (report.Accuracy, error) {
	model, err := accuracy.CrossValidate(rng, alternatives)
	if err != nil {
		return report.Accuracy{}, err
	}
	a := report.Accuracy{Report: *model, Proxies: besideProxies(model.Unseen)}
	if a.Unfitted, err = judgeUnfitted(accuracy.Default()); err != nil {
		return report.Accuracy{}, err
	}
	for _, c := range claims {
		o, err := c.judge(accuracy.Default())
		if err != nil {
			return report.Accuracy{}, err
		}
		a.Orderings = append(a.Orderings, o)
	}
	return a, nil
}

func (c claim) judge(m *accuracy.Model) (report.Ordering, error) {
	var fs [2]accuracy.Features
	var families [2]string
	definitions := map[reference.Definition]bool{}
	for i, name := range []string{c.from, c.to} {
		n, err := reference.Find(name)
		if err != nil {
			return report.Ordering{}, fmt.Errorf("claims of the paper: %w", err)
		}
		g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			return report.Ordering{}, fmt.Errorf("%s: %w", name, err)
		}
		fs[i], families[i] = accuracy.Measure(g).Features(), n.Family
		definitions[n.Definition] = true
	}
	d := m.CompareAcross(fs[0], fs[1])
	if families[0] == families[1] {
		d = m.Compare(fs[0], fs[1])
	}
	return report.NewOrdering(c.from, c.to, c.relation, c.published, d, least(definitions)), nil
}

// least known of the definitions.
func least(definitions map[reference.Definition]bool) string {
	for _, d := range []reference.Definition{reference.Assumed, reference.Reconstructed} {
		if definitions[d] {
			return string(d)
		}
	}
	return string(reference.Public)
}
