package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/correction"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Lab runs searches on a store.
type Lab struct {
	Store    *store.Store
	Begun    func(Progress) // told where a run stands when it begins or goes on; nil is nobody
	Progress func(Progress) // told of every generation; nil is nobody
	// Measured is told of every network that was measured, not of what was
	// known; nil is nobody.
	Measured func(evaluator.Result)
	// Again is told how many of the finalists are built and timed again; nil is
	// nobody.
	Again func(done, of int)
	Stop  func() bool // asked between generations whether to stop; nil is never
	// Scorer computes the proxies of searches that have some as objectives; nil
	// serves the others.
	Scorer *zerocost.Scorer
}

// Plan is a search that is known to be possible. Nothing is stored of it yet.
type Plan struct {
	Name     string
	Settings Settings
	device   *device.Device
}

// NewPlan checks that the settings make sense on the device, and that the
// space has a network within the budget as far as a prediction can tell.
func NewPlan(ctx context.Context, name string, s Settings, d *device.Device) (Plan, error) {
	if err := CheckName(name); err != nil {
		return Plan{}, Unusable{err}
	}
	if err := s.Validate(); err != nil {
		return Plan{}, Unusable{err}
	}
	if err := s.estimate(d); err != nil {
		return Plan{}, err
	}
	s = s.opened(d)
	return Plan{name, s, d}, errors.Join(s.measurable(d), reachable(ctx, s, d))
}

// Search starts a new run and follows it to its end.
func (l Lab) Search(ctx context.Context, p Plan) (search.End, error) {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return 0, err
	}
	// The run is there, and can be resumed, even if its time is over already.
	run, err := l.Store.CreateRun(context.WithoutCancel(ctx), store.NewRun{
		Name: p.Name, Settings: settings, Budget: time.Duration(p.Settings.Budget), Conditions: p.device.Conditions(),
	})
	if errors.Is(err, store.ErrExists) {
		return 0, l.exists(ctx, p, err)
	}
	if err != nil {
		return 0, err
	}
	return l.follow(ctx, run, p.Settings, p.device, start{})
}

// exists says what the run is that has the plan's name already.
func (l Lab) exists(ctx context.Context, p Plan, err error) error {
	run, err2 := l.Store.Run(ctx, p.Name)
	if err2 != nil {
		return errors.Join(err, err2)
	}
	s, err2 := RunSettings(run)
	if err2 != nil {
		return errors.Join(err, err2)
	}
	settings := "the same settings"
	if d := differences(s, p.Settings); len(d) > 0 {
		settings = "other settings (" + strings.Join(d, ", ") + ")"
	}
	next := fmt.Sprintf("`trtnas resume %s` goes on with it", p.Name)
	if run.Finished() {
		next = fmt.Sprintf("`trtnas front %s` shows its front", p.Name)
	}
	return fmt.Errorf("%w, with %s: %s, or choose another --name", err, settings, next)
}

// Unusable is an error in what was asked for; nothing was done.
type Unusable struct{ error }

func (e Unusable) Unwrap() error { return e.error }

// reachable tells of the budgets that no network can be within, as far as that
// can be predicted.
func reachable(ctx context.Context, s Settings, d *device.Device) error {
	for i, target := range d.All() {
		if target.Measures {
			continue
		}
		best, err := fastest(ctx, s.Space, target.Evaluator())
		if err != nil {
			return err
		}
		if best.Failure != nil {
			return Unusable{fmt.Errorf("space %s has no network for this input: %s", s.Space.Name, best.Failure.Message)}
		}
		if ms := best.Score.Latency.Value; ms > s.budgets()[i] {
			return Unusable{fmt.Errorf("a budget of %v is below the fastest network of space %s, which takes %.3g ms (predicted): raise --budget, or choose a smaller --batch or --resolution, or another --space",
				s.budgets()[i], s.Space.Name, inMilliseconds(ms))}
		}
	}
	return nil
}

// start is where a search begins, or goes on.
type start struct {
	state    *search.State[space.Genotype] // nil at the very beginning
	rejected int                           // networks so far, by the guard
}

