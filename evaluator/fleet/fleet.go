package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// Fleet scores networks by what workers measure. What becomes of a measurement
// is the same as where one is made on this machine: a fleet is a driver.
type Fleet struct {
	queue   *Queue
	measure *evaluator.Measure
	device  *remote
}

// New scores under the conditions in spec on workers of the fingerprint, in
// their given session: each session builds anew.
func New(q *Queue, f Fingerprint, spec trt.Spec, session int, model *accuracy.Model) (*Fleet, error) {
	d := &remote{queue: q, fingerprint: f, session: session, archs: map[string]announced{}, waiting: map[string]chan []byte{}}
	var err error
	full := f.Conditions(spec)
	of := Job{Spec: full, Access: f.Access}.Conditions()
	d.done, err = q.connection.Subscribe(fmt.Sprintf("%s.%s.%d.*", doneSubjects, of, session), d.hear)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	// The folder is for models, which the workers write.
	m := evaluator.NewMeasure(full, d, model, "")
	return &Fleet{queue: q, measure: m, device: d}, nil
}

// Conditions are those of all scores.
func (f *Fleet) Conditions() evaluator.Conditions { return f.measure.Conditions() }

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
	queue       *Queue
	fingerprint Fingerprint
	session     int
	done        *nats.Subscription

	mu      sync.Mutex
	archs   map[string]announced   // by ID
	waiting map[string]chan []byte // for outcomes, by their job's key
	looked  time.Time              // around
}

func (d *remote) expect(a announced) {
	d.mu.Lock()
	defer d.mu.Unlock()
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

// Close implements trt.Driver.
func (d *remote) Close() error {
	if err := d.done.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return err
	}
	return nil
}

// Measure implements trt.Driver.
func (d *remote) Measure(ctx context.Context, m trt.Model, s trt.Spec) (trt.Measurement, error) {
	d.mu.Lock()
	a, ok := d.archs[m.ID]
	delete(d.archs, m.ID)
	d.mu.Unlock()
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

// await queues the job, unless its outcome is there already, and waits for it.
// It looks again after a while: messages may be lost with a connection, and
// jobs with a server. The turn ends once it was queued, or can't be just now.
func (d *remote) await(ctx context.Context, j Job, t turn) (Outcome, error) {
	told := d.listen(j.key())
	defer d.forget(j.key())
	var queued uint64
	for {
		o, sequence, err := d.ask(ctx, j)
		t.end()
		if o != nil || final(err) {
			return *cmp.Or(o, &Outcome{}), err
		}
		queued = cmp.Or(sequence, queued)
		again := d.queue.patience
		if err != nil {
			again = min(again, retry)
		}
		select {
		case data := <-told:
			if o, err := parseOutcome(data, j); err == nil {
				return o, nil
			}
		case <-time.After(again):
			d.lookAround(ctx, err)
		case <-ctx.Done():
			d.withdraw(ctx, queued)
			return Outcome{}, ctx.Err()
		}
	}
}

// retry is how soon a server that could not be reached is tried again.
const retry = time.Second

// ask looks for the job's outcome, and queues the job if there is none.
func (d *remote) ask(ctx context.Context, j Job) (o *Outcome, sequence uint64, err error) {
	if o, err = d.queue.outcome(ctx, j); o != nil && err == nil {
		return o, 0, nil
	}
	if err == nil {
		sequence, err = d.queue.postJob(ctx, j)
	}
	if lost(err) {
		err = d.queue.open(ctx)
	}
	if err != nil {
		err = fmt.Errorf("queue: %w", err)
	}
	return nil, sequence, err
}

// withdrawTime is how long a search that is stopped takes at most to take back
// a job.
const withdrawTime = time.Second

// withdraw takes back a job that nobody waits for any more. One that a worker
// has begun is measured all the same, and its outcome kept.
func (d *remote) withdraw(ctx context.Context, sequence uint64) {
	if sequence == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
	defer cancel()
	// If it can't be taken back it is measured, and that does no harm.
	_ = d.queue.jobs.DeleteMsg(ctx, sequence)
}

// lookAround says, once in a while, why nothing comes.
func (d *remote) lookAround(ctx context.Context, err error) {
	d.mu.Lock()
	due := time.Since(d.looked) >= d.queue.patience
	if due {
		d.looked = time.Now()
	}
	d.mu.Unlock()
	if !due {
		return
	}
	members, rollErr := d.queue.present(ctx)
	if err = errors.Join(err, rollErr); err != nil {
		d.queue.talk("waiting for the queue (%v)", err)
		return
	}
	if !slices.ContainsFunc(members, func(m Member) bool { return m.Fingerprint == d.fingerprint }) {
		d.queue.talk("waiting for a worker with %v (%s): `trtnas worker --queue ADDRESS` starts one", d.fingerprint, describeOthers(members))
	}
}

func (d *remote) listen(key string) <-chan []byte {
	told := make(chan []byte, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting[key] = told
	return told
}

func (d *remote) forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, key)
}

// hear hands an outcome to whom waits for it.
func (d *remote) hear(m *nats.Msg) {
	key := strings.TrimPrefix(m.Subject, doneSubjects+".")
	d.mu.Lock()
	defer d.mu.Unlock()
	if told := d.waiting[key]; told != nil {
		select {
		case told <- m.Data:
		default: // it was told before
		}
	}
}

var (
	_ evaluator.Evaluator = (*Fleet)(nil)
	_ trt.Driver          = (*remote)(nil)
)
