package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/search"
)

// Level of all intervals of a comparison.
const Level = 1 - Significance

// Hypervolume compares the fronts as a whole: what they dominate up to one
// reference point, the stricter of the sides' in each objective.
type Hypervolume struct {
	Objectives []experiments.Objective `json:"objectives"`
	Reference  []float64               `json:"reference,omitempty"` // as the search minimises them
	A          Spread                  `json:"a"`
	B          Spread                  `json:"b"`
	// Percent is by how much A is above B, in per cent of B's mean: the median
	// difference of a run of A and one of B (Hodges and Lehmann 1963).
	Percent *Estimate `json:"percent,omitempty"`
	P       *float64  `json:"p,omitempty"` // of the rank-sum test over runs
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note,omitempty"` // why there is no verdict
}

// Spread is a figure over the runs of a side, which differ in their seed. The
// interval holds the mean of all seeds with probability Level, by Student's t.
type Spread struct {
	Values []float64 `json:"values"` // in the order of the runs' names
	Mean   float64   `json:"mean"`
	Low    *float64  `json:"low,omitempty"` // unknown for one run
	High   *float64  `json:"high,omitempty"`
}

// Estimate is a figure with an interval that holds the true one with probability
// Level; the interval is left out where there are too few values for one.
type Estimate struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
}

func newSpread(values []float64) Spread {
	s := Spread{Values: values, Mean: stat.Mean(values, nil)}
	if n := float64(len(values)); n > 1 {
		t := distuv.StudentsT{Sigma: 1, Nu: n - 1}
		half := t.Quantile((1+Level)/2) * stat.StdDev(values, nil) / math.Sqrt(n)
		low, high := s.Mean-half, s.Mean+half
		s.Low, s.High = &low, &high
	}
	return s
}

func newHypervolume(a, b Side, otherConditions bool) Hypervolume {
	h := Hypervolume{Objectives: a.first().Objectives(), Reference: a.first().Reference(), Verdict: Refused}
	if !slices.Equal(h.Objectives, b.first().Objectives()) {
		h.Reference, h.Note = nil, "the runs have other objectives"
		h.A, h.B = a.hypervolumes(a.first().Reference()), b.hypervolumes(b.first().Reference())
		return h
	}
	for i, v := range b.first().Reference() {
		h.Reference[i] = min(h.Reference[i], v)
	}
	h.A, h.B = a.hypervolumes(h.Reference), b.hypervolumes(h.Reference)
	if otherConditions {
		h.Note = "latencies or accuracies are of other conditions, so a difference is not the searches'"
		return h
	}
	h.judge()
	return h
}

// judge compares by the rank-sum test over runs.
func (h *Hypervolume) judge() {
	value, low, high, ok := shift(h.A.Values, h.B.Values)
	percent := func(v float64) *float64 { v *= 100 / h.B.Mean; return &v }
	if h.B.Mean > 0 {
		h.Percent = &Estimate{Value: *percent(value)}
	}
	if len(h.A.Values) == 1 || len(h.B.Values) == 1 {
		h.Verdict, h.Note = Unknown, "how far seeds differ is not known from one run: give several of each, such as 'NAME-seed*'"
		return
	}
	if !ok {
		h.Verdict, h.Note = Unknown, fmt.Sprintf("%d and %d runs are too few for any difference to be significant: 4 and 4 are enough", len(h.A.Values), len(h.B.Values))
		return
	}
	if h.Percent != nil {
		h.Percent.Low, h.Percent.High = percent(low), percent(high)
	}
	p := MannWhitney(h.A.Values, h.B.Values)
	h.P, h.Verdict = &p, Tie
	if p < Significance && (low > 0 || high < 0) {
		h.Verdict = order(value)
	}
}

// hypervolumes of the side's fronts up to the reference point.
func (s Side) hypervolumes(reference []float64) Spread {
	var values []float64
	for _, run := range s.Runs {
		var points [][]float64
		for _, r := range run.Results {
			if o := run.Outcome(r); o.Violation == 0 {
				points = append(points, o.Objectives)
			}
		}
		values = append(values, search.Hypervolume(points, reference))
	}
	return newSpread(values)
}
