package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// Fleet scores networks by what workers measure. What becomes of a measurement
// is the same as where one is made on this machine: a fleet is a driver.
type Fleet struct {
	measure *evaluator.Measure
	device  *remote
}

// New scores under the conditions in spec on workers of the fingerprint, in
// their given session: each session builds anew.
func New(q *Queue, f Fingerprint, spec trt.Spec, session int, model *accuracy.Model) (*Fleet, error) {
	d := &remote{fingerprint: f, session: session, archs: map[string]announced{}}
	d.queue, d.line, d.parse, d.lacks = q, &q.measuring, parseOutcome, d.lacking
	full := f.Conditions(spec)
	of := Job{Spec: full, Access: f.Access}.Conditions()
	if err := d.attend(fmt.Sprintf("%s.%d.*", of, session)); err != nil {
		return nil, err
	}
	// The folder is for models, which the workers write.
	m := evaluator.NewMeasure(full, d, model, "")
	return &Fleet{measure: m, device: d}, nil
}

// Conditions are those of all scores.
func (f *Fleet) Conditions() evaluator.Conditions { return f.measure.Conditions() }

// Estimate has accuracies come from another fitted model: workers only measure.
func (f *Fleet) Estimate(m *accuracy.Model) { f.measure.Estimate(m) }

// Close stops listening. The queue stays open.
func (f *Fleet) Close() error { return f.device.Close() }

// Evaluate implements evaluator.Evaluator: all are queued at once, those first
// that will take the longest, so that no worker begins with one of these when
// the others are done.
func (f *Fleet) Evaluate(ctx context.Context, archs []space.Arch) ([]evaluator.Result, error) {
	out := make([]evaluator.Result, len(archs))
	group, ctx := errgroup.WithContext(ctx)
	before := make(chan struct{})
	close(before)
	for _, i := range longestFirst(archs) {
		turn := turn{before, make(chan struct{})}
		before = turn.over
		group.Go(func() (err error) {
			out[i], err = f.network(ctx, announced{archs[i], turn})
			out[i].Arch = archs[i]
			return err
		})
	}
	return out, group.Wait()
}

// longestFirst orders architectures by how long their engines take to build,
// nearly: TensorRT times kernels for every layer.
func longestFirst(archs []space.Arch) []int {
	order, blocks := make([]int, len(archs)), make([]int, len(archs))
	for i, a := range archs {
		order[i] = i
		for _, s := range a.Stages {
			blocks[i] += s.Depth
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return blocks[j] - blocks[i] })
	return order
}

// Network scores an architecture; others can't be sent.
func (f *Fleet) Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error) {
	a, ok := n.(space.Arch)
	if !ok {
		return evaluator.Result{}, fmt.Errorf("network %s is no architecture of a space, which is all that is sent to workers: measure it on a worker's machine", n.ID())
	}
	now := make(chan struct{})
	close(now)
	return f.network(ctx, announced{a, turn{now, make(chan struct{})}})
}

func (f *Fleet) network(ctx context.Context, a announced) (evaluator.Result, error) {
	defer a.end() // one that can't be lowered is never queued
	f.device.expect(a)
	return f.measure.Network(ctx, a.Arch)
}

// announced is an architecture that is to be measured, and when it is queued.
type announced struct {
	space.Arch
	turn
}

// turn keeps an order: what it is for waits for before, and closes over.
type turn struct{ before, over chan struct{} }

func (t turn) wait(ctx context.Context) {
	select {
	case <-t.before:
	case <-ctx.Done():
	}
}

// end is called by one goroutine.
func (t turn) end() {
	select {
	case <-t.over:
	default:
		close(t.over)
	}
}

// remote is the workers as a driver.
type remote struct {
	desk[Job, Outcome]
	fingerprint Fingerprint
	session     int

	expecting sync.Mutex
	archs     map[string]announced // by ID
}

// lacking says that no worker measures on such a device.
func (d *remote) lacking(members []Member) string {
	if slices.ContainsFunc(members, func(m Member) bool { return m.Course == nil && m.Fingerprint == d.fingerprint }) {
		return ""
	}
	return fmt.Sprintf("waiting for a worker with %v (%s): `trtnas worker --queue ADDRESS` starts one", d.fingerprint, describeOthers(members))
}

func (d *remote) expect(a announced) {
	d.expecting.Lock()
	defer d.expecting.Unlock()
	d.archs[a.ID()] = a
}

// Device implements trt.Driver.
func (d *remote) Device() trt.Device {
	f := d.fingerprint
	device := trt.Device{Name: f.Device, Driver: f.Driver, Library: trt.TensorRT, Version: f.TensorRT, Access: f.Access, Typings: []trt.Typing{f.Builder.Typing}}
	if version, isRTX := strings.CutPrefix(f.TensorRT, "RTX "); isRTX {
		device.Library, device.Version = trt.TensorRTRTX, version
	}
	return device
}

// Measure implements trt.Driver.
func (d *remote) Measure(ctx context.Context, m trt.Model, s trt.Spec) (trt.Measurement, error) {
	d.expecting.Lock()
	a, ok := d.archs[m.ID]
	delete(d.archs, m.ID)
	d.expecting.Unlock()
	if !ok {
		return trt.Measurement{}, fmt.Errorf("network %s was not announced to the fleet", m.ID)
	}
	a.wait(ctx)
	o, err := d.await(ctx, Job{Schema: jobSchema, ID: m.ID, Arch: a.Arch, Spec: s, Access: d.fingerprint.Access, Session: d.session}, a.turn)
	if err != nil {
		return trt.Measurement{}, err
	}
	if f := o.Failure; f != nil {
		return trt.Measurement{}, &trt.Failure{Class: f.Class, Message: f.Message}
	}
	return *o.Measurement, nil
}

var (
	_ evaluator.Evaluator = (*Fleet)(nil)
	_ trt.Driver          = (*remote)(nil)
)
