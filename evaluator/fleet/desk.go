package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// asked is a job that is queued and waited for.
type asked interface {
	key() string
	crew() string // the key of the fingerprint of those that can do it
}

// desk queues jobs of a line and waits for what becomes of them.
type desk[J asked, O any] struct {
	queue *Queue
	line  *line
	parse func(data []byte, j J) (O, error)
	lacks func([]Member) string // who is missing among the workers; empty is nobody
	done  *nats.Subscription

	mu      sync.Mutex
	waiting map[string]chan []byte // for outcomes, by their job's key
	looked  time.Time              // around
}

// attend hears of the outcomes whose keys match the pattern.
func (d *desk[J, O]) attend(pattern string) (err error) {
	d.waiting = map[string]chan []byte{}
	if d.done, err = d.queue.connection.Subscribe(d.line.doneSubjects+"."+pattern, d.hear); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// Close stops listening. The queue stays open.
func (d *desk[J, O]) Close() error {
	if err := d.done.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return err
	}
	return nil
}

// await queues the job, unless its outcome is there already, and waits for it.
// It looks again after a while: messages may be lost with a connection, and
// jobs with a server. The turn ends once it was queued, or can't be just now.
func (d *desk[J, O]) await(ctx context.Context, j J, t turn) (O, error) {
	told := d.listen(j.key())
	defer d.forget(j.key())
	var queued uint64
	for {
		o, sequence, err := d.ask(ctx, j)
		t.end()
		if o != nil || final(err) {
			return *cmp.Or(o, new(O)), err
		}
		queued = cmp.Or(sequence, queued)
		again := d.queue.patience
		if err != nil {
			again = min(again, retry)
		}
		select {
		case data := <-told:
			if o, err := d.parse(data, j); err == nil {
				return o, nil
			}
		case <-time.After(again):
			d.lookAround(ctx, err)
		case <-ctx.Done():
			d.withdraw(ctx, queued)
			return *new(O), ctx.Err()
		}
	}
}

// retry is how soon a server that could not be reached is tried again.
const retry = time.Second

// ask looks for the job's outcome, and queues the job if there is none.
func (d *desk[J, O]) ask(ctx context.Context, j J) (o *O, sequence uint64, err error) {
	var found O
	data, err := d.line.outcome(ctx, j.key(), func(data []byte) (err error) { found, err = d.parse(data, j); return err })
	if data != nil {
		return &found, 0, nil
	}
	if err == nil {
		sequence, err = d.queue.post(ctx, d.line.jobSubjects+"."+j.crew()+"."+j.key(), j)
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
// has begun is done all the same, and its outcome kept.
func (d *desk[J, O]) withdraw(ctx context.Context, sequence uint64) {
	if sequence == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
	defer cancel()
	// If it can't be taken back it is done, and that does no harm.
	_ = d.line.jobs.DeleteMsg(ctx, sequence)
}

// lookAround says, once in a while, why nothing comes.
func (d *desk[J, O]) lookAround(ctx context.Context, err error) {
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
	if text := d.lacks(members); text != "" {
		d.queue.talk("%s", text)
	}
}

func (d *desk[J, O]) listen(key string) <-chan []byte {
	told := make(chan []byte, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting[key] = told
	return told
}

func (d *desk[J, O]) forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, key)
}

// hear hands an outcome to whom waits for it.
func (d *desk[J, O]) hear(m *nats.Msg) {
	key := strings.TrimPrefix(m.Subject, d.line.doneSubjects+".")
	d.mu.Lock()
	defer d.mu.Unlock()
	if told := d.waiting[key]; told != nil {
		select {
		case told <- m.Data:
		default: // it was told before
		}
	}
}
