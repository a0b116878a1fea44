package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// echo keeps the messages of a queue and sends them again.
type echo struct {
	connection *nats.Conn
	mu         sync.Mutex
	kept       []*nats.Msg
}

// mostKept messages wait to be sent again.
const mostKept = 2000

func (e *echo) keep(m *nats.Msg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.kept) < mostKept {
		e.kept = append(e.kept, &nats.Msg{Subject: m.Subject, Data: m.Data, Header: m.Header})
	}
}

// again sends up to n of the messages in any order.
func (e *echo) again(perm []int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, i := range perm {
		if i >= len(e.kept) {
			continue
		}
		if err := e.connection.PublishMsg(e.kept[i]); err != nil {
			return err
		}
	}
	return e.connection.Flush()
}

// attach listens to all that goes to the queue.
func (e *echo) attach(c *crew) (err error) {
	if e.connection != nil {
		return nil
	}
	if e.connection, err = nats.Connect(c.queue); err != nil {
		return err
	}
	for _, subject := range []string{"trtnas.job.>", "trtnas.outcome.>"} {
		if _, err := e.connection.Subscribe(subject, e.keep); err != nil {
			return err
		}
	}
	return nil
}

func (e *echo) close() {
	if e.connection != nil {
		e.connection.Close()
	}
}

// echoed are sent at once.
const echoed = 40

// messages has a stranger send again what was sent, late and in any order.
func messages(ctx context.Context, l *lab, times int) (tally, error) {
	e := &echo{}
	t, err := l.rounds(ctx, times, betweenKills/10, func() (*crew, error) {
		e.close()
		e = &echo{}
		return l.newCrew(true, nil)
	}, func(_ context.Context, c *crew) error {
		err := e.attach(c)
		if err == nil {
			err = e.again(c.lab.rng.Perm(mostKept / 10)[:echoed])
		}
		if errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) {
			return nil // it is not up yet, or busy
		}
		return err
	})
	e.close()
	return t, err
}

// said tells whether a program failed with the words.
func said(err error, words string) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && strings.Contains(string(exit.Stderr), words)
}
