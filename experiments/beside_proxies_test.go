package experiments

import (
	"testing"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// The estimate is judged on every network that the proxies were computed for,
// and against nothing where their scores are not at hand.
func TestBesideProxies(t *testing.T) {
	unseen, err := accuracy.Unseen()
	if err != nil {
		t.Fatal(err)
	}
	with := 0
	for _, p := range besideProxies(unseen) {
		if (p.Estimate == nil) != (p.Figure == string(zerocost.ZiCo) || p.Figure == string(zerocost.GradNorm)) {
			t.Errorf("%s: %+v", p.Figure, p.Estimate)
		}
		if e := p.Estimate; e != nil {
			with++
			if gain := e.MatchedTau - p.MatchedTau; gain-e.Gain > 2e-4 || e.Gain-gain > 2e-4 {
				t.Errorf("%s has %.4f, the estimate %.4f: a gain of %.4f is not the difference", p.Figure, p.MatchedTau, e.MatchedTau, e.Gain)
			}
		}
	}
	if with == 0 {
		t.Error("no proxy has the estimate beside it")
	}
}
