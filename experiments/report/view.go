package report

import (
	"time"

	"github.com/trtnas/trtnas/trt"
)

// ViewSchema names the JSON format of a run as it is drawn.
const ViewSchema = "trtnas.view/1"

// View is a run as it is drawn: everything but its candidates (Candidates) and
// what is known of a single network (NetworkView).
type View struct {
	Schema string `json:"schema"`
	Run
	Planned     int           `json:"planned"` // networks to evaluate
	Settings    []Setting     `json:"settings"`
	Commands    []Command     `json:"commands"`
	Front       FrontColumns  `json:"front"`
	References  []Reference   `json:"references"`
	LeftOut     []LeftOut     `json:"left_out,omitempty"`
	Failures    []FailureKind `json:"failures"`
	Rejected    int           `json:"rejected,omitempty"` // networks kept off the front, outside the range that the accuracy model was fitted on
	Hypervolume Curve         `json:"hypervolume"`
	Screening   []Screening   `json:"screening,omitempty"`
	Health      *Health       `json:"health,omitempty"` // of the device; nil where nothing was measured
	Pending     *Pending      `json:"pending,omitempty"`
}

// Budget is the budget in ms for people.
func (v View) Budget() string { return plain(v.BudgetMS) }

// Setting is one of a run's settings, for people.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Command is a command line and what it is for.
type Command struct {
	Does string `json:"does"`
	Line string `json:"line"`
}

// FrontColumns are a front's figures; index i of each is the same network, the
// slowest first.
type FrontColumns struct {
	Candidate []int     `json:"candidate"` // its place in the run, from 0
	ID        []string  `json:"id"`
	Latency   []float64 `json:"latency_ms"`
	Low       []float64 `json:"latency_low_ms"`
	High      []float64 `json:"latency_high_ms"`
	Level     float64   `json:"latency_level"`
	Source    []string  `json:"latency_source"`
	Top1      []float64 `json:"top1"`
	Top1Low   []float64 `json:"top1_low"`
	Top1High  []float64 `json:"top1_high"`
	Top1Level float64   `json:"top1_level"`
	Top1From  []string  `json:"top1_source"`
	Bound     []float64 `json:"top1_bound"` // what the search maximises
	Spread    []float64 `json:"spread"`     // between builds, as a share; 0 for one build
	Rows      []string  `json:"rows"`       // stages in short
}

// NewFrontColumns puts the front's points into columns; place tells where in
// the run a network was evaluated.
func NewFrontColumns(points []Point, place map[string]int) FrontColumns {
	c := FrontColumns{
		Candidate: []int{}, ID: []string{}, Latency: []float64{}, Low: []float64{}, High: []float64{}, Source: []string{},
		Top1: []float64{}, Top1Low: []float64{}, Top1High: []float64{}, Top1From: []string{}, Bound: []float64{}, Spread: []float64{}, Rows: []string{},
	}
	for _, p := range points {
		c.Candidate, c.ID, c.Rows = append(c.Candidate, place[p.ID]), append(c.ID, p.ID), append(c.Rows, Rows(p.Stages))
		l := p.Latency
		c.Latency, c.Low, c.High = append(c.Latency, Round(l.Value, 5)), append(c.Low, Round(l.Low, 5)), append(c.High, Round(l.High, 5))
		c.Level, c.Source = l.Level, append(c.Source, l.Source)
		t := p.Top1
		c.Top1, c.Top1Low, c.Top1High = append(c.Top1, Round(t.Value, 5)), append(c.Top1Low, Round(t.Low, 5)), append(c.Top1High, Round(t.High, 5))
		c.Top1Level, c.Top1From = t.Level, append(c.Top1From, t.Source)
		c.Bound = append(c.Bound, Round(p.Objective.Accuracy, 5))
		spread := 0.0
		if p.Rebuilt != nil {
			spread = p.Rebuilt.Spread
		}
		c.Spread = append(c.Spread, spread)
	}
	return c
}

// FailureKind counts the failures of one class.
type FailureKind struct {
	Class    string  `json:"class"`
	Networks int     `json:"networks"`
	Share    float64 `json:"share"`   // of all that were evaluated
	Example  string  `json:"example"` // ID of the first such network
	Message  string  `json:"message"` // of the example
	Advice   string  `json:"advice,omitempty"`
}

// Curve is the hypervolume after each generation.
type Curve struct {
	Evaluated []int     `json:"evaluated"`
	Value     []float64 `json:"value"`
	// DeviceS is the device's time in seconds that the networks so far took to
	// build and to time, also those that an earlier run measured; that of builds
	// which failed is not known. Nil where nothing was measured.
	DeviceS []float64 `json:"device_s,omitempty"`
	Grew    int       `json:"grew"` // networks when it last grew by a thousandth
}

// Health is how the device was while the run's networks were measured, a value
// for each session in their order.
type Health struct {
	Time         []int64   `json:"time"`      // Unix seconds
	Candidate    []int     `json:"candidate"` // its place in the run
	Reference    []float64 `json:"reference"` // the reference network's time, against its first; 0 where it was not timed
	SMClockMHz   []int     `json:"sm_mhz"`    // least while the network was timed
	TemperatureC []int     `json:"temperature_c"`
	PowerW       []float64 `json:"power_w"`
	Throttle     []string  `json:"throttle"` // why clocks were lower; empty if they were not
	// GreatestDrift of the reference, as a share: beyond it nothing counts.
	GreatestDrift float64 `json:"greatest_drift"`
}

// Pending is what was measured and belongs to no generation yet.
type Pending struct {
	Networks int       `json:"networks"`
	Last     time.Time `json:"last"`
}

// Add appends a session.
func (h *Health) Add(at time.Time, candidate int, drift *trt.Drift, samples []trt.Health) {
	reference, clock, temperature, power := 0.0, 0, 0, 0.0
	var throttle trt.Throttle
	if drift != nil && drift.Baseline > 0 {
		reference = Round(float64(drift.Before+drift.After)/2/float64(drift.Baseline), 5)
	}
	for _, s := range samples {
		if clock == 0 || s.SMClockMHz < clock {
			clock = s.SMClockMHz
		}
		temperature, power = max(temperature, s.TemperatureC), max(power, s.PowerW)
		throttle |= s.Throttle
	}
	why := ""
	if throttle != 0 {
		why = throttle.String()
	}
	h.Time, h.Candidate, h.Reference = append(h.Time, at.Unix()), append(h.Candidate, candidate), append(h.Reference, reference)
	h.SMClockMHz, h.TemperatureC = append(h.SMClockMHz, clock), append(h.TemperatureC, temperature)
	h.PowerW, h.Throttle = append(h.PowerW, Round(power, 3)), append(h.Throttle, why)
}
