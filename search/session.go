package search

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Session is a run as its strategy sees it.
type Session[G any] struct {
	Problem Problem[G]

	config     Config[G]
	generation int
	population []Individual[G]
	seen       []string
	keeps      bool            // the history
	history    []Individual[G] // all evaluated, if it keeps them
	memo       json.RawMessage
	known      map[string]struct{} // keys seen or proposed
	objectives int                 // their number, 0 until it is known
	archive    archive[G]
	proposed   []Individual[G] // not yet evaluated
	evaluated  []Individual[G] // in this generation
}

func newSession[G any](c Config[G]) (*Session[G], error) {
	if c.Problem == nil || c.Strategy == nil || c.Evaluate == nil {
		return nil, fmt.Errorf("search: a problem, a strategy and an evaluation are needed; got %T, %T, nil evaluation: %t",
			c.Problem, c.Strategy, c.Evaluate == nil)
	}
	if c.Budget < 1 {
		return nil, fmt.Errorf("search: budget of %d evaluations: must be at least 1", c.Budget)
	}
	s := &Session[G]{Problem: c.Problem, config: c, known: make(map[string]struct{}), objectives: len(c.Reference)}
	if c.From == nil {
		return s, nil
	}
	s.generation = c.From.Generation
	s.population = slices.Clone(c.From.Population)
	s.seen = slices.Clone(c.From.Seen)
	for _, key := range s.seen {
		s.known[key] = struct{}{}
	}
	for _, individual := range c.From.Front {
		if err := s.check(individual); err != nil {
			return nil, fmt.Errorf("search: state to resume from: %w", err)
		}
	}
	s.archive.add(slices.Clone(c.From.Front))
	s.history, s.memo = slices.Clone(c.From.History), c.From.Memo
	return s, nil
}

// Generation is the number of generations that are finished, and so the number
// of the one under way, counted from 0.
func (s *Session[G]) Generation() int { return s.generation }

// Population is that of the last EndGeneration, or of the state that the run
// was resumed from. It must not be changed.
func (s *Session[G]) Population() []Individual[G] { return s.population }

// KeepHistory makes the session keep all evaluated candidates. A strategy that
// needs them calls it first.
func (s *Session[G]) KeepHistory() { s.keeps = true }

// History are all evaluated candidates in their order, for a strategy that
// called KeepHistory. It must not be changed.
func (s *Session[G]) History() []Individual[G] { return s.history }

// SetMemo keeps what the strategy needs to go on after a stop beside the
// population: v as JSON becomes part of the state at the end of the generation.
// It is an error of the program if v is not JSON.
func (s *Session[G]) SetMemo(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("search: memo of a strategy: %v", err))
	}
	s.memo = data
}

// Memo reads what SetMemo kept into v, which stays as it is if there is
// nothing.
func (s *Session[G]) Memo(v any) error {
	if s.memo == nil {
		return nil
	}
	if err := json.Unmarshal(s.memo, v); err != nil {
		return fmt.Errorf("search: memo of generation %d: %w", s.generation, err)
	}
	return nil
}

// Proposed are the candidates that the next Evaluate evaluates.
func (s *Session[G]) Proposed() []G {
	gs := make([]G, len(s.proposed))
	for i, p := range s.proposed {
		gs[i] = p.Genotype
	}
	return gs
}

// Room is how many more candidates may be proposed.
func (s *Session[G]) Room() int { return s.config.Budget - len(s.seen) - len(s.proposed) }

// Propose adds a candidate to the next evaluation, and reports whether it did:
// one that was proposed before in this run is refused, and so is one that is not
// admitted, and every one when there is no room.
func (s *Session[G]) Propose(g G) bool {
	if s.Room() <= 0 {
		return false
	}
	key := s.Problem.Key(g)
	if _, ok := s.known[key]; ok {
		return false
	}
	s.known[key] = struct{}{}
	if s.config.Admit != nil && !s.config.Admit(g) {
		return false
	}
	s.proposed = append(s.proposed, Individual[G]{Genotype: g, Key: key})
	return true
}

// Evaluate evaluates the proposed candidates and returns them in the order of
// their proposal. It returns Exhausted if there are none.
func (s *Session[G]) Evaluate(ctx context.Context) ([]Individual[G], error) {
	batch := s.proposed
	if len(batch) == 0 {
		return nil, Exhausted
	}
	s.proposed = nil
	genotypes := make([]G, len(batch))
	for i := range batch {
		genotypes[i] = batch[i].Genotype
	}
	outcomes, err := s.config.Evaluate(ctx, genotypes)
	if err != nil {
		return nil, err
	}
	if len(outcomes) != len(batch) {
		return nil, fmt.Errorf("evaluation of %d candidates returned %d outcomes", len(batch), len(outcomes))
	}
	for i := range batch {
		batch[i].Outcome = outcomes[i]
		if err := s.check(batch[i]); err != nil {
			return nil, err
		}
		s.seen = append(s.seen, batch[i].Key)
	}
	s.archive.add(batch)
	s.evaluated = append(s.evaluated, batch...)
	if s.keeps {
		s.history = append(s.history, batch...)
	}
	return slices.Clone(batch), nil // the strategy may rank its own
}

// check refuses an outcome that can't be ordered.
func (s *Session[G]) check(i Individual[G]) error {
	if !(i.Violation >= 0) {
		return fmt.Errorf("candidate %s: violation is %v: must be 0 or more", i.Key, i.Violation)
	}
	for _, v := range i.Objectives {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("candidate %s: objectives are %v: must be finite, and absent if the candidate failed", i.Key, i.Objectives)
		}
	}
	if i.Violation > 0 {
		return nil
	}
	if s.objectives == 0 {
		s.objectives = len(i.Objectives)
	}
	if len(i.Objectives) == 0 || len(i.Objectives) != s.objectives {
		return fmt.Errorf("candidate %s is feasible with %d objectives: the reference point or the first candidate has %d",
			i.Key, len(i.Objectives), s.objectives)
	}
	return nil
}

// EndGeneration ends a generation with the population that the strategy will
// go on from, which is then no longer the strategy's to change, and saves it.
// It returns an End when the run is over.
func (s *Session[G]) EndGeneration(ctx context.Context, population []Individual[G]) error {
	s.generation++
	s.population = population
	if s.config.Save != nil {
		err := s.config.Save(Progress[G]{
			State:       s.state(),
			Evaluated:   s.evaluated,
			Hypervolume: s.archive.hypervolume(s.config.Reference),
		})
		if err != nil {
			return err
		}
	}
	s.evaluated = s.evaluated[:0]
	return s.over(ctx)
}

// over returns why the run may not go on with another generation, or nil.
func (s *Session[G]) over(ctx context.Context) error {
	switch {
	case s.Room() <= 0:
		return BudgetSpent
	case ctx.Err() != nil, s.config.Stop != nil && s.config.Stop():
		return Stopped
	}
	return nil
}

func (s *Session[G]) state() State[G] {
	return State[G]{
		Generation: s.generation, Population: s.population, Seen: s.seen, Front: s.archive.front(),
		History: s.history, Memo: s.memo,
	}
}