// follow searches from a start to the end and keeps every generation.
func (l Lab) follow(ctx context.Context, run store.Run, s Settings, d *device.Device, from start) (search.End, error) {
	known := &recalling{Results: l.Store}
	// A strategy asks again for what it learns from, which is none of what was known.
	scores, learnt := l.evaluators(s, d, known), l.evaluators(s, d, l.Store)
	if err := l.checkProxies(s); err != nil {
		return 0, err
	}
	begin := context.WithoutCancel(ctx)
	told, err := l.teller(begin, run, s, known, from)
	if err != nil {
		return 0, err
	}
	elsewhere, err := l.elsewhere(begin, s, d.Models())
	if err != nil {
		return 0, err
	}
	result, err := search.Run(ctx, search.Config[space.Genotype]{
		Problem:   s.Space,
		Strategy:  strategy(s, d, learnt, elsewhere),
		Evaluate:  evaluate(s, proxying{scores, l, s}, told),
		Budget:    s.Evaluations,
		Admit:     admit(s, d),
		Reference: s.reference(),
		Stop:      l.Stop,
		Save:      func(p search.Progress[space.Genotype]) error { return l.save(ctx, p, told) },
		From:      from.state,
	})
	if err != nil {
		return 0, err
	}
	if result.End != search.Stopped {
		if err := l.confirm(ctx, run, s, d); err != nil {
			if ctx.Err() != nil {
				return search.Stopped, nil
			}
			return 0, err
		}
		// The run is over even if the user is leaving at this moment.
		if err := l.Store.FinishRun(context.WithoutCancel(ctx), run, result.End.String()); err != nil {
			return 0, err
		}
	}
	return result.End, nil
}

// telling tells of each result, one at a time.
type telling struct {
	evaluator.Evaluator
	mu     sync.Mutex
	tell   func(evaluator.Result)
	finish bool // what is under way when the user asks to stop
}

// Evaluate implements evaluator.Evaluator.
func (t *telling) Evaluate(ctx context.Context, archs []space.Arch) ([]evaluator.Result, error) {
	if t.finish {
		lasting, free := finishing(ctx)
		defer free()
		ctx = lasting
	}
	results, err := t.Evaluator.Evaluate(ctx, archs)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tell != nil {
		for _, r := range results {
			t.tell(r)
		}
	}
	return results, err
}

func strategy(s Settings, d *device.Device, scores beside, elsewhere *correction.Process) search.Strategy[space.Genotype] {
	switch s.Algorithm {
	case Random:
		return search.Random[space.Genotype]{Batch: s.Population, Seed: s.Seed}
	case Regularised:
		return search.Regularised[space.Genotype]{Population: s.Population, Seed: s.Seed, Seeds: s.Warm.Seeds}
	case Local:
		return search.Local[space.Genotype]{Seed: s.Seed, Seeds: s.Warm.Seeds}
	case NSGA3:
		n := len(s.reference())
		return search.NSGA3[space.Genotype]{
			Directions: search.DasDennis(n, search.Partitions(n, s.Population)), Population: s.Population, Seed: s.Seed, Seeds: s.Warm.Seeds,
		}
	case Screened:
		return search.Screened[space.Genotype]{
			Surrogate: newSurrogate(s, d, scores, elsewhere), Batch: s.Batch, Inner: screenInner,
			Population: s.Population, Seed: s.Seed, Seeds: s.Warm.Seeds,
		}
	}
	return search.NSGA2[space.Genotype]{Population: s.Population, Seed: s.Seed, Seeds: s.Warm.Seeds}
}

// evaluate binds the search to the evaluator, and tells how many the guard rejects.
func evaluate(s Settings, e evaluator.Evaluator, to *teller) search.Evaluate[space.Genotype] {
	return func(ctx context.Context, gs []space.Genotype) ([]search.Outcome, error) {
		archs := make([]space.Arch, len(gs))
		for i, g := range gs {
			archs[i] = s.Space.Decode(g)
		}
		results, err := e.Evaluate(ctx, archs)
		if err != nil {
			return nil, err
		}
		outcomes := make([]search.Outcome, len(results))
		for i, r := range results {
			if err := s.told(r); err != nil {
				return nil, err
			}
			outcomes[i] = s.outcome(r)
		}
		to.rejected += s.rejected(results)
		return outcomes, nil
	}
}

// saved is the part of a search's state that the store's other tables don't
// hold.
type saved struct {
	Population []search.Individual[space.Genotype] `json:"population"`
	Memo       json.RawMessage                     `json:"memo,omitempty"`
}
