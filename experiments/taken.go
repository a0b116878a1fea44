package experiments

import (
	"fmt"
	"math"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/correction"
)

// measurable refuses objectives and limits that the device can't tell.
func (s Settings) measurable(d *device.Device) error {
	if asked := s.measured(); len(asked) > 0 && !d.Measures {
		return Unusable{fmt.Errorf("%s of an engine is known only where it is measured, and latencies of %s are predicted: leave it out of --objective and --limit, or choose --device local", asked[0], d.Conditions().Device)}
	}
	return nil
}

// told is an error if something that the search goes by was not measured.
func (s Settings) told(r evaluator.Result) error {
	if r.Failure != nil {
		return nil
	}
	for _, o := range s.measured() {
		if o.quantity(r.Score) == 0 {
			return fmt.Errorf("network %s: the device does not tell its %s: search without it in --objective and --limit; what was measured stays in the database", r.ID, o)
		}
	}
	return nil
}

// taken believes what the engines of networks take by what measured ones took.
type taken struct {
	objective Objective
	learner   correction.Learner
	process   *correction.Process
}

func newTaken(s Settings) []*taken {
	var all []*taken
	for _, o := range s.measured() {
		all = append(all, &taken{objective: o, process: correction.Fit(nil)})
	}
	return all
}

// carrier is what the quantity of a predicted network grows with: a file with
// its weights in two bytes each, activations with the work, energy with time.
// How much of one belongs to the other is learnt.
func (t *taken) carrier(predicted evaluator.Score) float64 {
	switch t.objective {
	case EngineSize:
		return 2 * float64(predicted.Params)
	case Energy:
		return predicted.Latency.Value.Seconds()
	default:
		return float64(predicted.MACs)
	}
}

// learn compares what was measured with the carriers of what was predicted.
func (t *taken) learn(predicted, measured []evaluator.Result) {
	var rows []correction.Row
	for i, p := range predicted {
		if p.Failure == nil {
			rows = append(rows, correction.Row{X: features(p), Y: math.Log(t.objective.quantity(measured[i].Score) / t.carrier(p.Score))})
		}
	}
	t.process = t.learner.Fit(rows)
}

// believe adds the quantity to predicted networks, z standard deviations above
// the mean.
func (t *taken) believe(predicted []evaluator.Result, z float64) {
	xs := make([][]float64, len(predicted))
	for i, p := range predicted {
		xs[i] = features(p)
	}
	mean, sd := t.process.Predict(xs)
	for i := range predicted {
		v := t.carrier(predicted[i].Score) * math.Exp(mean[i]+z*sd[i])
		switch e := &predicted[i].Score.Engine; t.objective {
		case EngineSize:
			e.Bytes = int64(v)
		case Energy:
			e.Energy = v
		default:
			e.Memory = int64(v)
		}
	}
}
