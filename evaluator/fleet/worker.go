package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Device is what a worker measures on: one network at a time.
type Device interface {
	Conditions() evaluator.Conditions
	Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error)
	// Renew begins another session, of which builds start with nothing.
	Renew(ctx context.Context) error
	Close() error
}

// Worker measures networks of a queue on one device.
type Worker struct {
	Name  string
	Queue *Queue
	// Open opens the device for the conditions, of which the device's own are
	// replaced.
	Open func(ctx context.Context, spec trt.Spec) (Device, error)
	// Measured is told of each network; nil is nobody.
	Measured func(evaluator.Result)

	device  Device
	session int // of the device
}

// Run takes jobs until the context ends, and finishes the one that it has then.
// An error is the device's: it can measure nothing any more, and the job goes
// to another worker. The device is first opened for spec.
func (w *Worker) Run(ctx context.Context, spec trt.Spec) (err error) {
	if err := CheckName(w.Name); err != nil {
		return err
	}
	if w.device, err = w.Open(ctx, spec); err != nil {
		return err
	}
	defer func() {
		if w.device != nil {
			err = errors.Join(err, w.device.Close())
		}
	}()
	w.session = 1
	f := FingerprintOf(w.device.Conditions())
	h := hand{
		queue: w.Queue, line: &w.Queue.measuring, crew: f.Key(), entry: Entry{Name: w.Name, Fingerprint: f, State: Idle},
		read: func(data []byte) (order, error) { return w.read(data, f) },
	}
	return h.run(ctx)
}

// read makes a job an order.
func (w *Worker) read(data []byte, f Fingerprint) (order, error) {
	j, err := parseJob(data)
	if err == nil && j.Fingerprint() != f {
		err = errors.New("job: it is for another device")
	}
	blank := Outcome{Schema: outcomeSchema, ID: j.ID, Conditions: j.Conditions(), Session: j.Session, Worker: w.Name}
	return order{
		key: j.key(), network: j.ID, as: Measuring,
		check: func(data []byte) error { _, err := parseOutcome(data, j); return err },
		refuse: func(f evaluator.Failure) any {
			o := blank
			o.Failure = &f
			return o
		},
		do: func(ctx context.Context) (any, bool, error) {
			o := blank
			r, err := w.measure(ctx, j)
			if err != nil {
				return o, false, err
			}
			if w.Measured != nil {
				w.Measured(r)
			}
			if o.Measurement = r.Measurement; o.Measurement == nil {
				o.Failure = shorten(r.Failure)
			}
			return fit(o), r.Failure != nil, nil
		},
	}, err
}

// fit leaves out what is not needed where an outcome is too long to be sent.
func fit(o Outcome) Outcome {
	if m := o.Measurement; m != nil && size(o) > maxOutcome {
		short := *m
		short.Layers, short.Health = nil, nil
		short.Warnings = append(short.Warnings[:len(short.Warnings):len(short.Warnings)], "layers and health were too long to be sent")
		o.Measurement = &short
	}
	return o
}

func size(o Outcome) int {
	text, err := json.Marshal(o)
	if err != nil {
		panic("fleet: " + err.Error()) // it has nothing that JSON can't write
	}
	return len(text)
}

func (w *Worker) measure(ctx context.Context, j Job) (evaluator.Result, error) {
	if err := w.prepare(ctx, j); err != nil {
		return evaluator.Result{}, err
	}
	r, err := w.device.Network(ctx, j.Arch)
	if err == nil && r.Measurement == nil && r.Failure == nil {
		err = fmt.Errorf("device %s gave no measurement of network %s", j.Spec.Device, j.ID)
	}
	return r, err
}

// prepare opens the device for the job's conditions, and in its session.
func (w *Worker) prepare(ctx context.Context, j Job) error {
	suits := func() bool {
		c := w.device.Conditions()
		return c.Spec == j.Spec && c.Latency == string(j.Access)
	}
	if !suits() || w.session > j.Session {
		err := w.device.Close()
		w.device = nil
		if err != nil {
			return err
		}
		device, err := w.Open(ctx, j.Spec)
		if err != nil {
			return err
		}
		w.device, w.session = device, 1
	}
	for ; w.session < j.Session; w.session++ {
		if err := w.device.Renew(ctx); err != nil {
			return err
		}
	}
	if !suits() {
		return fmt.Errorf("the device's conditions changed to %+v since the worker began: start it again", w.device.Conditions().Spec)
	}
	return nil
}
