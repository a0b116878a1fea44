package evaluator

import (
	"context"
	"slices"

	"github.com/trtnas/trtnas/space"
)

// Results keeps results under their conditions.
type Results interface {
	// Lookup returns the results in the order of ids, nil where there is none.
	Lookup(ctx context.Context, c Conditions, ids []string) ([]*Result, error)
	// Append keeps the results for good before it returns.
	Append(ctx context.Context, c Conditions, results []Result) error
}

// Cached answers from what is kept and hands only the rest to Next. A
// prediction and a measurement have different conditions, so neither is ever
// taken for the other.
type Cached struct {
	Next       Evaluator
	Results    Results
	Conditions Conditions
	// Chunk is how many results are kept at once: what costs much should be
	// kept at 1, so that nothing is lost. 0 is all of a call.
	Chunk int
}

// Evaluate implements Evaluator.
func (c Cached) Evaluate(ctx context.Context, archs []space.Arch) ([]Result, error) {
	ids := make([]string, len(archs))
	for i, a := range archs {
		ids[i] = a.ID()
	}
	known, err := c.Results.Lookup(ctx, c.Conditions, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Result, len(archs))
	var missing []int
	var rest []space.Arch
	for i, r := range known {
		if r == nil {
			missing, rest = append(missing, i), append(rest, archs[i])
			continue
		}
		out[i] = *r
	}
	if len(rest) == 0 {
		return out, nil
	}
	fresh, err := c.fresh(ctx, rest)
	if err != nil {
		return nil, err
	}
	for j, i := range missing {
		out[i] = fresh[j]
	}
	return out, nil
}

// fresh evaluates and keeps, chunk by chunk.
func (c Cached) fresh(ctx context.Context, archs []space.Arch) ([]Result, error) {
	size := c.Chunk
	if size == 0 {
		size = len(archs)
	}
	var all []Result
	for chunk := range slices.Chunk(archs, size) {
		results, err := c.Next.Evaluate(ctx, chunk)
		if err != nil {
			return nil, err
		}
		// What is done is kept, even if the run is stopped at this moment.
		if err := c.Results.Append(context.WithoutCancel(ctx), c.Conditions, results); err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}
