package experiments

import (
	"fmt"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// unfitted are published networks of families that the accuracy model's table
// lacks, trained for 300 epochs at 224x224 without a teacher, with the top-1 that
// their authors give: in the README of whai362/PVT, microsoft/CSWin-Transformer,
// microsoft/CvT, Sense-X/UniFormer (without token labelling or layer scale),
// ggjy/CMT.pytorch and DingXiaoH/RepLKNet-pytorch, and in arXiv 2106.04803 for CoAtNet.
var unfitted = []struct {
	name string
	top1 float64
}{
	{"PVT-Tiny", 75.1}, {"PVT-Small", 79.8}, {"PVT-Medium", 81.2}, {"PVT-Large", 81.7},
	{"CSWin-T", 82.8}, {"CSWin-S", 83.6}, {"CSWin-B", 84.2},
	{"CvT-13", 81.6}, {"CvT-21", 82.5},
	{"UniFormer-S", 82.9}, {"UniFormer-B", 83.8},
	{"CMT-S", 83.5},
	{"RepLKNet-31B", 83.5},
	{"CoAtNet-0", 81.6}, {"CoAtNet-1", 83.3}, {"CoAtNet-2", 84.1},
}

// judgeUnfitted sets what the model predicts beside what was published.
func judgeUnfitted(m *accuracy.Model) (report.Unfitted, error) {
	var networks []report.UnfittedNetwork
	for _, u := range unfitted {
		n, err := reference.Find(u.name)
		if err != nil {
			return report.Unfitted{}, fmt.Errorf("networks that were not fitted: %w", err)
		}
		g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			return report.Unfitted{}, fmt.Errorf("%s: %w", u.name, err)
		}
		var p [1]accuracy.Prediction
		m.PredictBatch([]accuracy.Features{accuracy.Measure(g).Features()}, p[:])
		networks = append(networks, report.NewUnfittedNetwork(n.Name, n.Family, u.top1, p[0]))
	}
	return report.NewUnfitted(networks), nil
}
