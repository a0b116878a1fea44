package study

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// roomAbove is how much longer than TRT-ViT-D, the slowest of its family, a
// network of a search may take.
const roomAbove = 1.25

// budget of all searches on the device.
func (s *Subject) budget(ctx context.Context) (time.Duration, error) {
	scores, err := s.scores(ctx, "TRT-ViT-D")
	if err != nil {
		return 0, err
	}
	limit := time.Duration(roomAbove * float64(scores["TRT-ViT-D"].Latency.Value))
	return limit.Round(100 * time.Microsecond), nil
}

// found is a search's front, and how it came to it.
type found struct {
	front     []evaluator.Result // the fastest first
	evaluated []evaluator.Result // in their order
}

// search runs a search from chance alone, or reads what an earlier call found.
func (s *Subject) search(ctx context.Context, spaceName string, seed int) (found, error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return found{}, err
	}
	settings, err := s.settings(ctx, d, spaceName, seed)
	if err != nil {
		return found{}, err
	}
	name := strings.ReplaceAll(fmt.Sprintf("study %s %s %d evaluations seed %d", s.Device, spaceName, s.Evaluations, seed), "/", "_")
	run, err := s.ensure(ctx, name, settings, d)
	if err != nil {
		return found{}, err
	}
	f, err := s.read(ctx, run)
	if err == nil && len(f.front) == 0 {
		err = fmt.Errorf("run %q found no network within %v: give more --evals", name, run.Budget)
	}
	return f, err
}

func (s *Subject) settings(ctx context.Context, d *device.Device, spaceName string, seed int) (experiments.Settings, error) {
	sp, err := space.Named(spaceName)
	if err != nil {
		return experiments.Settings{}, err
	}
	limit, err := s.budget(ctx)
	if err != nil {
		return experiments.Settings{}, err
	}
	return experiments.Settings{
		Space: sp, Device: device.Options{Name: s.Device}, Spec: paperSpec, Budget: experiments.Duration(limit),
		Evaluations: s.Evaluations, Seed: int64(seed),
	}.ForDevice(d), nil
}

// ensure brings a run to its end, from wherever it is.
func (s *Subject) ensure(ctx context.Context, name string, settings experiments.Settings, d *device.Device) (store.Run, error) {
	lab := experiments.Lab{Store: s.Store, Stop: func() bool { return ctx.Err() != nil }}
	run, err := s.Store.Run(context.WithoutCancel(ctx), name)
	var end search.End
	switch {
	case errors.Is(err, store.ErrUnknown):
		s.tell("%s", name)
		var plan experiments.Plan
		if plan, err = experiments.NewPlan(ctx, name, settings, d); err == nil {
			end, err = lab.Search(ctx, plan)
		}
	case err == nil && (run.Conditions != d.Conditions() || run.Budget != time.Duration(settings.Budget)):
		return run, fmt.Errorf("%w: %q, made with other models, on another device or with another budget than there is now: give another --db", store.ErrExists, name)
	case err == nil && !run.Finished():
		s.tell("%s goes on", name)
		end, err = lab.Resume(ctx, name, func(ctx context.Context, _ experiments.Settings) (*device.Device, error) {
			return s.Open(ctx, paperSpec)
		})
	}
	if err != nil {
		return run, err
	}
	if end == search.Stopped {
		return run, context.Canceled
	}
	return s.Store.Run(ctx, name)
}

// read gives what a finished run found.
func (s *Subject) read(ctx context.Context, run store.Run) (found, error) {
	var f found
	var feasible []evaluator.Result
	var objectives [][]float64
	for r, err := range s.Store.Evaluations(ctx, run) {
		if err != nil {
			return f, err
		}
		f.evaluated = append(f.evaluated, r)
		if r.Failure == nil && !r.Score.Accuracy.Outside() && r.Score.Latency.Value <= run.Budget {
			feasible, objectives = append(feasible, r), append(objectives, objectivesOf(r.Score))
		}
	}
	for _, i := range search.Front(objectives) {
		f.front = append(f.front, feasible[i])
	}
	return f, nil
}

// objectivesOf are those of a search: the latency in ms, and the accuracy's
// lower bound in per cent with its sign changed.
func objectivesOf(s evaluator.Score) []float64 {
	return []float64{milliseconds(s.Latency.Value), -s.Accuracy.Bound}
}
