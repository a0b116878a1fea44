package experiments

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// confirm builds and times the finalists of a measured front in a second
// session: TensorRT chooses kernels by timing them, so two builds of a network
// differ.
func (l Lab) confirm(ctx context.Context, run store.Run, s Settings, d *device.Device) error {
	if !d.Renewable() || s.Finalists == 0 {
		return nil
	}
	known, err := frontOf(ctx, l.Store, run, s)
	if err != nil {
		return err
	}
	var open []evaluator.Result
	// By the first session alone, so that an interrupted confirmation goes on
	// with the same networks.
	for _, r := range finalists(front(known.scored, nil, s), s.Finalists) {
		if len(known.sessions[r.ID]) < 2 {
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := d.Renew(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(d.Parallel())
	for _, r := range open {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			again, err := d.Network.Network(ctx, r.Arch)
			if err != nil {
				return err
			}
			timing := store.Timing{Measurement: again.Measurement, Failure: again.Failure}
			return l.Store.AppendTiming(ctx, run.Conditions, r.ID, timing)
		})
	}
	return group.Wait()
}

// finalists are n networks spread evenly over the front, its ends among them.
func finalists(front []evaluator.Result, n int) []evaluator.Result {
	if len(front) <= n {
		return front
	}
	if n == 1 {
		return front[len(front)-1:]
	}
	kept := make([]evaluator.Result, n)
	for i := range kept {
		kept[i] = front[i*(len(front)-1)/(n-1)]
	}
	return kept
}

// runFront is the front of a run as far as it is known.
type runFront struct {
	points    []evaluator.Result        // the fastest first
	sessions  map[string][]store.Timing // of networks that were measured again
	scored    []evaluator.Result        // all that have a score, by their first session
	evaluated int
}

// frontOf reads the front from the store. What was measured again counts with
// all its sessions.
func frontOf(ctx context.Context, st *store.Store, run store.Run, s Settings) (f runFront, err error) {
	for r, err := range st.Evaluations(ctx, run) {
		if err != nil {
			return f, err
		}
		f.evaluated++
		if r.Failure == nil {
			f.scored = append(f.scored, r)
		}
	}
	if f.sessions, err = st.Remeasured(ctx, run.Conditions); err != nil {
		return f, err
	}
	if err := s.recall(ctx, st, f.scored); err != nil {
		return f, err
	}
	f.points = front(f.scored, f.sessions, s)
	return f, nil
}

// front of results with what their further sessions measured, the fastest
// first. What failed is never feasible.
func front(results []evaluator.Result, sessions map[string][]store.Timing, s Settings) []evaluator.Result {
	var feasible, points []evaluator.Result
	var objectives [][]float64
	for _, r := range results {
		r = combine(r, sessions[r.ID])
		if o := s.outcome(r); o.Violation == 0 {
			feasible, objectives = append(feasible, r), append(objectives, o.Objectives)
		}
	}
	for _, i := range search.Front(objectives) {
		points = append(points, feasible[i])
	}
	slices.SortStableFunc(points, func(a, b evaluator.Result) int {
		return int(a.Score.Latency.Value - b.Score.Latency.Value)
	})
	return points
}

// networksOwn are the failures that a network has wherever it is built again;
// others are those of a moment, and say nothing against an earlier measurement.
var networksOwn = map[trt.Class]bool{trt.InvalidNetwork: true, trt.NoImplementation: true, trt.WrongOutput: true}

// combine gives a network the median of its sessions' medians, and an interval
// that spans those of all sessions.
func combine(r evaluator.Result, sessions []store.Timing) evaluator.Result {
	if len(sessions) < 2 {
		return r
	}
	var medians []time.Duration
	l := &r.Score.Latency
	for _, t := range sessions {
		if t.Failure != nil && networksOwn[t.Failure.Class] {
			r.Failure = t.Failure
			return r
		}
		if t.Failure != nil || t.Measurement == nil {
			continue // the moment's
		}
		m := t.Measurement.Median
		medians = append(medians, m.Value)
		l.Low, l.High = min(l.Low, m.Low), max(l.High, m.High)
	}
	if r.Failure != nil || len(medians) < 2 {
		return r
	}
	slices.Sort(medians)
	n := len(medians)
	l.Value = (medians[(n-1)/2] + medians[n/2]) / 2
	if l.Source == evaluator.LatencyMeasured {
		l.Source = evaluator.LatencyRemeasured
	}
	return r
}
