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
	for _, r := range finalists(front(known.first, nil, s), s.Finalists) {
		if slices.ContainsFunc(known.sessions, func(of map[string][]store.Timing) bool { return len(of[r.ID]) < 2 }) {
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := d.Renew(ctx); err != nil {
		return err
	}
	missing := 0
	for _, sessions := range known.sessions {
		for _, r := range open {
			if len(sessions[r.ID]) < 2 {
				missing++
			}
		}
	}
	tell := l.finalists(missing)
	for i, target := range d.All() {
		if err := l.again(ctx, target, open, known.sessions[i], tell); err != nil {
			return err
		}
	}
	return nil
}

// again measures the networks that have one session under the device's
// conditions, and tells of each.
func (l Lab) again(ctx context.Context, d *device.Device, networks []evaluator.Result, sessions map[string][]store.Timing, tell func()) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(d.Parallel())
	for _, r := range networks {
		if len(sessions[r.ID]) > 1 {
			continue
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			lasting, free := finishing(ctx)
			defer free()
			again, err := d.Network.Network(lasting, r.Arch)
			if err != nil {
				return err
			}
			timing := store.Timing{Session: 2, Measurement: again.Measurement, Failure: again.Failure}
			if err := l.Store.AppendTiming(context.WithoutCancel(ctx), d.Conditions(), r.ID, timing); err != nil {
				return err
			}
			tell()
			return nil
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

// sessions are those of networks that were measured again, by their ID, under
// the conditions of each target.
type sessions []map[string][]store.Timing

// of are a network's sessions under the conditions of a target.
func (s sessions) of(target int, id string) []store.Timing {
	if target >= len(s) {
		return nil
	}
	return s[target][id]
}

// sessionsOf reads the sessions of all targets of a run.
func sessionsOf(ctx context.Context, st *store.Store, c evaluator.Conditions, s Settings) (sessions, error) {
	var all sessions
	for _, conditions := range append([]evaluator.Conditions{c}, s.furtherConditions()...) {
		of, err := st.Remeasured(ctx, conditions)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

// runFront is the front of a run as far as it is known.
type runFront struct {
	points    []evaluator.Result // the fastest first
	first     []evaluator.Result // what would be the front by first sessions alone
	sessions  sessions
	evaluated int
	rejected  int // of the evaluated, by the guard
}

// frontOf reads the front from the store. What was measured again counts with
// all its sessions.
func frontOf(ctx context.Context, st *store.Store, run store.Run, s Settings) (f runFront, err error) {
	if f.sessions, err = sessionsOf(ctx, st, run.Conditions, s); err != nil {
		return f, err
	}
	for {
		results, err := some(ctx, st, run, f.evaluated)
		if err != nil {
			return f, err
		}
		if len(results) == 0 {
			break
		}
		f.evaluated += len(results)
		if err := s.recall(ctx, st, results); err != nil {
			return f, err
		}
		f.rejected += s.rejected(results)
		f.first = undominated(append(f.first, results...), nil, s)
		f.points = undominated(append(f.points, results...), f.sessions, s)
	}
	for _, results := range [][]evaluator.Result{f.first, f.points} {
		if err := describe(ctx, st, run, results); err != nil {
			return f, err
		}
	}
	f.points = front(f.points, f.sessions, s)
	return f, nil
}

// describe adds the architectures of results that were read without.
func describe(ctx context.Context, st *store.Store, run store.Run, results []evaluator.Result) error {
	ids := make([]string, len(results))
	for i, r := range results {
		ids[i] = r.ID
	}
	whole, err := st.Lookup(ctx, run.Conditions, ids)
	if err != nil {
		return err
	}
	for i := range results {
		results[i].Arch, results[i].Name = whole[i].Arch, whole[i].Name
	}
	return nil
}

// someResults are in memory at once: a run may have a million.
const someResults = 20_000

// some reads results of the run but for the first ones, without their
// architectures.
func some(ctx context.Context, st *store.Store, run store.Run, first int) ([]evaluator.Result, error) {
	all := make([]evaluator.Result, 0, someResults)
	for r, err := range st.ScoresFrom(ctx, run, first) {
		if err != nil {
			return nil, err
		}
		if all = append(all, r); len(all) == someResults {
			break
		}
	}
	return all, nil
}

// undominated are those of the results, in their order and as they are, that
// would be on the front with what their further sessions measured.
func undominated(results []evaluator.Result, sessions sessions, s Settings) []evaluator.Result {
	var kept []evaluator.Result
	feasible, objectives := make([]evaluator.Result, 0, len(results)), make([][]float64, 0, len(results))
	for _, r := range results {
		if o := s.outcome(combine(r, sessions)); o.Violation == 0 {
			feasible, objectives = append(feasible, r), append(objectives, o.Objectives)
		}
	}
	on := search.Front(objectives)
	slices.Sort(on)
	for _, i := range on {
		kept = append(kept, feasible[i])
	}
	return kept
}

// front of results with what their further sessions measured, the fastest
// first. What failed is never feasible.
func front(results []evaluator.Result, sessions sessions, s Settings) []evaluator.Result {
	points := undominated(results, sessions, s)
	for i, r := range points {
		points[i] = combine(r, sessions)
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
// that spans those of all sessions, under the conditions of each target.
func combine(r evaluator.Result, sessions sessions) evaluator.Result {
	if r.Failure != nil {
		return r
	}
	r.Beside = slices.Clone(r.Beside)
	all := []*evaluator.Latency{&r.Score.Latency}
	for i := range r.Beside {
		all = append(all, &r.Beside[i])
	}
	for target, l := range all {
		if f := rejoin(l, sessions.of(target, r.ID)); f != nil {
			r.Failure = f
			return r
		}
	}
	return r
}

// rejoin gives a latency the figures of all sessions, or tells why the network is
// of no use.
func rejoin(l *evaluator.Latency, sessions []store.Timing) *evaluator.Failure {
	if len(sessions) < 2 {
		return nil
	}
	var medians []time.Duration
	joined := *l
	for _, t := range sessions {
		if t.Failure != nil && networksOwn[t.Failure.Class] {
			return t.Failure
		}
		if t.Failure != nil || t.Measurement == nil {
			continue // the moment's
		}
		m := t.Measurement.Median
		medians = append(medians, m.Value)
		joined.Low, joined.High = min(joined.Low, m.Low), max(joined.High, m.High)
	}
	if len(medians) < 2 {
		return nil
	}
	slices.Sort(medians)
	n := len(medians)
	joined.Value = (medians[(n-1)/2] + medians[n/2]) / 2
	if joined.Source == evaluator.LatencyMeasured {
		joined.Source = evaluator.LatencyRemeasured
	}
	*l = joined
	return nil
}
