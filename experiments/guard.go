package experiments

import (
	"errors"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
)

// outside is the violation of a network that the guard rejects: as if it took
// twice the budget. It is the same however far outside the network lies, since
// stored results tell no more, and a search needs no more to find its way in: of
// random networks of each built-in space 61 % or more are inside, and each of
// those within the budget comes before all that are outside.
const outside = 1

// guards tells whether the search keeps to networks within the range of the
// published ones that the accuracy model was fitted on. Outside it nothing
// supports an estimate, and a search that maximises one would end there.
func (s Settings) guards() bool {
	return !s.Extrapolate && s.estimates()
}

// estimates tells whether an objective is an accuracy that the model predicts.
func (s Settings) estimates() bool {
	return s.Accuracy.Tier == "" && slices.Contains(s.objectives(), Accuracy)
}

// rejects tells whether the guard keeps a result off the front.
func (s Settings) rejects(r evaluator.Result) bool {
	return s.guards() && r.Failure == nil && r.Score.Accuracy.Outside()
}

// rejected counts the results that the guard keeps off the front.
func (s Settings) rejected(results []evaluator.Result) int {
	n := 0
	for _, r := range results {
		if s.rejects(r) {
			n++
		}
	}
	return n
}

// guardWord says what becomes of networks outside the range.
func (s Settings) guardWord() string {
	if s.guards() {
		return "kept off the front"
	}
	return "competes"
}

// validateGuard refuses to open the range where nothing is kept within it.
func (s Settings) validateGuard() error {
	if s.Extrapolate && !s.estimates() {
		return errors.New("networks outside the accuracy model's range are to compete, but the search maximises no predicted accuracy and keeps none out: leave out --extrapolate")
	}
	return nil
}

// admit keeps out what costs nothing to tell: networks over a limit, and those
// that the guard would reject where evaluating them costs a measurement; nil if
// there is no such limit. A network that can't be lowered is left to fail.
func admit(s Settings, d *device.Device) func(space.Genotype) bool {
	limited := s.Limits.Params > 0 || s.Limits.MACs > 0
	guarded := s.guards() && slices.ContainsFunc(d.All(), func(d *device.Device) bool { return d.Measures })
	if !limited && !guarded {
		return nil
	}
	models := d.Models()
	return func(g space.Genotype) bool {
		arch := s.Space.Decode(g)
		if guarded {
			if out, err := models.Outside(arch); err == nil && out {
				return false
			}
		}
		if !limited {
			return true
		}
		params, macs, err := models.Counts(arch)
		return err == nil && excess(float64(params), s.Limits.Params) == 0 && excess(float64(macs), s.Limits.MACs) == 0
	}
}
