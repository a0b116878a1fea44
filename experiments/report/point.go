// Package report renders results: as versioned JSON and as text for people.
package report

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// Point is a network with its figures.
type Point struct {
	ID        string        `json:"id"`
	Objective *Objective    `json:"objective,omitempty"`
	Latency   *Estimate     `json:"latency_ms,omitempty"`
	Beside    []*Estimate   `json:"latency_beside_ms,omitempty"` // under the conditions of a run's further budgets
	Top1      *Estimate     `json:"top1,omitempty"`
	Params    int64         `json:"params"`
	MACs      int64         `json:"macs"` // for one image at the conditions' resolution
	Engine    *Engine       `json:"engine,omitempty"`
	Stem      string        `json:"stem,omitempty"`
	Reduction string        `json:"reduction,omitempty"`
	Stages    []space.Stage `json:"stages"`
	Rebuilt   *Rebuilt      `json:"rebuilt,omitempty"` // of a network that was built and timed again
	Labels    []Label       `json:"labels,omitempty"`  // of a network that was trained, one for each training
}

// Rebuilt is how the builds of one network differ: TensorRT chooses kernels by
// timing them.
type Rebuilt struct {
	BuildsMS []float64 `json:"builds_ms"` // medians in the order of the sessions
	Spread   float64   `json:"spread"`    // between the slowest and the fastest, as a share of the latter
}

// NewRebuilt compares the builds' medians in ms; nil for less than two.
func NewRebuilt(ms []float64) *Rebuilt {
	if len(ms) < 2 {
		return nil
	}
	return &Rebuilt{BuildsMS: ms, Spread: digits(slices.Max(ms)/slices.Min(ms) - 1)}
}

// Objective is what a search optimises: the lower bound of the accuracy in per
// cent, and the latency.
type Objective struct {
	Accuracy  float64 `json:"accuracy"`
	LatencyMS float64 `json:"latency_ms"`
}

// Estimate is a figure with its interval, which holds the true value with
// probability Level, and its source.
type Estimate struct {
	Value        float64 `json:"value"`
	Low          float64 `json:"low"`
	High         float64 `json:"high"`
	Level        float64 `json:"level"`
	Source       string  `json:"source"`
	Extrapolated bool    `json:"extrapolated,omitempty"`
}

// Measured reports whether the figure was read off a device.
func (e *Estimate) Measured() bool {
	return e.Source == string(evaluator.LatencyMeasured) || e.Source == string(evaluator.LatencyRemeasured)
}

// Reference is a published network beside a front.
type Reference struct {
	Name       string               `json:"name"`
	Family     string               `json:"family"`
	Definition reference.Definition `json:"definition"`
	Note       string               `json:"note,omitempty"`
	Point
	// Published is a latency that others measured under these conditions.
	Published *Published `json:"published,omitempty"`
	Gap       *Gap       `json:"gap,omitempty"`
}

// Published is a measurement by others, in ms.
type Published struct {
	LatencyMS float64 `json:"latency_ms"`
	Source    string  `json:"source"`
}

// Gap is how far the front is ahead of a network, in the objective: points of
// accuracy at equal latency, and per cent of latency at equal accuracy. A
// missing figure means that the front has no point there.
type Gap struct {
	Points  *float64 `json:"points_at_equal_latency,omitempty"`
	Percent *float64 `json:"percent_latency_at_equal_accuracy,omitempty"`
}

// Milliseconds is d in ms.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// plain is a number for people, without an exponent: an hour is 3600000 ms.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// NewPoint gives the figures of a candidate.
func NewPoint(r evaluator.Result) Point {
	p := ScorePoint(r.ID, r.Score, r.Arch.Stages[:])
	for _, l := range r.Beside {
		p.Beside = append(p.Beside, newEstimate(l))
	}
	p.Stem, p.Reduction = r.Arch.Stem.String(), r.Arch.Reduction.String()
	return p
}

// ScorePoint gives the figures of any network with its rows, if it has any.
func ScorePoint(id string, s evaluator.Score, rows []space.Stage) Point {
	ms := Milliseconds(s.Latency.Value)
	p := Point{
		ID:      id,
		Latency: newEstimate(s.Latency),
		Params:  s.Params, MACs: s.MACs, Engine: newEngine(s.Engine), Stages: append([]space.Stage{}, rows...),
	}
	if a := s.Accuracy; a.Source != "" {
		p.Objective = &Objective{Accuracy: a.Bound, LatencyMS: ms}
		p.Top1 = &Estimate{
			Value: digits(a.Value), Low: digits(a.Low), High: digits(a.High),
			Level: a.Level, Source: string(a.Source), Extrapolated: a.Extrapolated,
		}
	}
	return p
}

func newEstimate(l evaluator.Latency) *Estimate {
	return &Estimate{
		Value: Milliseconds(l.Value), Low: Milliseconds(l.Low), High: Milliseconds(l.High),
		Level: l.Level, Source: string(l.Source), Extrapolated: l.Extrapolated,
	}
}

// digits keeps four decimals of a percentage, far below what is resolved.
func digits(x float64) float64 { return math.Round(x*1e4) / 1e4 }
