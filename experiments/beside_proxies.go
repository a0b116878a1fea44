package experiments

import (
	"math/rand/v2"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// besideProxies judges the estimate where zero-cost proxies were judged: on the
// published networks that these were computed for, each with its line of families
// left out.
func besideProxies() ([]report.ProxyBeside, error) {
	unseen, err := accuracy.Unseen()
	if err != nil {
		return nil, err
	}
	estimates := map[figures]float64{}
	for _, r := range accuracy.TrainedAlike(accuracy.Rows()) {
		estimates[figures{r.Top1, r.Params}] = unseen[r.Name]
	}
	var all []report.ProxyBeside
	for _, p := range zerocost.All() {
		all = append(all, report.NewProxyBeside(p, estimateBeside(p, estimates)))
	}
	return all, nil
}

// figures tell a published network: its top-1 in per cent and its parameters.
type figures struct{ top1, params float64 }

// estimateBeside is nil unless each network that the proxy was computed for has an
// estimate, and none if it was computed elsewhere.
func estimateBeside(p zerocost.Proxy, estimates map[figures]float64) *report.EstimateBeside {
	var lines []string
	var proxy, estimate, top1, macs []float64
	for _, r := range zerocost.Rows() {
		score, ok := r.Scores[p]
		if !ok {
			continue
		}
		e, ok := estimates[figures{r.Top1, r.Params}]
		if !ok {
			return nil
		}
		lines, proxy, estimate = append(lines, r.Family), append(proxy, score), append(estimate, e)
		top1, macs = append(top1, r.Top1), append(macs, r.MACs)
	}
	if len(lines) == 0 {
		return nil
	}
	// The samples of zerocost.Table, so that both intervals are of the same.
	ranking := predictor.NewRanking(lines, top1, macs, rand.New(rand.NewPCG(1, 2)))
	return report.NewEstimateBeside(ranking.Pairs(), ranking.Tau(estimate), ranking.Gain(estimate, proxy))
}
