package study

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// transfer takes the front that was found for one device to another.
var transfer = Study{
	Name:     "transfer",
	Question: "How much is lost by taking the front of one device to another?",
	run:      runTransfer,
}

// mostTransferred searches on the other device: what is compared is the seeds'
// median.
const mostTransferred = 5

// others opens the subject's other device.
func (s *Subject) others(ctx context.Context) (*Subject, error) {
	if s.other != nil {
		return s.other, nil
	}
	o := s.Options
	o.Device, o.Open, o.Other, o.OpenOther = s.Other, s.OpenOther, s.Device, s.Open
	other, err := NewSubject(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("other device %s: %w", s.Other, err)
	}
	s.other = other
	return other, nil
}

func runTransfer(ctx context.Context, s *Subject) (Result, error) {
	other, err := s.others(ctx)
	if err != nil {
		return Result{}, err
	}
	there, err := s.taken(ctx, other)
	if err != nil {
		return Result{}, err
	}
	back, err := other.taken(ctx, s)
	if err != nil {
		return Result{}, err
	}
	t := Table{
		Name: "transfer", Header: []string{"fronts of", "used on", "source of ms", "seeds", "hypervolume, % of the device's own", "points lost at equal ms", "other seeds of the device itself", "points lost at equal ms", "what it tells"},
	}
	plot := Plot{Name: "transfer", Title: "On " + s.Device + ", space " + trtvitSpace + ", first seeds", X: Axis{Label: "ms", Log: true}, Y: Axis{Label: "lower bound of top-1, %"}}
	t.add(there.row(other.Device, s.Device)...)
	t.add(back.row(s.Device, other.Device)...)
	plot.Series = []Series{frontLine("fronts of "+s.Device, among(there.own, there.fastest)), frontLine("fronts of "+other.Device, among(there.foreign, there.fastest))}
	return Result{
		Notes: []string{fmt.Sprintf("Fronts of searches in %s, as in convergence, on %s and on %s; each network of the one is scored on the other, and what is still on the front there compared with what a search there found. "+
			"Points are of the accuracy's lower bound, the mean over latencies that both have. Two seeds on the same device differ too: what is lost to another seed is no loss to the device. "+
			"Both profiles share what they know of operations other than convolutions, so real devices may differ by more; their errors are not in these figures. Other batches have no profile: the published T4 rows at other batches have no network with attention.",
			trtvitSpace, s.Device, other.Device)},
		Tables: []Table{t}, Plots: []Plot{plot},
	}, nil
}

// taken is what becomes of another device's fronts on this one.
type taken struct {
	own, foreign  []evaluator.Result // of the first seeds
	share, lost   []float64          // of the other's fronts
	noise, astray []float64          // likewise of this device's own, between seeds
	source        evaluator.LatencySource
	fastest       time.Duration // that is shown
}

func (s *Subject) taken(ctx context.Context, from *Subject) (t taken, err error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return t, err
	}
	limit, err := s.budget(ctx)
	if err != nil {
		return t, err
	}
	var own, foreign [][]evaluator.Result
	for seed := range min(s.Seeds, from.Seeds, mostTransferred) {
		here, err := s.search(ctx, trtvitSpace, seed)
		if err != nil {
			return t, err
		}
		there, err := from.search(ctx, trtvitSpace, seed)
		if err != nil {
			return t, err
		}
		archs := make([]space.Arch, len(there.front))
		for i, r := range there.front {
			archs[i] = r.Arch
		}
		scored, err := s.archs(ctx, d, archs)
		if err != nil {
			return t, err
		}
		own, foreign = append(own, here.front), append(foreign, frontOf(scored))
	}
	t.own, t.foreign, t.source, t.fastest = own[0], foreign[0], own[0][0].Score.Latency.Source, limit/8
	most := milliseconds(limit)
	for i := range own {
		t.share, t.lost = append(t.share, volume(foreign[i], most)/volume(own[i], most)), append(t.lost, lost(own[i], foreign[i], most))
		if next := (i + 1) % len(own); next != i {
			t.noise, t.astray = append(t.noise, volume(own[next], most)/volume(own[i], most)), append(t.astray, lost(own[i], own[next], most))
		}
	}
	return t, nil
}

// frontOf are the results that no other dominates, the fastest first.
func frontOf(results []evaluator.Result) []evaluator.Result {
	var fit []evaluator.Result
	var objectives [][]float64
	for _, r := range results {
		if r.Failure == nil {
			fit, objectives = append(fit, r), append(objectives, objectivesOf(r.Score))
		}
	}
	var front []evaluator.Result
	for _, i := range search.Front(objectives) {
		front = append(front, fit[i])
	}
	return front
}

// leastAccuracy is below every network of interest, in per cent: where
// hypervolumes end, as in searches.
const leastAccuracy = 60

func volume(front []evaluator.Result, most float64) float64 {
	var objectives [][]float64
	for _, r := range front {
		objectives = append(objectives, objectivesOf(r.Score))
	}
	return search.Hypervolume(objectives, []float64{most, -leastAccuracy})
}

// lost are the points by which the other front is below this one at equal
// latency, the mean over latencies up to the greatest from the first that both
// have.
func lost(front, other []evaluator.Result, most float64) float64 {
	const steps = 100
	first := math.Max(milliseconds(front[0].Score.Latency.Value), milliseconds(other[0].Score.Latency.Value))
	var differences []float64
	for i := range steps {
		ms := first + (most-first)*float64(i)/(steps-1)
		differences = append(differences, bestWithin(front, ms)-bestWithin(other, ms))
	}
	return mean(differences)
}

// bestWithin is the greatest bound of networks within a latency in ms.
func bestWithin(front []evaluator.Result, ms float64) float64 {
	best := math.Inf(-1)
	for _, r := range front {
		if milliseconds(r.Score.Latency.Value) <= ms {
			best = max(best, r.Score.Accuracy.Bound)
		}
	}
	return best
}

func (t taken) row(from, on string) []string {
	tells := "a tie: no more than between seeds"
	if predictor.Quantile(t.lost, 0.5) > greatest(t.astray) {
		tells = "more than between seeds"
	}
	percent := func(shares []float64) []float64 {
		list := make([]float64, len(shares))
		for i, v := range shares {
			list[i] = 100 * v
		}
		return list
	}
	return []string{from, on, string(t.source), fmt.Sprint(len(t.share)), spanText(percent(t.share), "%.2f"), spanText(t.lost, "%+.2f"), spanText(percent(t.noise), "%.2f"), spanText(t.astray, "%+.2f"), tells}
}

func greatest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, v)
	}
	return most
}
