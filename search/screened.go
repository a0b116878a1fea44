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
	// Samples is how many were drawn for rounds without the surrogate.
	Samples int `json:"samples,omitempty"`
	Screening
}

// Screening is how a round of a screened search went.
type Screening struct {
	// Quality is the least Kendall tau, over the objectives that are not known
	// beforehand, between what was believed of the last candidates and what was
	// then found; nil where they are too few.
	Quality *float64 `json:"quality"`
	// Plain tells that the round did without the surrogate, for its quality or
	// because its beliefs are groundless.
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
// a useful model has a Kendall tau of 0.5 and more. It errs by muchMore if its
// median error is so many times that of a guess; in simulated searches, a useful
// one's was never above 1.2 times.
const (
	judged    = 64
	enoughFor = 24
	poorTau   = 0.3
	muchMore  = 2
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
	if err := c.propose(ctx, s, memo, rng); err != nil {
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
func (c Screened[G]) propose(ctx context.Context, s *Session[G], memo *screenedMemo, rng *rand.Rand) error {
	room := max(c.Batch-len(s.Proposed()), 0)
	if !memo.Plain && room > 0 {
		proposed, err := c.screen(ctx, s, room)
		if err != nil {
			return err
		}
		room -= proposed
	}
	if memo.Plain {
		room -= c.plain(s, memo, room, rng)
	}
	for room > 0 && proposeSample(s, rng) {
		room--
	}
	return nil
}

// plain proposes up to n candidates without the surrogate, and returns their
// number. As NSGA-II it begins with a population of samples: what a bad
// surrogate chose is too much alike to breed from.
func (c Screened[G]) plain(s *Session[G], memo *screenedMemo, n int, rng *rand.Rand) int {
	proposed := 0
	for proposed < n && memo.Samples < c.Population && proposeSample(s, rng) {
		proposed++
		memo.Samples++
	}
	if len(s.History()) < 2 {
		return proposed
	}
	return proposed + breed(s, selectBest(s.History(), c.Population), n-proposed, rng)
}

// judge decides whether the next round uses the surrogate.
func (m *screenedMemo) judge() {
	m.Screening = Screening{}
	if len(m.Found) < enoughFor {
		return
	}
	if q := quality(m.Believed, m.Found); !math.IsNaN(q) {
		m.Quality, m.Plain = &q, q < poorTau || groundless(m.Believed, m.Found)
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
	_, unknown := objectives(believed, found)
	least := math.NaN()
	for _, o := range unknown {
		if tau := kendall(column(believed, o), column(found, o)); !(tau >= least) {
			least = tau
		}
	}
	return least
}

// groundless tells whether beliefs err more than if each candidate were taken
// for the one that is nearest in what is known. Their order can't tell:
// candidates are chosen for what is believed beside what is known, and what a
// groundless belief holds to be fast for its accuracy is less accurate, and
// therefore faster.
func groundless(believed, found [][]float64) bool {
	known, unknown := objectives(believed, found)
	if len(known) == 0 {
		return false // such a choice has no part in the order
	}
	for _, o := range unknown {
		var beliefs, neighbours []float64
		for i := range found {
			beliefs = append(beliefs, math.Abs(believed[i][o]-found[i][o]))
			neighbours = append(neighbours, math.Abs(found[neighbour(found, known, i)][o]-found[i][o]))
		}
		if median(beliefs) > muchMore*median(neighbours) {
			return true
		}
	}
	return false
}

// neighbour is the index of the row that is nearest to the row i in some columns.
func neighbour(rows [][]float64, columns []int, i int) int {
	best, least := -1, math.Inf(1)
	for j := range rows {
		distance := 0.0
		for _, c := range columns {
			d := rows[j][c] - rows[i][c]
			distance += d * d
		}
		if j != i && (best < 0 || distance < least) {
			best, least = j, distance
		}
	}
	return best
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// objectives that are known beforehand, and those that are not.
func objectives(believed, found [][]float64) (known, unknown []int) {
	for o := range found[0] {
		if slices.Equal(column(believed, o), column(found, o)) {
			known = append(known, o)
		} else {
			unknown = append(unknown, o)
		}
	}
	return known, unknown
}

func column(rows [][]float64, o int) []float64 {
	c := make([]float64, len(rows))
	for i, r := range rows {
		c[i] = r[o]
	}
	return c
}

// kendall is Kendall's tau-a.
func kendall(x, y []float64) float64 {
	sum, pairs := 0, 0
	for i := range x {
		for j := range i {
			pairs++
			switch product := (x[i] - x[j]) * (y[i] - y[j]); {
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
