package experiments

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Progress is where a search stands.
type Progress struct {
	Generation, Evaluated, Budget int
	Failed                        int // of the evaluated
	Rejected                      int // of the evaluated, by the guard: outside the range of the accuracy model
	Known                         int // networks whose results the database had, since the run was begun or resumed
	Hypervolume                   float64
	Front                         int           // number of networks on it
	Fastest, Slowest              time.Duration // on the front
	Best                          float64       // greatest lower bound of the accuracy on the front, in per cent
	// Leader has that bound, or is the first of the front where accuracy is no
	// objective; nil while nothing is within the budget.
	Leader    *evaluator.Result
	Screening search.Screening
	Stalled   int // networks since the hypervolume last grew by a thousandth
}

// growth is the share by which the hypervolume has to grow for a search not to
// be stalled; what is below is not worth waiting for.
const growth = 1e-3

// stall follows how long a search has not come on.
type stall struct {
	best      float64 // hypervolume that counted last
	evaluated int     // when it did
}

func (s *stall) since(evaluated int, hypervolume float64) int {
	if hypervolume > s.best*(1+growth) {
		s.best, s.evaluated = hypervolume, evaluated
	}
	return evaluated - s.evaluated
}

// recalling counts the results that were there already.
type recalling struct {
	evaluator.Results
	known atomic.Int64
}

// Lookup implements evaluator.Results.
func (r *recalling) Lookup(ctx context.Context, c evaluator.Conditions, ids []string) ([]*evaluator.Result, error) {
	results, err := r.Results.Lookup(ctx, c, ids)
	for _, known := range results {
		if known != nil {
			r.known.Add(1)
		}
	}
	return results, err
}

// teller follows a run from its beginning, whenever it is resumed.
type teller struct {
	run      store.Run
	settings Settings
	known    *recalling
	stalled  stall
	failed   int
	rejected int // by the guard
	leader   *evaluator.Result
}

// teller begins to follow the run, and tells where it stands.
func (l Lab) teller(ctx context.Context, run store.Run, s Settings, known *recalling, from start) (*teller, error) {
	t := &teller{run: run, settings: s, known: known, rejected: from.rejected}
	milestones, err := l.Store.Milestones(ctx, run)
	if err != nil {
		return nil, err
	}
	begun := search.Progress[space.Genotype]{}
	for _, g := range milestones {
		t.stalled.since(g.Evaluated, g.Hypervolume)
		begun.Hypervolume = g.Hypervolume
	}
	if from.state != nil {
		begun.State = *from.state
		begun.Front, begun.Evaluated = within(from.state.Front), from.state.Front
	}
	p, err := l.progress(ctx, t, begun)
	if err == nil && l.Begun != nil {
		l.Begun(p)
	}
	return t, err
}

// within is the front of what a state has of all evaluated networks.
func within(all []search.Individual[space.Genotype]) []search.Individual[space.Genotype] {
	var feasible, front []search.Individual[space.Genotype]
	var objectives [][]float64
	for _, in := range all {
		if in.Violation == 0 {
			feasible, objectives = append(feasible, in), append(objectives, in.Objectives)
		}
	}
	for _, i := range search.Front(objectives) {
		front = append(front, feasible[i])
	}
	slices.SortStableFunc(front, func(a, b search.Individual[space.Genotype]) int {
		return slices.Compare(a.Objectives, b.Objectives)
	})
	return front
}

func (l Lab) save(ctx context.Context, p search.Progress[space.Genotype], t *teller) error {
	state, err := json.Marshal(saved{p.Population, p.Memo})
	if err != nil {
		return err
	}
	ids := make([]string, len(p.Evaluated))
	for i, in := range p.Evaluated {
		ids[i] = in.Key
	}
	err = l.Store.SaveGeneration(ctx, t.run, store.Generation{Number: p.Generation, State: state, Evaluated: len(p.Seen), IDs: ids, Hypervolume: p.Hypervolume})
	if err != nil || l.Progress == nil {
		return err
	}
	told, err := l.progress(context.WithoutCancel(ctx), t, p)
	if err == nil {
		l.Progress(told)
	}
	return err
}

// progress is what there is to tell after a generation.
func (l Lab) progress(ctx context.Context, t *teller, p search.Progress[space.Genotype]) (out Progress, err error) {
	for _, in := range p.Evaluated {
		if math.IsInf(in.Violation, 1) {
			t.failed++
		}
	}
	out = Progress{
		Generation: p.Generation, Evaluated: len(p.Seen), Budget: t.settings.Evaluations, Hypervolume: p.Hypervolume,
		Front: len(p.Front), Failed: t.failed, Rejected: t.rejected, Known: int(t.known.known.Load()), Stalled: t.stalled.since(len(p.Seen), p.Hypervolume),
	}
	if t.settings.Algorithm == Screened && p.Memo != nil {
		if out.Screening, err = search.ScreeningOf(p.Memo); err != nil {
			return out, err
		}
	}
	if len(p.Front) == 0 {
		return out, nil
	}
	leader := out.span(t.settings, p.Front)
	if t.leader == nil || t.leader.ID != leader {
		results, err := l.Store.Lookup(ctx, t.run.Conditions, []string{leader})
		if err != nil {
			return out, err
		}
		found := []evaluator.Result{*results[0]}
		if err := t.settings.recall(ctx, l.Store, found); err != nil {
			return out, err
		}
		t.leader = &found[0]
	}
	out.Leader = t.leader
	return out, nil
}

// span reads off the front, which is in ascending order of its objectives, what
// it spans, and returns the leader's ID.
func (p *Progress) span(s Settings, front []search.Individual[space.Genotype]) (leader string) {
	// The worst of several latencies is no latency.
	if slices.Contains(s.objectives(), Latency) && s.Together != WorstOne {
		ms := func(i int) time.Duration {
			return time.Duration(front[i].Objectives[0] * float64(time.Millisecond))
		}
		p.Fastest, p.Slowest = ms(0), ms(len(front)-1)
	}
	at := s.place(Accuracy)
	if at < 0 {
		return front[0].Key
	}
	best := slices.MinFunc(front, func(a, b search.Individual[space.Genotype]) int {
		return slices.Compare(a.Objectives[at:at+1], b.Objectives[at:at+1])
	})
	p.Best = -best.Objectives[at]
	return best.Key
}

// finalists counts those that are built and timed again, and tells of them.
func (l Lab) finalists(of int) (one func()) {
	var mu sync.Mutex
	done := 0
	tell := func() {
		if l.Again != nil {
			l.Again(done, of)
		}
	}
	tell()
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		tell()
	}
}
