package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Measure measures one network and keeps the result. What is there already is
// shown as it is, or measured in another session if again is set.
func Measure(ctx context.Context, st *store.Store, d *device.Device, n reference.Network, again bool) (report.Measured, error) {
	return keep(ctx, st, d, named{n.ID(), n.Name}, again, func(d *device.Device) (evaluator.Result, error) {
		if n.Arch == nil {
			return d.Network.Network(ctx, n)
		}
		results, err := d.Evaluator().Evaluate(ctx, []space.Arch{*n.Arch})
		if err != nil {
			return evaluator.Result{}, err
		}
		return results[0], nil
	})
}

// MeasureModel measures the network of an ONNX file, under its own batch and
// resolution.
func MeasureModel(ctx context.Context, st *store.Store, d *device.Device, m ModelFile, again bool) (report.Measured, error) {
	return keep(ctx, st, d, named{m.id, m.path}, again, func(d *device.Device) (evaluator.Result, error) {
		files, ok := d.Network.(fileMeasurer)
		if !ok {
			return evaluator.Result{}, Unusable{fmt.Errorf("%s: this device can't measure files", m.path)}
		}
		return files.File(ctx, m.id, m.path, m.graph)
	})
}

// CheckTiming says why the file can't be measured under the conditions.
func (m ModelFile) CheckTiming(s trt.Spec) error {
	if slices.Contains(m.image.Shape, 0) {
		return fmt.Errorf("%s: its input %q is open: %v; export it for one batch and resolution to measure it", m.path, m.image.Name, m.image.Shape)
	}
	wants := onnx.FP32
	if s.Builder.Typing == trt.Strong && s.Precision == trt.FP16 {
		wants = onnx.FP16
	}
	if m.image.Precision != wants {
		return fmt.Errorf("%s: its types are not those that a %s engine in %s is built from: give the model in the other precision, or choose another --precision", m.path, s.Builder.Typing, s.Precision)
	}
	return nil
}

type named struct{ id, name string }

// keep answers from the store, or measures and keeps.
func keep(ctx context.Context, st *store.Store, d *device.Device, n named, again bool, measure func(*device.Device) (evaluator.Result, error)) (report.Measured, error) {
	known, err := st.Lookup(ctx, d.Conditions(), []string{n.id})
	if err != nil {
		return report.Measured{}, err
	}
	switch {
	case known[0] == nil:
		var r evaluator.Result
		if r, err = measure(d); err == nil {
			r.Name = nameOf(r, n.name)
			err = st.Append(ctx, d.Conditions(), []evaluator.Result{r})
		}
	case again:
		err = anotherSession(ctx, st, d, n.id, measure)
	}
	if err != nil {
		return report.Measured{}, err
	}
	return measured(ctx, st, d.Conditions(), n)
}

// nameOf is stored only for networks that are no architecture of a space.
func nameOf(r evaluator.Result, name string) string {
	if r.Arch.Stages[0].Depth > 0 {
		return ""
	}
	return name
}

func anotherSession(ctx context.Context, st *store.Store, d *device.Device, id string, measure func(*device.Device) (evaluator.Result, error)) error {
	if !d.Renewable() {
		return Unusable{errors.New("recordings can't be measured again")}
	}
	if err := d.Renew(ctx); err != nil {
		return err
	}
	r, err := measure(d)
	if err != nil {
		return err
	}
	return st.AppendTiming(ctx, d.Conditions(), id, store.Timing{Measurement: r.Measurement, Failure: r.Failure})
}

// measured reads what is kept of a network.
func measured(ctx context.Context, st *store.Store, c evaluator.Conditions, n named) (report.Measured, error) {
	results, err := st.Lookup(ctx, c, []string{n.id})
	if err != nil {
		return report.Measured{}, err
	}
	timings, err := st.Timings(ctx, c, []string{n.id})
	if err != nil {
		return report.Measured{}, err
	}
	return report.NewMeasured(n.name, c, combine(*results[0], sessions{timings}), timings[n.id]), nil
}

// fileMeasurer measures networks of which there is nothing but a file.
type fileMeasurer interface {
	File(ctx context.Context, id, path string, g *graph.Graph) (evaluator.Result, error)
}
