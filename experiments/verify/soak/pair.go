package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// twoSearches has two searches, of different seeds, write to one file.
func twoSearches(ctx context.Context, l *lab, _ int) (t tally, err error) {
	db := filepath.Join(l.folder, "two.db")
	crews := []*crew{l.alone(db, 0), l.alone(db, 1)}
	errs := make([]error, len(crews))
	var both sync.WaitGroup
	for i, c := range crews {
		both.Go(func() { errs[i] = c.follow(ctx) })
	}
	both.Wait()
	if err := errors.Join(errs...); err != nil {
		return t, err
	}
	t.Faults = 1
	for _, c := range crews {
		if c.seen, err = c.final(ctx); err != nil {
			return t, err
		}
	}
	// Results and timings belong to both.
	for i, c := range crews {
		want, others := c.lab.want[c.seed], crews[1-i].lab.want[crews[1-i].seed]
		for name := range c.seen {
			if _, mine := want[name]; !mine && shared(name) && others[name] != "" {
				delete(c.seen, name)
			}
		}
		one := compare(want, c.seen)
		if one == (tally{}) {
			one.Runs = 1
		}
		t.add(one)
	}
	return t, nil
}

func shared(name string) bool {
	return strings.HasPrefix(name, "result ") || strings.HasPrefix(name, "timing ")
}

// oneRunTwice has a second process follow a run that goes on. One of them
// notices and ends, and nothing is stored twice.
func oneRunTwice(ctx context.Context, l *lab, times int) (t tally, err error) {
	for t.Faults < times {
		l.made++
		c := l.alone(filepath.Join(l.folder, "twice"+string(rune('a'+l.made%26))+".db"), 0)
		var refused atomic.Int32
		other := *c
		for _, r := range []*role{c.search, other.rival()} {
			r.bears = func(_ int, said string) bool {
				refused.Add(1)
				return strings.Contains(said, "another process follows this run") || strings.Contains(said, "run exists")
			}
		}
		errs := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { errs[0] = c.follow(ctx) })
		both.Go(func() {
			time.Sleep(time.Duration(l.rng.Float64() * float64(betweenKills) / 2))
			errs[1] = other.follow(ctx)
		})
		both.Wait()
		if err = errors.Join(errs...); err == nil {
			err = c.verdict(ctx)
		}
		c.Faults = 1
		t.add(c.tally)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// rival is the crew's search as a role of its own.
func (c *crew) rival() *role {
	c.search = &role{name: "rival", command: c.search.command}
	return c.search
}
