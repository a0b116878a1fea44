package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"slices"
)

// Surrogate learns what candidates are like from those that were evaluated, at
// little cost. Its beliefs must follow from what it was given alone.
type Surrogate[G any] interface {
	// Learn takes in all candidates evaluated so far, in their order.
	Learn(ctx context.Context, evaluated []Individual[G]) error
	// Believe returns what is expected of candidates, z standard deviations worse
	// than the mean in every objective that is not known; -1 is an optimist.
	Believe(ctx context.Context, gs []G, z float64) ([]Outcome, error)
}

// Screened spends few evaluations: each round a surrogate scores many
// candidates, bred by NSGA-II on what it believes, and those are evaluated that
// would add most hypervolume if they turned out one standard deviation better
// than expected. A quarter of them are explorers, bred from samples instead of
// from what is known, and hoped for more. Where the surrogate
// ranks badly what it had not seen, a round is one of plain NSGA-II instead.
type Screened[G any] struct {
	Surrogate Surrogate[G]
	Batch     int // candidates to evaluate in a round, at least 1
	Inner     int // candidates to score in a round, at least Population
	// Population is that of NSGA-II, on the surrogate and in the rounds without.
	Population int
	Seed       int64
	Seeds      []G // evaluated first
}

// screenedMemo is what a later round needs of earlier ones, beside what was
// evaluated.
type screenedMemo struct {
	// Believed and Found are the objectives of candidates before and after their
	// evaluation, the latest last.
	Believed [][]float64 `json:"believed"`
	Found    [][]float64 `json:"found"`
	Screening
}

// Screening is how a round of a screened search went.
type Screening struct {
	// Quality is the least Kendall tau, over the objectives that are not known
	// beforehand, between what was believed of the last candidates and what was
	// then found; nil where they are too few.
	Quality *float64 `json:"quality"`
	// Plain tells that the round did without the surrogate, for its quality.
	Plain bool `json:"plain"`
}

// ScreeningOf reads how the last round went from a state's memo.
func ScreeningOf(memo json.RawMessage) (Screening, error) {
	var s Screening
	err := json.Unmarshal(memo, &s)
	return s, err
}

// The surrogate is judged on its last judged beliefs, from the time when there
// are enough of them, and ranks badly below poorTau: in a search's narrow choice
// a useful model has a Kendall tau of 0.5 and more.
const (
	judged    = 64
	enoughFor = 24
	poorTau   = 0.3
)

// Search implements Strategy.
func (c Screened[G]) Search(ctx context.Context, s *Session[G]) error {
	if c.Surrogate == nil || c.Batch < 1 || c.Population < 2 || c.Inner < c.Population {
		return errors.New("screened search needs a surrogate, a batch of 1 or more, a population of 2 or more and at least as many candidates to score")
	}
	s.KeepHistory()
	var memo screenedMemo
	if err := s.Memo(&memo); err != nil {
		return err
	}
	for {
		if err := c.round(ctx, s, &memo); err != nil {
			return err
		}
	}
}

// round proposes, evaluates, and judges the beliefs by what was found.
func (c Screened[G]) round(ctx context.Context, s *Session[G], memo *screenedMemo) error {
	rng := generationRNG(c.Seed, s.Generation())
	if err := c.Surrogate.Learn(ctx, s.History()); err != nil {
		return fmt.Errorf("learning from %d candidates: %w", len(s.History()), err)
	}
	memo.judge()
	if s.Generation() == 0 {
		for _, g := range c.Seeds {
			s.Propose(g)
		}
	}
	if err := c.propose(ctx, s, memo.Plain, rng); err != nil {
		return err
	}
	believed, err := c.Surrogate.Believe(ctx, s.Proposed(), 0)
	if err != nil {
		return err
	}
	found, err := s.Evaluate(ctx)
	if err != nil {
		return err
	}
	note(memo, believed, found)
	s.SetMemo(memo)
	return s.EndGeneration(ctx, found)
}

// propose fills the batch: by the surrogate, or without it, and with samples
// where neither finds something new.
func (c Screened[G]) propose(ctx context.Context, s *Session[G], plain bool, rng *rand.Rand) error {
	room := max(c.Batch-len(s.Proposed()), 0)
	if !plain && room > 0 {
		proposed, err := c.screen(ctx, s, room)
		if err != nil {
			return err
		}
		room -= proposed
	}
	if plain && len(s.History()) >= 2 {
		room -= breed(s, selectBest(s.History(), c.Population), room, rng)
	}
	for room > 0 && proposeSample(s, rng) {
		room--
	}
	return nil
}

// judge decides whether the next round uses the surrogate.
func (m *screenedMemo) judge() {
	m.Screening = Screening{}
	if len(m.Found) < enoughFor {
		return
	}
	if q := quality(m.Believed, m.Found); !math.IsNaN(q) {
		m.Quality, m.Plain = &q, q < poorTau
	}
}

// note keeps the last beliefs that can be judged.
func note[G any](m *screenedMemo, believed []Outcome, found []Individual[G]) {
	for i, f := range found {
		if len(f.Objectives) > 0 && len(believed[i].Objectives) == len(f.Objectives) {
			m.Believed, m.Found = append(m.Believed, believed[i].Objectives), append(m.Found, f.Objectives)
		}
	}
	if extra := len(m.Found) - judged; extra > 0 {
		m.Believed, m.Found = slices.Clone(m.Believed[extra:]), slices.Clone(m.Found[extra:])
	}
}

// quality is the least Kendall tau over the objectives that are not known
// beforehand; NaN if all are.
func quality(believed, found [][]float64) float64 {
	least := math.NaN()
	for o := range found[0] {
		known := true
		for i := range found {
			known = known && believed[i][o] == found[i][o]
		}
		if tau := kendall(believed, found, o); !known && !(tau >= least) {
			least = tau
		}
	}
	return least
}

// kendall is Kendall's tau-a of one objective.
func kendall(a, b [][]float64, o int) float64 {
	sum, pairs := 0, 0
	for i := range a {
		for j := range i {
			pairs++
			switch product := (a[i][o] - a[j][o]) * (b[i][o] - b[j][o]); {
			case product > 0:
				sum++
			case product < 0:
				sum--
			}
		}
	}
	return float64(sum) / float64(pairs)
}

var _ Strategy[int] = Screened[int]{}
