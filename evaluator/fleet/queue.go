// Package fleet has networks measured and trained by workers on other GPUs and machines:
// jobs and their outcomes go through NATS JetStream.
package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// rollBucket is where workers say how they are. A user's own is used as it is.
const rollBucket = "TRTNAS_WORKERS"

const rollAge = 24 * time.Hour

// DefaultPatience is how long a worker may be silent before its job is given to
// another one: some lost packets and a busy machine, not a network's build.
const DefaultPatience = 30 * time.Second

// Queue is a connection to the server that holds jobs and outcomes.
type Queue struct {
	// Talk is told what a person should know, such as that there is no worker. It
	// is set before the queue is used; nil is nobody.
	Talk func(text string)

	connection *nats.Conn
	server     jetstream.JetStream
	measuring  line
	training   line
	roll       jetstream.KeyValue
	patience   time.Duration
}

// pingEvery is how often a silent connection is tried: after three in vain it is
// dead, and another one is made.
const pingEvery = 10 * time.Second

// Connect connects to a server and makes the streams that it lacks. A
// connection that breaks later is mended by itself. Patience 0 is the default.
func Connect(ctx context.Context, a Access, patience time.Duration) (*Queue, error) {
	if patience == 0 {
		patience = DefaultPatience
	}
	options, err := a.options()
	if err != nil {
		return nil, err
	}
	options = append(options, nats.Name("trtnas"), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(100*time.Millisecond, time.Second), nats.PingInterval(pingEvery),
		// A server that was killed may have lost what was written since; every wait here
		// has a second look, so writing into the void is worse than an error.
		nats.ReconnectBufSize(-1))
	connection, err := nats.Connect(a.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", a.URL, err)
	}
	q := &Queue{connection: connection, patience: patience, measuring: measuringLine(), training: trainingLine()}
	if err := q.open(ctx); err != nil {
		connection.Close()
		return nil, fmt.Errorf("queue %s: %w; it must be a NATS server with JetStream (nats-server -js)", a.URL, err)
	}
	return q, nil
}

// Dial is Connect for those that may come before the server: it waits for one.
// Talk is the queue's.
func Dial(ctx context.Context, a Access, patience time.Duration, talk func(string)) (*Queue, error) {
	for told := false; ; told = true {
		q, err := Connect(ctx, a, patience)
		if err == nil {
			q.Talk = talk
			return q, nil
		}
		if !Passing(err) || ctx.Err() != nil {
			return nil, err
		}
		if !told {
			talk(fmt.Sprintf("waiting for the queue at %s", a.URL))
		}
		pause(ctx, retry)
	}
}

func (q *Queue) open(ctx context.Context) (err error) {
	if q.server, err = jetstream.New(q.connection); err != nil {
		return err
	}
	if err := errors.Join(q.measuring.open(ctx, q.server), q.training.open(ctx, q.server)); err != nil {
		return err
	}
	q.roll, err = q.server.KeyValue(ctx, rollBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		q.roll, err = q.server.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: rollBucket, Description: "trtnas's workers", TTL: rollAge, MaxValueSize: maxEntry})
	}
	return err
}

// Close ends the connection.
func (q *Queue) Close() error {
	q.connection.Close()
	return nil
}

func (q *Queue) talk(format string, args ...any) {
	if q.Talk != nil {
		q.Talk(fmt.Sprintf(format, args...))
	}
}

// post publishes v unless the subject has a message already: what is there
// first stays, however often and late it is published again.
func (q *Queue) post(ctx context.Context, subject string, v any) (sequence uint64, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	ack, err := q.server.Publish(ctx, subject, data, jetstream.WithExpectLastSequencePerSubject(0))
	var api *jetstream.APIError
	if errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// malformed is what stays wrong however often it is read.
type malformed struct{ error }

func (e malformed) Unwrap() error { return e.error }

// final tells errors that stay from those of a moment in which the server can't
// be reached.
func final(err error) bool {
	var m malformed
	return errors.As(err, &m) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrAuthorization)
}

// lost tells that the server has no streams any more: it is another one, or its
// disk was.
func lost(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrBucketNotFound)
}

// Passing tells errors of connecting that may be gone a moment later: there is
// no server, or it ended or began just then.
func Passing(err error) bool {
	var network net.Error
	return NobodyListens(err) || errors.As(err, &network) && network.Timeout() || slices.ContainsFunc([]error{
		io.EOF, syscall.ECONNRESET, syscall.EPIPE, nats.ErrTimeout, nats.ErrConnectionClosed, nats.ErrDisconnected, nats.ErrStaleConnection, context.DeadlineExceeded,
	}, func(passing error) bool { return errors.Is(err, passing) })
}

// NobodyListens tells whether there is no server at the address.
func NobodyListens(err error) bool {
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, syscall.ECONNREFUSED)
}
