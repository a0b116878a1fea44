package device

import (
	"context"
	"fmt"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/trt"
)

// atOnce is how many networks are queued at once: beyond any batch and number
// of workers.
const atOnce = 10_000

// openFleet has workers measure.
func openFleet(ctx context.Context, spec trt.Spec, o Options, t Tools) (*Device, error) {
	f, err := t.Workers.Gather(ctx, wanted(spec, o))
	if err != nil {
		return nil, err
	}
	models, err := fleetModels(f, spec, t)
	if err != nil {
		return nil, err
	}
	return fleetSession(t.Workers, f, spec, models, 1)
}

// wanted tells which workers suit: those of a resumed run's conditions, of the
// device that was asked for by its name, or any.
func wanted(spec trt.Spec, o Options) func(fleet.Fingerprint) bool {
	if spec.Driver != "" {
		began := fleet.FingerprintOf(evaluator.Conditions{Spec: spec, Latency: string(o.Access)})
		return func(f fleet.Fingerprint) bool { return f == began }
	}
	name, _, _ := strings.Cut(o.Name, "?")
	return func(f fleet.Fingerprint) bool { return name == Auto || name == Local || name == f.Device }
}

// fleetModels are those that the workers' devices have on their machines.
func fleetModels(f fleet.Fingerprint, spec trt.Spec, t Tools) (*evaluator.Predict, error) {
	profile, simulated := strings.CutPrefix(f.Device, simPrefix)
	if !simulated || f.Access != trt.AccessSim {
		return Nearest(spec)
	}
	spec.Device = profile
	return t.Profiles.Models(spec)
}

// fleetSession opens a session on the workers, of the given number.
func fleetSession(q *fleet.Queue, f fleet.Fingerprint, spec trt.Spec, models *evaluator.Predict, number int) (*Device, error) {
	workers, err := fleet.New(q, f, spec, number, accuracy.Default())
	if err != nil {
		return nil, err
	}
	source := "measured"
	if f.Access == trt.AccessSim {
		source = "simulated"
	}
	return &Device{
		Network: workers, Measures: true, models: models, conditions: workers.Conditions(), evaluator: workers, parallel: atOnce,
		close: workers.Close,
		Note:  fmt.Sprintf("latencies are %s by workers on %v", source, f),
		renew: func(context.Context) (*Device, error) { return fleetSession(q, f, spec, models, number+1) },
	}, nil
}
