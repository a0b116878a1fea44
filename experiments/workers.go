package experiments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/trt"
)

// OpenQueue connects to the queue of a search whose database is at db. Where no
// server listens at an address of this machine it starts one, whose files are
// beside the database. Closing frees both.
func OpenQueue(ctx context.Context, a fleet.Access, db string, patience time.Duration, talk func(string)) (q *fleet.Queue, closing func() error, err error) {
	q, server, err := embed.Open(ctx, a, db+".queue", patience)
	if err != nil {
		return nil, nil, Unusable{err}
	}
	q.Talk = talk
	if server == nil {
		return q, q.Close, nil
	}
	talk(fmt.Sprintf("this search holds the queue: `trtnas worker --queue %s` starts a worker", server.Access.URL))
	return q, func() error {
		q.Close()
		return server.Close()
	}, nil
}

// Worker measures for the searches of a queue.
type Worker struct {
	Name     string
	Spec     trt.Spec // under which the device is opened first
	Device   device.Options
	Tools    device.Tools
	Talk     func(text string)
	Measured func(evaluator.Result) // told of each network
}

// Work measures until the context ends, and finishes what it has begun then.
func (w Worker) Work(ctx context.Context, a fleet.Access, patience time.Duration) error {
	// The device comes first: without one there is no reason to wait for a queue.
	first, err := w.open(ctx, w.Spec)
	if err != nil {
		return err
	}
	q, err := fleet.Dial(ctx, a, patience, w.Talk)
	if err != nil {
		return errors.Join(err, first.Close())
	}
	defer q.Close()
	open := func(ctx context.Context, spec trt.Spec) (fleet.Device, error) {
		if d := first; d != nil {
			first = nil
			return d, nil
		}
		return w.open(ctx, spec)
	}
	return (&fleet.Worker{Name: w.Name, Queue: q, Open: open, Measured: w.Measured}).Run(ctx, w.Spec)
}

// open opens a device that measures.
func (w Worker) open(ctx context.Context, spec trt.Spec) (fleet.Device, error) {
	d, err := device.Open(ctx, spec, w.Device, w.Tools)
	if err != nil {
		return nil, err
	}
	if !d.Measures {
		return nil, Unusable{fmt.Errorf("--device %s only predicts, which needs no worker: give --device local", w.Device.Name)}
	}
	w.Talk(fmt.Sprintf("device %s: %s", d.Conditions().Device, d.Note))
	return measuring{d}, nil
}

// measuring is a device as a worker wants it.
type measuring struct{ *device.Device }

// Network implements fleet.Device.
func (m measuring) Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error) {
	return m.Device.Network.Network(ctx, n)
}

// Workers lists the workers of a queue.
func Workers(ctx context.Context, a fleet.Access, patience time.Duration) (report.Workers, error) {
	q, err := fleet.Connect(ctx, a, patience)
	if err != nil {
		return report.Workers{}, Unusable{err}
	}
	defer q.Close()
	members, err := q.Workers(ctx)
	if err != nil {
		return report.Workers{}, err
	}
	list := report.Workers{Schema: report.WorkersSchema, Workers: []report.Worker{}}
	for _, m := range members {
		f := m.Fingerprint
		w := report.Worker{
			Name: m.Name, State: string(m.State), Network: m.Network, Done: m.Done, Failed: m.Failed, Seen: m.Seen, Why: m.Why,
			Device: f.Device, Driver: f.Driver, TensorRT: f.TensorRT, Access: string(f.Access), Fingerprint: f.Key(),
		}
		if c := m.Course; c != nil {
			w.Training, w.Fingerprint = c.String(), c.Key
		}
		list.Workers = append(list.Workers, w)
	}
	return list, nil
}
