package study

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space"
)

// depth is the paper's second guideline: networks that are shallow first and
// deep later (section 3.2).
var depth = Study{
	Name:     "depth",
	Question: "Are networks better that are shallow first and deep later?",
	run:      runDepth,
}

// refinements are networks whose depths 3-4-6-3 became 2-3-6-5. For the PVT and
// the MixNet that is our reading.
var refinements = [][2]string{{"ResNet50", "Refined-ResNet50"}, {"PVT-Small", "Refined-PVT-Small"}, {"MixNetV", "Refined-MixNetV"}}

func runDepth(ctx context.Context, s *Subject) (Result, error) {
	pairs := Table{Name: "depth", Header: []string{"network", "ms", "source", "top-1 %", "refined ms", "refined top-1 %", "original over refined", "points gained"}}
	var claims []Claim
	for i, names := range refinements {
		scores, err := s.scores(ctx, names[0], names[1])
		if err != nil {
			return Result{}, err
		}
		old, refined := scores[names[0]], scores[names[1]]
		speed := latencyOf(old.Latency).over(latencyOf(refined.Latency), akin)
		gain := accuracyOf(refined.Accuracy).minus(accuracyOf(old.Accuracy))
		pairs.add(names[0], latencyOf(old.Latency).text(2), string(old.Latency.Source), accuracyOf(old.Accuracy).text(2),
			latencyOf(refined.Latency).text(2), accuracyOf(refined.Accuracy).text(2), speed.text(2)+"x", signed(gain))
		published, faster := "above 0", "above 1"
		if i == 0 {
			published, faster = "+0.3 points", "slightly above 1"
		}
		claims = append(claims,
			gainClaim(names[1]+" more accurate than "+names[0], published, gain),
			ratioClaim(names[1]+" faster than "+names[0], faster, speed))
	}
	r := Result{
		Notes: []string{"The refined networks have depths of 2-3-6-5 in place of 3-4-6-3; the paper states them for ResNet50 only. " +
			"The sweeps take every pattern of depths of a ResNet of width 256 whose latency is predicted within 1 % of the network with 3-4-6-3, and of them at most " +
			fmt.Sprint(swept) + ", evenly by how late their blocks come: the share of blocks in stages 4 and 5."},
		Tables: []Table{pairs}, Claims: claims,
	}
	plot := Plot{Name: "depth", Title: "Accuracy of depth patterns at equal latency", X: Axis{Label: "share of blocks in stages 4 and 5"}, Y: Axis{Label: "top-1, %"}}
	sweeps := Table{Name: "depth-sweep", Header: []string{"stage 5", "patterns", "tau", "least accurate", "most accurate", "difference, points", "what it tells"}}
	all := Table{Name: "depth-patterns", OnlyCSV: true, Header: []string{"stage 5", "depths", "late", "ms", "source", "top-1 %"}}
	for _, kind := range []space.Block{space.BottleNeck, space.MixBlockC} {
		points, err := s.sweep(ctx, kind)
		if err != nil {
			return r, err
		}
		series := Series{Name: "stage 5 of " + kind.String()}
		for _, p := range points {
			series.Points = append(series.Points, Point{X: p.late, Y: p.score.Accuracy.Value})
			all.add(kind.String(), p.depths, fmt.Sprintf("%.2f", p.late), fmt.Sprintf("%.2f", milliseconds(p.score.Latency.Value)), string(p.score.Latency.Source), accuracyOf(p.score.Accuracy).text(2))
		}
		plot.Series = append(plot.Series, series)
		sweeps.add(sweepRow(kind, points)...)
	}
	r.Tables, r.Plots = append(r.Tables, sweeps, all), []Plot{plot}
	return r, nil
}

// pattern is a network of the sweep.
type pattern struct {
	depths string
	late   float64
	arch   space.Arch
	score  evaluator.Score
}

// swept is how many patterns are scored, and near how alike their latencies
// are predicted.
const (
	swept = 60
	near  = 0.01
)

// sweep scores depth patterns of one predicted latency.
func (s *Subject) sweep(ctx context.Context, last space.Block) ([]pattern, error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return nil, err
	}
	archs := []space.Arch{resnet([4]int{3, 4, 6, 3}, last)}
	for d2 := 1; d2 <= 6; d2++ {
		for d3 := 1; d3 <= 8; d3++ {
			for d4 := 1; d4 <= 20; d4++ {
				for d5 := 1; d5 <= 12; d5++ {
					archs = append(archs, resnet([4]int{d2, d3, d4, d5}, last))
				}
			}
		}
	}
	predicted, err := d.Models().Evaluate(ctx, archs)
	if err != nil {
		return nil, err
	}
	var alike []pattern
	for _, r := range predicted[1:] {
		if math.Abs(float64(r.Score.Latency.Value)/float64(predicted[0].Score.Latency.Value)-1) <= near {
			alike = append(alike, patternOf(r.Arch))
		}
	}
	slices.SortStableFunc(alike, func(a, b pattern) int { return cmp.Compare(a.late, b.late) })
	chosen := evenly(alike, swept)
	list := make([]space.Arch, len(chosen))
	for i, p := range chosen {
		list[i] = p.arch
	}
	results, err := s.archs(ctx, d, list)
	if err != nil {
		return nil, err
	}
	var scored []pattern
	for i, r := range results {
		if r.Failure == nil {
			chosen[i].score = r.Score
			scored = append(scored, chosen[i])
		}
	}
	return scored, nil
}

// resnet has its last stage's blocks of a kind.
func resnet(depths [4]int, last space.Block) space.Arch {
	var a space.Arch
	for i, d := range depths {
		a.Stages[i] = space.Stage{Depth: d, Width: 256 << i, S: 1, K: 3}
	}
	a.Stages[3].Block, a.Stages[3].Mixed, a.Stages[3].R = last, depths[3], 0.5
	return a.Canonical()
}

func patternOf(a space.Arch) pattern {
	d := [4]int{}
	total := 0
	for i, s := range a.Stages {
		d[i] = s.Depth
		total += s.Depth
	}
	return pattern{depths: fmt.Sprintf("%d-%d-%d-%d", d[0], d[1], d[2], d[3]), late: float64(d[2]+d[3]) / float64(total), arch: a}
}

// evenly takes n of the list, both ends included.
func evenly[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	var some []T
	for i := range n {
		some = append(some, list[i*(len(list)-1)/(n-1)])
	}
	return some
}

func sweepRow(kind space.Block, points []pattern) []string {
	if len(points) < 2 {
		return []string{kind.String(), fmt.Sprint(len(points)), none, none, none, none, none}
	}
	var late, accuracy []float64
	for _, p := range points {
		late, accuracy = append(late, p.late), append(accuracy, p.score.Accuracy.Value)
	}
	by := func(a, b pattern) int { return cmp.Compare(a.score.Accuracy.Value, b.score.Accuracy.Value) }
	worst, best := slices.MinFunc(points, by), slices.MaxFunc(points, by)
	gap := accuracyOf(best.score.Accuracy).minus(accuracyOf(worst.score.Accuracy))
	tells := "a tie: the interval holds 0"
	if gap.low > 0 {
		tells = "more than the interval"
	}
	of := func(p pattern) string { return fmt.Sprintf("%s, %.2f %%", p.depths, p.score.Accuracy.Value) }
	return []string{kind.String(), fmt.Sprint(len(points)), fmt.Sprintf("%.2f", predictor.KendallTau(late, accuracy)), of(worst), of(best), signed(gap), tells}
}
