package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// hand is what all workers have in common: it takes the jobs of a line one by
// one, and answers each.
type hand struct {
	queue *Queue
	line  *line
	crew  string                           // whose jobs it takes
	read  func(data []byte) (order, error) // refuses what no search sends

	mu    sync.Mutex
	entry Entry
}

// order is a job that was read.
type order struct {
	key, network string
	as           State // while it is done
	check        func(outcome []byte) error
	do           func(context.Context) (outcome any, failed bool, err error) // an error ends the worker
	refuse       func(evaluator.Failure) (outcome any)                       // does it no more
}

// Deliveries of one job: a network that ended so many workers before they could
// answer is given up, though nothing but the GPU's programs, which are other
// processes, should be able to.
const mostDeliveries = 20

// run takes jobs until the context ends.
func (h *hand) run(ctx context.Context) error {
	stop := h.beat(context.WithoutCancel(ctx))
	err := h.work(ctx)
	stop()
	h.state(Gone, "")
	if err != nil {
		h.entry.Why = err.Error()
	}
	h.announce(context.WithoutCancel(ctx))
	return err
}

// work takes one job after the other.
func (h *hand) work(ctx context.Context) error {
	for {
		jobs, err := h.consumer(ctx)
		for err == nil {
			err = h.next(ctx, jobs)
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
			_ = h.queue.open(ctx) // an error comes again
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
func (h *hand) consumer(ctx context.Context) (jetstream.Consumer, error) {
	return h.line.jobs.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: "trtnas-" + h.crew, FilterSubject: h.line.jobSubjects + "." + h.crew + ".>",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: h.queue.patience,
		// The last one answers for the network; more are for it to be killed too.
		MaxDeliver:    2 * mostDeliveries,
		MaxAckPending: -1, MaxWaiting: mostWorkers,
	})
}

// mostWorkers may wait for a job.
const mostWorkers = 10_000

// fetchTime is how long one request for a job stands.
const fetchTime = 10 * time.Second

func (h *hand) next(ctx context.Context, jobs jetstream.Consumer) error {
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
	return h.handle(ctx, m)
}

// handle answers a job. What was begun is finished even if the worker is to
// end.
func (h *hand) handle(ctx context.Context, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	o, err := h.read(m.Data())
	if err != nil {
		h.queue.talk("a job was refused: %v", err)
		return m.TermWithReason(err.Error())
	}
	if known, err := h.line.outcome(ctx, o.key, o.check); err != nil {
		return err
	} else if known != nil {
		return m.Ack() // another worker was faster, or the acknowledgement was lost
	}
	outcome, err := h.answer(context.WithoutCancel(ctx), o, m, meta.NumDelivered)
	if err != nil {
		return errors.Join(deviceError{err}, m.Nak())
	}
	if err := h.deliver(ctx, o.key, outcome); err != nil {
		return err
	}
	h.state(Idle, "")
	return m.Ack()
}

// answer does what is asked, unless it seems to kill its workers.
func (h *hand) answer(ctx context.Context, o order, m jetstream.Msg, deliveries uint64) (any, error) {
	if deliveries >= mostDeliveries {
		return o.refuse(evaluator.Failure{Class: trt.Crash, Message: fmt.Sprintf("%d workers took it and none came back with a result", deliveries-1)}), nil
	}
	h.state(o.as, o.network)
	stop := every(ctx, h.queue.patience/3, func() { _ = m.InProgress() }) // a lost one is followed by others
	defer stop()
	outcome, failed, err := o.do(ctx)
	if err == nil {
		h.count(failed)
	}
	return outcome, err
}

// deliver sends the outcome however long the server is away; only a worker that
// is to end gives up after a while, and then another one does it again.
func (h *hand) deliver(ctx context.Context, key string, outcome any) error {
	finish, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(h.queue.patience, cancel) })
	defer stop()
	for {
		_, err := h.queue.post(finish, h.line.outcomeSubjects+"."+key, outcome)
		if err == nil || final(err) || finish.Err() != nil {
			return err
		}
		if lost(err) {
			_ = h.queue.open(finish) // an error comes again
		}
		pause(finish, retry)
	}
}
