package trt

import (
	"context"
	"math"
	"slices"
	"time"
)

// sample times the engine until the median's interval is as narrow as the
// protocol asks, or its caps are met.
func (p Protocol) sample(ctx context.Context, e Engine) (all Timing, converged bool, err error) {
	spent := time.Duration(0)
	for n := p.MinSamples; n > 0; n = p.more(all.Samples, spent) {
		t, err := e.Time(ctx, n, p.WarmUp)
		if err != nil {
			return all, false, err
		}
		if len(t.Samples) == 0 {
			return all, false, Failf(Degraded, "%d batches were asked for, none was timed", n)
		}
		for _, d := range t.Samples {
			if d <= 0 {
				return all, false, Failf(Degraded, "a batch that took %v", d)
			}
			spent += d
		}
		all.Samples = append(all.Samples, t.Samples...)
		all.Health = append(all.Health, t.Health...)
		for _, w := range t.Warnings {
			if !slices.Contains(all.Warnings, w) {
				all.Warnings = append(all.Warnings, w)
			}
		}
	}
	return all, MedianOf(all.Samples).HalfWidth() <= p.HalfWidth, nil
}

// more is how many further samples the protocol asks for; 0 is enough. The
// interval narrows with the root of their number.
func (p Protocol) more(samples []time.Duration, spent time.Duration) int {
	n, median := len(samples), MedianOf(samples)
	wanted := 0
	if ratio := median.HalfWidth() / p.HalfWidth; ratio > 1 {
		wanted = int(math.Ceil(float64(n) * (ratio*ratio - 1)))
		wanted = max(wanted, n/10+1) // or a near miss would take many rounds
	}
	perBatch := max(spent/time.Duration(n), 1)
	if spent < p.MinTime {
		wanted = max(wanted, int((p.MinTime-spent)/perBatch)+1)
	}
	return max(0, min(wanted, p.MaxSamples-n, int((p.MaxTime-spent)/perBatch)))
}
