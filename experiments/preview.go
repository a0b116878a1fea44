package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// What a measurement is assumed to take where there are too few to tell: builds
// of half a minute, and as long for timing it and the reference network.
const (
	assumedEach = time.Minute
	assumedLow  = 20 * time.Second
	assumedHigh = 3 * time.Minute
	// enough measurements for a mean of theirs to be normal, nearly.
	enough = 10
)

// Preview says what the plan's search would do, and expects how long it would use
// the device. The store is nil where there is none yet; nothing is stored.
func (p Plan) Preview(ctx context.Context, st *store.Store) (report.Plan, error) {
	s, c := p.Settings, p.device.Conditions()
	out := report.Plan{
		Schema: report.PlanSchema, Run: p.Name, Space: s.Space.Name, Genotypes: s.Space.Genotypes(), Networks: s.Space.Networks(),
		BudgetMS: report.Milliseconds(time.Duration(s.Budget)), Conditions: c, Algorithm: string(s.Algorithm),
		Evaluations: s.Evaluations, Population: s.Population, Seed: s.Seed, Trains: s.Accuracy.Tier != "",
	}
	if st != nil {
		if _, err := st.Run(ctx, p.Name); err == nil {
			return out, fmt.Errorf("%w: %s: choose another --name", store.ErrExists, p.Name)
		} else if !errors.Is(err, store.ErrUnknown) {
			return out, err
		}
	}
	if !p.device.Measures {
		return out, nil
	}
	n := s.Evaluations
	if p.device.Renewable() {
		n += s.Finalists
	}
	var err error
	out.DeviceTime, err = p.deviceTime(ctx, st, n)
	return out, err
}

// deviceTime adds up what n networks take under each target.
func (p Plan) deviceTime(ctx context.Context, st *store.Store, n int) (*report.DeviceTime, error) {
	total := report.DeviceTime{Level: 0.8, Source: "measured"}
	mean, variance := 0.0, 0.0
	for _, target := range p.device.All() {
		var took []time.Duration
		if st != nil {
			var err error
			if took, err = st.Elapsed(ctx, target.Conditions()); err != nil {
				return nil, err
			}
		}
		if len(took) < enough {
			return assumed(n * len(p.device.All())), nil
		}
		m, v := moments(took)
		mean += m * float64(n)
		variance += v * float64(n) * float64(n) * (1/float64(len(took)) + 1/float64(n))
		total.Measurements, total.Of = total.Measurements+n, total.Of+len(took)
	}
	half := normal80 * math.Sqrt(variance)
	total.EachS = report.Round(mean/float64(total.Measurements), 3)
	total.Minutes, total.Low, total.High = minutes(mean), minutes(max(mean-half, 0)), minutes(mean+half)
	return &total, nil
}

// normal80 is how many standard deviations about the mean hold 80 % of a normal
// distribution.
const normal80 = 1.2816

func assumed(n int) *report.DeviceTime {
	of := func(each time.Duration) float64 { return minutes(float64(n) * each.Seconds()) }
	return &report.DeviceTime{
		Measurements: n, EachS: assumedEach.Seconds(), Minutes: of(assumedEach), Low: of(assumedLow), High: of(assumedHigh), Source: "assumed",
	}
}

func minutes(seconds float64) float64 { return report.Round(seconds/60, 3) }

// moments are the mean and the variance, in seconds.
func moments(took []time.Duration) (mean, variance float64) {
	n := float64(len(took))
	for _, d := range took {
		mean += d.Seconds() / n
	}
	for _, d := range took {
		off := d.Seconds() - mean
		variance += off * off / (n - 1)
	}
	return mean, variance
}
