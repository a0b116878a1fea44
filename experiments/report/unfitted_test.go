package report

import (
	"math"
	"testing"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

func TestUnfitted(t *testing.T) {
	p := accuracy.Prediction{Top1: 80, SD: 1}
	u := NewUnfitted([]UnfittedNetwork{
		NewUnfittedNetwork("inside both", "a", 80.5, p), // 1.28 SD hold 80 %
		NewUnfittedNetwork("inside 90 %", "a", 81.5, p), // 1.64 SD hold 90 %
		NewUnfittedNetwork("outside both", "b", 77.0, p),
		NewUnfittedNetwork("just right", "b", 80, p),
	})
	if math.Abs(u.MAE-(0.5+1.5+3)/4) > 1e-9 || u.Coverage80 != 0.5 || u.Coverage90 != 0.75 {
		t.Errorf("%+v", u)
	}
}
