package device

import (
	"fmt"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/trt"
)

// DefaultProfile stands in where there is no GPU to measure on.
const DefaultProfile = "t4"

// Preferred is what Auto stands for on this machine.
func Preferred() string {
	if present() {
		return Local
	}
	return DefaultProfile
}

// Profiles finds a stored profile by its name; nil knows none.
type Profiles func(name string) (*latency.Profile, error)

// Find takes a name for a built-in profile, else a path that ends in .json for
// a file, else asks for a stored profile. The device "auto" is the default one.
func (p Profiles) Find(name string) (*latency.Profile, error) {
	if name == Auto {
		name = DefaultProfile
	}
	builtin, err := latency.Open(name)
	switch {
	case err == nil:
		return builtin, nil
	case strings.HasSuffix(name, ".json"):
		file, err := latency.ReadFile(name)
		return &file.Profile, err
	case p != nil:
		return p(name)
	}
	return nil, err
}

// Models are the predictors for the conditions, whose device is a profile.
func (p Profiles) Models(spec trt.Spec) (*evaluator.Predict, error) {
	profile, err := p.Find(spec.Device)
	if err != nil {
		return nil, err
	}
	return evaluator.NewPredict(spec, profile, accuracy.Default())
}

// Nearest are the models for a device that has none of its own.
func Nearest(spec trt.Spec) (*evaluator.Predict, error) {
	spec.Device, spec.Precision = DefaultProfile, trt.FP16
	spec.Builder, spec.Protocol = trt.Builder{}, trt.Protocol{}
	return Models(spec)
}

// Models are the predictors for the conditions, whose device is a profile that
// is built in or a file.
func Models(spec trt.Spec) (*evaluator.Predict, error) { return Profiles(nil).Models(spec) }

// describe says what the profile's latencies are, for people.
func describe(p *latency.Profile) string {
	switch p.Origin.Source {
	case latency.Measured:
		return fmt.Sprintf("latencies are predicted by the profile %s, fitted on %d networks that were measured on %s with %s, not measured", p.Name, p.Rows, p.Device, p.Runtime)
	case latency.Simulated:
		return fmt.Sprintf("latencies are predicted by the profile %s, fitted on %d networks on a SIMULATED device: they are no device's", p.Name, p.Rows)
	}
	if p.Origin.Note != "" {
		return fmt.Sprintf("latencies are predicted by the profile %s, not measured: %s", p.Name, p.Origin.Note)
	}
	return "latencies are predicted by a model fitted on published TensorRT measurements, not measured"
}
