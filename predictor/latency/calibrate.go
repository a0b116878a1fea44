package latency

import (
	"fmt"
	"slices"
)

// LeastSamples is the smallest calibration: with fewer than 10 networks the
// interval's 80 % are those of one or two errors.
const LeastSamples = 10

// Origin is where a calibrated profile's rows come from, as far as a
// latency depends on it and Profile does not say it. For published rows there
// is nothing but a note.
type Origin struct {
	Source  Source `json:"source"`
	Driver  string `json:"driver"`         // of the GPU
	Builder string `json:"builder"`        // typing, optimization level and workspace of the engines
	Output  string `json:"output"`         // of the engines: classifier or features
	Space   string `json:"space"`          // of the networks that were measured
	Seed    int64  `json:"seed"`           // of the networks to choose from
	Note    string `json:"note,omitempty"` // what the rows are not
}

// Source is how a profile's rows were taken.
type Source string

// The sources.
const (
	Measured      Source = "measured"
	Simulated     Source = "simulated"
	PublishedRows Source = "published" // by others
)

// CalibrationReport says what a calibration is worth.
type CalibrationReport struct {
	// Networks that the scores are of, all of them measured. The reference
	// network is not among them.
	Networks  int    `json:"networks"`
	Reference string `json:"reference"`
	// Calibrated on growing numbers of networks; each network is predicted by a
	// fit without it.
	Calibrated []CalibrationScores `json:"calibrated"`
	// Scaled is the base profile with its rates and bandwidth scaled by the
	// reference network, Unscaled as it was.
	Scaled   Scores `json:"scaled"`
	Unscaled Scores `json:"unscaled"`
}

// CalibrationScores are those of a fit on the first networks.
type CalibrationScores struct {
	On int `json:"on"` // networks, besides the reference
	Scores
}

// Calibrate fits the profile of another device, of which as says what it is: on
// one reference network measured there, by which the priors are scaled, and
// the samples. All are of the batch and the resolution in as; how the interval
// widens away from them is taken over from p.
func (p *Profile) Calibrate(as Profile, reference Sample, samples []Sample) (*Profile, CalibrationReport, error) {
	c := calibration{base: p, reference: reference, samples: slices.Clone(samples)}
	for i := range c.samples {
		c.samples[i].Family = c.samples[i].Network // their errors don't go together
	}
	r := CalibrationReport{Networks: len(samples), Reference: reference.Network}
	if len(samples) < LeastSamples {
		return nil, r, fmt.Errorf("calibration on %d networks: need at least %d", len(samples), LeastSamples)
	}
	var err error
	if c.priors, err = p.Priors(reference); err != nil {
		return nil, r, err
	}
	predicted, err := c.judge(&r)
	if err != nil {
		return nil, r, err
	}
	as.Rows, as.Families = 1+len(samples), 1+len(samples)
	as.Interval = p.Interval
	as.Interval.Home = reference.Resolution
	as.Interval.Spread = significant(max(spreadOf(c.samples, predicted), leastSpread), 3)
	as.Constants, err = Fit(append([]Sample{reference}, c.samples...), c.priors)
	return &as, r, err
}

// leastSpread is the 1 % to which a median is measured: no prediction is surer.
const leastSpread = 0.01

// calibration is what Calibrate works on.
type calibration struct {
	base      *Profile
	priors    Priors
	reference Sample
	samples   []Sample
}

// judge scores the base profile and the fits on more and more networks, and
// returns what the fits on all others predict of each.
func (c *calibration) judge(r *CalibrationReport) (predicted []float64, err error) {
	scaled := c.priors.Centre()
	r.Unscaled = c.score(c.base.Name, c.sums(&c.base.Constants))
	r.Scaled = c.score(c.base.Name+" scaled by "+c.reference.Network, c.sums(&scaled))
	for _, n := range steps(len(c.samples)) {
		if predicted, err = c.leaveOut(n); err != nil {
			return nil, err
		}
		r.Calibrated = append(r.Calibrated, CalibrationScores{n, c.score("calibrated", predicted)})
	}
	return predicted, nil
}

// steps are the numbers of networks that a calibration is judged after: 10, 20,
// 40, ..., and all.
func steps(all int) []int {
	var list []int
	for n := LeastSamples; n < all; n *= 2 {
		list = append(list, n)
	}
	return append(list, all)
}

// leaveOut predicts every sample in ms from the first n and the reference,
// without the sample itself.
func (c *calibration) leaveOut(n int) ([]float64, error) {
	fit := func(without int) (Constants, error) {
		train := []Sample{c.reference}
		for i, s := range c.samples[:n] {
			if i != without {
				train = append(train, s)
			}
		}
		return Fit(train, c.priors)
	}
	whole, err := fit(n)
	if err != nil {
		return nil, err
	}
	predicted := c.sums(&whole)
	for i := range c.samples[:n] {
		constants, err := fit(i)
		if err != nil {
			return nil, err
		}
		predicted[i] = constants.Sum(c.samples[i].Kernels, c.samples[i].Batch)
	}
	return predicted, nil
}

func (c *calibration) sums(constants *Constants) []float64 {
	ms := make([]float64, len(c.samples))
	for i, s := range c.samples {
		ms[i] = constants.Sum(s.Kernels, s.Batch)
	}
	return ms
}

func (c *calibration) score(name string, predicted []float64) Scores {
	return score(name, c.samples, predicted, func(s *Sample) string { return s.Network })
}
