package search

import (
	"context"
	"errors"
)

// Random samples the space with no regard to outcomes: the baseline that every
// other strategy has to beat.
type Random[G any] struct {
	// Batch is the number of candidates in a generation, at least 1.
	Batch int
	Seed  int64
}

// Search implements Strategy.
func (r Random[G]) Search(ctx context.Context, s *Session[G]) error {
	if r.Batch < 1 {
		return errors.New("random search with batches of no candidates: must be at least 1")
	}
	for {
		rng := generationRNG(r.Seed, s.Generation())
		for range r.Batch {
			if !proposeSample(s, rng) {
				break
			}
		}
		if _, err := s.Evaluate(ctx); err != nil {
			return err
		}
		if err := s.EndGeneration(ctx, nil); err != nil {
			return err
		}
	}
}
