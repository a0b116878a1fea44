package study

import "context"

// blocks is the paper's third and fourth guideline: mixed blocks, and the global
// part before the local one (section 3.3).
var blocks = Study{
	Name:     "blocks",
	Question: "Are mixed blocks better than a convolution or a Transformer alone, and in which order?",
	run:      runBlocks,
}

func runBlocks(ctx context.Context, s *Subject) (Result, error) {
	names := []string{"ResNet50", "PVT-Medium", "MixNetV", "MixNetA", "MixNetB", "MixNetC"}
	scores, err := s.scores(ctx, names...)
	if err != nil {
		return Result{}, err
	}
	t := Table{Name: "blocks", Header: []string{"network", "ms", "source", "top-1 %", "source", "M params", "GMAC"}}
	plot := Plot{Name: "blocks", Title: "Networks of one block kind in the last stage", X: Axis{Label: "ms", Log: true}, Y: Axis{Label: "top-1, %"}}
	for _, name := range names {
		v := scores[name]
		t.add(name, latencyOf(v.Latency).text(2), string(v.Latency.Source), accuracyOf(v.Accuracy).text(2), string(v.Accuracy.Source), millions(v.Params), billions(v.MACs))
		plot.Series = append(plot.Series, Series{Name: name, Points: []Point{{X: milliseconds(v.Latency.Value), Y: v.Accuracy.Value, Low: v.Accuracy.Low, High: v.Accuracy.High, Label: name}}})
	}
	gain := func(a, b string) interval {
		return accuracyOf(scores[a].Accuracy).minus(accuracyOf(scores[b].Accuracy))
	}
	speed := func(slow, fast string, k kin) interval {
		return latencyOf(scores[slow].Latency).over(latencyOf(scores[fast].Latency), k)
	}
	free := equalClaim("MixNetC as fast as MixNetB", speed("MixNetB", "MixNetC", akin))
	return Result{
		Notes: []string{"MixNetV is ResNet50 with Transformers in its last stage, MixNetA, B and C have MixBlocks there. Stages, widths and K 7 are our reading of the paper. " +
			"MixBlockB and C have the same kernels in another order, so a prediction can't tell them apart: the fourth guideline can only be found by measuring, and by training."},
		Tables: []Table{t}, Plots: []Plot{plot},
		Claims: []Claim{
			ratioClaim("MixNetV faster than PVT-Medium", "above 1", speed("PVT-Medium", "MixNetV", alien)),
			gainClaim("MixNetV more accurate than ResNet50", "above 0", gain("MixNetV", "ResNet50")),
			gainClaim("MixNetA more accurate than ResNet50", "above 0", gain("MixNetA", "ResNet50")),
			gainClaim("MixNetB more accurate than ResNet50", "above 0", gain("MixNetB", "ResNet50")),
			gainClaim("MixNetV more accurate than MixNetA", "above 0", gain("MixNetV", "MixNetA")),
			gainClaim("MixNetV more accurate than MixNetB", "above 0", gain("MixNetV", "MixNetB")),
			gainClaim("MixNetC more accurate than MixNetB", "above 0", gain("MixNetC", "MixNetB")),
			free,
			gainClaim("MixNetC more accurate than MixNetV", "above 0", gain("MixNetC", "MixNetV")),
			ratioClaim("MixNetC faster than MixNetV", "above 1", speed("MixNetV", "MixNetC", akin)),
			equalAccuracyClaim("MixNetC as accurate as PVT-Medium", gain("MixNetC", "PVT-Medium")),
			figureClaim("Top-1 of ResNet50", " %", 2, 79.0, accuracyOf(scores["ResNet50"].Accuracy)),
			figureClaim("Top-1 of PVT-Medium", " %", 2, 81.2, accuracyOf(scores["PVT-Medium"].Accuracy)),
		},
	}, nil
}
