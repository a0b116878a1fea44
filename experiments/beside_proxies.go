package experiments

import (
	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// besideProxies judges the estimate where zero-cost proxies were judged: on the
// published networks that these were computed for. The estimates, by a network's
// name, are those with its line of families left out.
func besideProxies(unseen map[string]float64) []report.ProxyBeside {
	// The tables name networks differently; these two figures tell them.
	type figures struct{ top1, params float64 }
	estimates := map[figures]float64{}
	for _, r := range accuracy.TrainedAlike(accuracy.Rows()) {
		estimates[figures{r.Top1, r.Params}] = unseen[r.Name]
	}
	estimate := func(r zerocost.Row) (float64, bool) {
		e, ok := estimates[figures{r.Top1, r.Params}]
		return e, ok
	}
	var all []report.ProxyBeside
	for _, p := range zerocost.All() {
		v, ok := zerocost.Against(p, estimate)
		all = append(all, report.NewProxyBeside(p, v, ok))
	}
	return all
}
