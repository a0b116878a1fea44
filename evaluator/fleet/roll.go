package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// State is what a worker does.
type State string

// The states. A worker that is not heard of any more is lost, whatever it did.
const (
	Idle      State = "idle"
	Measuring State = "measuring"
	Training  State = "training"
	Gone      State = "gone" // it took its leave
	Lost      State = "lost"
)

// Entry is what a worker says of itself.
type Entry struct {
	Name        string      `json:"name"`
	Fingerprint Fingerprint `json:"fingerprint"`      // of one that measures
	Course      *Course     `json:"course,omitempty"` // of one that trains
	State       State       `json:"state"`
	Network     string      `json:"network,omitempty"` // that is under way
	Done        int         `json:"done"`              // networks measured or trained
	Failed      int         `json:"failed"`            // networks that could not be
	Why         string      `json:"why,omitempty"`     // it went
}

// Member is a worker as the queue knows it.
type Member struct {
	Entry
	Seen time.Time // by the server's clock
}

const (
	maxEntry = 16 << 10
	maxName  = 100
)

// CheckName says what makes a worker's name unusable.
func CheckName(name string) error {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !ok(r) }) {
		return fmt.Errorf("worker's name %q: need 1 to %d letters, digits, - and _", name, maxName)
	}
	return nil
}

// announce tells the queue of the worker.
func (q *Queue) announce(ctx context.Context, e Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = q.roll.Put(ctx, e.Name, data)
	return err
}

// Workers are those that were heard of in the last day, by name. What is not
// heard of for twice the queue's patience is lost; time is the server's, since
// clocks of machines differ.
func (q *Queue) Workers(ctx context.Context) ([]Member, error) {
	server, err := q.measuring.jobs.Info(ctx)
	if err != nil {
		return nil, err
	}
	now := server.TimeStamp
	keys, err := q.roll.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Member
	for _, key := range keys {
		value, err := q.roll.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue // went at this moment
		}
		if err != nil {
			return nil, err
		}
		m := Member{Seen: value.Created()}
		if err := decode(value.Value(), maxEntry, &m.Entry); err != nil || m.Name != key || CheckName(key) != nil {
			continue // of another version, or no worker's
		}
		if m.State != Gone && now.Sub(m.Seen) > 2*q.patience {
			m.State = Lost
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// present are the workers that are there.
func (q *Queue) present(ctx context.Context) ([]Member, error) {
	all, err := q.Workers(ctx)
	return slices.DeleteFunc(all, func(m Member) bool { return m.State == Gone || m.State == Lost }), err
}

// ErrMixed refuses workers whose latencies can't be compared.
var ErrMixed = errors.New("workers differ")

// lookAgain is how often a search looks for its first worker.
const lookAgain = time.Second

// Gather waits for a worker that suits, and is the fingerprint of all that do;
// if they differ, ErrMixed lists theirs.
func (q *Queue) Gather(ctx context.Context, suits func(Fingerprint) bool) (Fingerprint, error) {
	for told := ""; ; {
		members, err := q.present(ctx)
		waiting := "the queue does not answer, and is asked again"
		switch {
		case err != nil && (final(err) || lost(err)):
			return Fingerprint{}, fmt.Errorf("workers: %w", err)
		case err == nil:
			prints, err := distinct(members, suits)
			if err != nil || len(prints) == 1 {
				return prints[0], err
			}
			waiting = fmt.Sprintf("waiting for a worker (%s): `trtnas worker --queue ADDRESS` starts one on each GPU", describeOthers(members))
		}
		if waiting != told {
			told = waiting
			q.talk("%s", waiting)
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return Fingerprint{}, ctx.Err()
		}
	}
}

func describeOthers(members []Member) string {
	if len(members) == 0 {
		return "there is none"
	}
	return fmt.Sprintf("there are %d of other kinds", len(members))
}

// distinct are the fingerprints that suit.
func distinct(members []Member, suits func(Fingerprint) bool) ([]Fingerprint, error) {
	var prints []Fingerprint
	var lines []string
	for _, m := range members {
		if m.Course == nil && suits(m.Fingerprint) {
			prints = append(prints, m.Fingerprint)
			lines = append(lines, fmt.Sprintf("  %s: %v", m.Name, m.Fingerprint))
		}
	}
	slices.SortFunc(prints, func(a, b Fingerprint) int { return cmp.Compare(a.Key(), b.Key()) })
	prints = slices.Compact(prints)
	if len(prints) > 1 {
		return prints, fmt.Errorf("%w, and latencies of different devices, drivers or versions of TensorRT can't be compared:\n%s\nend those that are not meant, or choose one device's by its name with --device", ErrMixed, strings.Join(lines, "\n"))
	}
	return prints, nil
}
