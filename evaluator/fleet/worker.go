package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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

	device      Device
	session     int // of the device
	fingerprint Fingerprint

	mu    sync.Mutex
	entry Entry
}

// Deliveries of one job: a network that ended so many workers before they could
// answer is given up, though nothing but the GPU's programs, which are other
// processes, should be able to.
const mostDeliveries = 20

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
	w.session, w.fingerprint = 1, FingerprintOf(w.device.Conditions())
	w.entry = Entry{Name: w.Name, Fingerprint: w.fingerprint, State: Idle}
	stop := w.beat(context.WithoutCancel(ctx))
	err = w.work(ctx)
	stop()
	w.state(Gone, "")
	if err != nil {
		w.entry.Why = err.Error()
	}
	w.announce(context.WithoutCancel(ctx))
	return err
}

// work takes one job after the other.
func (w *Worker) work(ctx context.Context) error {
	for {
		jobs, err := w.consumer(ctx)
		for err == nil {
			err = w.next(ctx, jobs)
		}
		var ended deviceError
		switch {
		case errors.As(err, &ended):
			return ended.error
		case ctx.Err() != nil:
			return nil
		case final(err):
			return fmt.Errorf("queue: %w", err)
		case lost(err):
			_ = w.Queue.open(ctx) // an error comes again
		}
		pause(ctx, retry)
	}
}

// deviceError ends a worker.
type deviceError struct{ error }

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// consumer is shared by all workers with the fingerprint.
func (w *Worker) consumer(ctx context.Context) (jetstream.Consumer, error) {
	key := w.fingerprint.Key()
	return w.Queue.jobs.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: "trtnas-" + key, FilterSubject: jobSubjects + "." + key + ".>",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: w.Queue.patience,
		// The last one answers for the network; more are for it to be killed too.
		MaxDeliver:    2 * mostDeliveries,
		MaxAckPending: -1, MaxWaiting: mostWorkers,
	})
}

// mostWorkers may wait for a job.
const mostWorkers = 10_000

// fetchTime is how long one request for a job stands.
const fetchTime = 10 * time.Second

func (w *Worker) next(ctx context.Context, jobs jetstream.Consumer) error {
	fetch, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	m, err := jobs.Next(jetstream.FetchContext(fetch))
	switch {
	case ctx.Err() != nil:
		if err == nil {
			err = m.Nak() // it came too late
		}
		return errors.Join(ctx.Err(), err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, jetstream.ErrNoMessages):
		return nil
	case err != nil:
		return err
	}
	return w.handle(ctx, m)
}

// handle answers a job. What was begun is finished even if the worker is to
// end.
func (w *Worker) handle(ctx context.Context, m jetstream.Msg) error {
	finish := context.WithoutCancel(ctx)
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	j, err := parseJob(m.Data())
	if err == nil && j.Fingerprint() != w.fingerprint {
		err = errors.New("job: it is for another device")
	}
	if err != nil {
		w.Queue.talk("a job was refused: %v", err)
		return m.TermWithReason(err.Error())
	}
	if o, err := w.Queue.outcome(ctx, j); err != nil {
		return err
	} else if o != nil {
		return m.Ack() // another worker was faster, or the acknowledgement was lost
	}
	o, err := w.answer(finish, j, m, meta.NumDelivered)
	if err != nil {
		return errors.Join(deviceError{err}, m.Nak())
	}
	if err := w.deliver(ctx, j, o); err != nil {
		return err
	}
	w.state(Idle, "")
	return m.Ack()
}

// answer measures the network, unless it seems to kill its workers.
func (w *Worker) answer(ctx context.Context, j Job, m jetstream.Msg, deliveries uint64) (Outcome, error) {
	o := Outcome{Schema: outcomeSchema, ID: j.ID, Conditions: j.Conditions(), Session: j.Session, Worker: w.Name}
	if deliveries >= mostDeliveries {
		o.Failure = &evaluator.Failure{Class: trt.Crash, Message: fmt.Sprintf("%d workers took it and none came back with a result", deliveries-1)}
		return o, nil
	}
	w.state(Measuring, j.ID)
	stop := every(ctx, w.Queue.patience/3, func() { _ = m.InProgress() }) // a lost one is followed by others
	defer stop()
	r, err := w.measure(ctx, j)
	if err != nil {
		return o, err
	}
	w.count(r)
	if o.Measurement = r.Measurement; o.Measurement == nil {
		o.Failure = shorten(r.Failure)
	}
	return fit(o), nil
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

// deliver sends the outcome however long the server is away; only a worker that
// is to end gives up after a while, and then another one measures again.
func (w *Worker) deliver(ctx context.Context, j Job, o Outcome) error {
	finish, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.Queue.patience, cancel) })
	defer stop()
	for {
		_, err := w.Queue.post(finish, outcomeSubjects+"."+j.key(), o)
		if err == nil || final(err) || finish.Err() != nil {
			return err
		}
		if lost(err) {
			_ = w.Queue.open(finish) // an error comes again
		}
		pause(finish, retry)
	}
}
