package experiments

import (
	"testing"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// No ordering of the paper is wrong by more than the interval of the
// difference; what the model can't see is a tie.
func TestOrderingsOfThePaper(t *testing.T) {
	ties := map[[2]string]bool{{"MixNetB", "MixNetC"}: true, {"MixNetV", "MixNetC"}: true}
	for _, c := range claims {
		o, err := c.judge(accuracy.Default())
		if err != nil {
			t.Fatal(err)
		}
		if o.Verdict == report.Wrong || ties[[2]string{c.from, c.to}] && o.Verdict != report.Tie {
			t.Errorf("%+v", o)
		}
		if c.relation == report.ByPoints && (c.published < o.Range[0] || c.published > o.Range[1]) {
			t.Errorf("%v points are outside %+v", c.published, o)
		}
	}
}
