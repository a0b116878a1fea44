package evaluator

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

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
	// Parallel is how many chunks Next is given at once; 0 is one. Each is kept as
	// soon as it is there, and the answer is in the order of the call.
	Parallel int
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
	chunks := slices.Collect(slices.Chunk(archs, size))
	answers := make([][]Result, len(chunks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(c.Parallel, 1))
	for i, chunk := range chunks {
		group.Go(func() (err error) {
			answers[i], err = c.chunk(ctx, chunk)
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(answers...), err
}

func (c Cached) chunk(ctx context.Context, archs []space.Arch) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results, err := c.Next.Evaluate(ctx, archs)
	if err != nil {
		return nil, err
	}
	// What is done is kept, even if the run is stopped at this moment.
	return results, c.Results.Append(context.WithoutCancel(ctx), c.Conditions, results)
}
