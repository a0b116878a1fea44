package experiments

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// beside scores networks under the conditions of all targets. Each target's
// results are kept under its own conditions, so that runs share them.
type beside struct {
	settings Settings
	targets  []evaluator.Evaluator // the first one first
	atOnce   int                   // targets that are asked at once
}

// Evaluate implements evaluator.Evaluator.
func (b beside) Evaluate(ctx context.Context, archs []space.Arch) ([]evaluator.Result, error) {
	all := make([][]evaluator.Result, len(b.targets))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.atOnce)
	for i, e := range b.targets {
		group.Go(func() (err error) {
			all[i], err = e.Evaluate(ctx, archs)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	results := all[0]
	for t, others := range all[1:] {
		for i := range results {
			b.settings.join(&results[i], t, &others[i])
		}
	}
	return results, nil
}

// join adds what is known under the conditions of a further target. What fails
// there is of no use.
func (s Settings) join(r *evaluator.Result, target int, other *evaluator.Result) {
	switch {
	case r.Failure != nil || other == nil:
	case other.Failure != nil:
		f := *other.Failure
		f.Message = fmt.Sprintf("for %s: %s", s.Targets[target], f.Message)
		r.Failure = &f
	default:
		r.Beside = append(r.Beside, other.Score.Latency)
	}
}

// recall adds to stored results what is stored elsewhere: latencies under the
// conditions of further targets, and proxies that are objectives.
func (s Settings) recall(ctx context.Context, st *store.Store, results []evaluator.Result) error {
	ids := make([]string, len(results))
	for i, r := range results {
		ids[i] = r.ID
	}
	for t, target := range s.Targets {
		known, err := st.Lookup(ctx, target.Conditions, ids)
		if err != nil {
			return err
		}
		for i := range results {
			s.join(&results[i], t, known[i])
		}
	}
	return s.recallProxies(ctx, st, results, ids)
}

// evaluators of all targets, each of which keeps its results; the first one asks
// results for what is known.
func (l Lab) evaluators(s Settings, d *device.Device, results evaluator.Results) beside {
	b := beside{settings: s, atOnce: 1}
	devices := map[string]bool{}
	for i, target := range d.All() {
		cached := evaluator.Cached{Next: target.Evaluator(), Results: l.Store, Conditions: target.Conditions()}
		if i == 0 {
			cached.Results = results
		}
		if target.Measures {
			// A training that is stopped goes on from its checkpoint; a measurement is lost.
			cached.Next = &telling{Evaluator: target.Evaluator(), tell: l.Measured, finish: !target.Judged}
			cached.Chunk, cached.Parallel = 1, target.Parallel()
		}
		if target.Judged {
			cached.Chunk = 1
		}
		b.targets, devices[target.Conditions().Device] = append(b.targets, cached), true
	}
	// Workers measure at once, unless they would have to change from the conditions
	// of one network to those of the next.
	if d.Parallel() > 1 && len(devices) == len(b.targets) {
		b.atOnce = len(b.targets)
	}
	return b
}
