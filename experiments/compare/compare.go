package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// Schema names the JSON format of a Comparison.
const Schema = "trtnas.compare/1"

// Comparison is two sides beside each other. What differs in their conditions
// comes first, since all other differences may come from it.
type Comparison struct {
	Schema      string       `json:"schema"`
	A           Runs         `json:"a"`
	B           Runs         `json:"b"`
	Differences []Difference `json:"differences"`
	// OtherConditions names the conditions in which the sides differ: latencies
	// and accuracies of one are then none of the other.
	OtherConditions []string    `json:"other_conditions"`
	Hypervolume     Hypervolume `json:"hypervolume"`
	Latency         Latency     `json:"latency"`
}

// Runs are those of one side.
type Runs struct {
	Asked string   `json:"asked"`
	Names []string `json:"names"`
	// Unfinished are those that may still go on.
	Unfinished []string `json:"unfinished"`
	Conditions string   `json:"conditions"`
}

// Verdict says what a comparison found.
type Verdict string

// The verdicts. Higher and Lower are of A against B.
const (
	Higher Verdict = "A higher"
	Lower  Verdict = "A lower"
	Tie    Verdict = "~" // no difference that chance or the intervals don't explain
	// Unknown is for want of repetitions.
	Unknown Verdict = "?"
	// Refused is of what is not comparable.
	Refused Verdict = "not comparable"
)

// order is the verdict on a difference that was found to be none of chance.
func order(difference float64) Verdict {
	if difference > 0 {
		return Higher
	}
	return Lower
}

// New compares two sides of one database.
func New(ctx context.Context, st *store.Store, a, b Side) (Comparison, error) {
	for _, r := range a.Runs {
		if slices.ContainsFunc(b.Runs, func(other experiments.Record) bool { return other.Run.ID == r.Run.ID }) {
			return Comparison{}, fmt.Errorf("%w: run %s is on both sides", ErrSides, r.Run.Name)
		}
	}
	c := Comparison{
		Schema: Schema, A: newRuns(a), B: newRuns(b), OtherConditions: []string{},
		Differences: append([]Difference{}, differences(a.shared(), b.shared())...),
	}
	for _, d := range differences(experiments.ConditionFacts(a.conditions()), experiments.ConditionFacts(b.conditions())) {
		c.OtherConditions = append(c.OtherConditions, d.Name)
	}
	c.Hypervolume = newHypervolume(a, b, len(c.OtherConditions) > 0)
	var err error
	c.Latency, err = newLatency(ctx, st, a, b)
	return c, err
}

func newRuns(s Side) Runs {
	r := Runs{Asked: s.Asked, Unfinished: []string{}, Conditions: report.Conditions(s.conditions())}
	for _, run := range s.Runs {
		r.Names = append(r.Names, run.Run.Name)
		if !run.Run.Finished() {
			r.Unfinished = append(r.Unfinished, run.Run.Name)
		}
	}
	return r
}

// shared are the facts of all runs of the side: a seed is one of a single run
// only.
func (s Side) shared() []report.Setting {
	facts := s.first().Facts()
	if len(s.Runs) == 1 {
		return facts
	}
	return slices.DeleteFunc(facts, func(f report.Setting) bool { return experiments.Repeats(f.Name) })
}
