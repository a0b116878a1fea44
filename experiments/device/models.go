package device

import (
	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/trt"
)

// DefaultProfile stands in where there is no GPU to measure on.
const DefaultProfile = "t4"

// Models are the predictors for the conditions; the device "auto" is the
// default profile.
func Models(spec trt.Spec) (*evaluator.Predict, error) {
	if spec.Device == Auto {
		spec.Device = DefaultProfile
	}
	profile, err := latency.Open(spec.Device)
	if err != nil {
		return nil, err
	}
	return evaluator.NewPredict(spec, profile, accuracy.Default())
}
