package main

import (
	"context"
	"syscall"
	"time"
)

// betweenKills leaves time for some networks to be measured.
const betweenKills = 600 * time.Millisecond

func killApart(ctx context.Context, l *lab, times int) (tally, error) {
	return l.kill(ctx, times, true)
}

func killHolder(ctx context.Context, l *lab, times int) (tally, error) {
	return l.kill(ctx, times, false)
}

func (l *lab) kill(ctx context.Context, times int, apart bool) (tally, error) {
	return l.rounds(ctx, times, betweenKills, func() (*crew, error) { return l.newCrew(apart, nil) }, func(ctx context.Context, c *crew) error {
		_, err := c.signal(ctx, syscall.SIGKILL)
		return err
	})
}

// pause stops a process as it is, sockets and all, and lets it go on.
func pause(ctx context.Context, l *lab, times int) (tally, error) {
	return l.rounds(ctx, times, betweenKills, func() (*crew, error) { return l.newCrew(true, nil) }, func(ctx context.Context, c *crew) error {
		r, err := c.signal(ctx, syscall.SIGSTOP)
		if err != nil {
			return err
		}
		defer r.signal(syscall.SIGCONT)
		select {
		case <-time.After(time.Duration(c.lab.rng.Float64() * 4 * float64(patience))):
		case <-ctx.Done():
		}
		return nil
	})
}
