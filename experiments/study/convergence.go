package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// convergence asks whether a search that knows nothing of the paper comes to
// its networks.
var convergence = Study{
	Name:     "convergence",
	Question: "Does a search come to TRT-ViT's guidelines and networks by itself, and by what?",
	run:      runConvergence,
}

func runConvergence(ctx context.Context, s *Subject) (Result, error) {
	searches := map[string][]found{}
	for _, name := range spaces {
		for seed := range s.Seeds {
			f, err := s.search(ctx, name, seed)
			if err != nil {
				return Result{}, err
			}
			searches[name] = append(searches[name], f)
		}
	}
	limit, err := s.budget(ctx)
	if err != nil {
		return Result{}, err
	}
	scores, err := s.scores(ctx, paperNetworks...)
	if err != nil {
		return Result{}, err
	}
	fastest := scores[paperNetworks[0]].Latency.Value
	tested, notes, err := s.guidelines(ctx, searches, fastest)
	if err != nil {
		return Result{}, err
	}
	ours, err := named(paperNetworks...)
	if err != nil {
		return Result{}, err
	}
	distances, within := distancesFrom(scores, searches)
	return Result{
		Notes: append([]string{fmt.Sprintf("%d searches in each space, from chance alone: no published network is among the first. Each evaluates %d networks up to %v, %g times TRT-ViT-D's latency, "+
			"for latency and the lower bound of the accuracy. Shapes and guidelines are of the fronts' networks that are no faster than TRT-ViT-A.", s.Seeds, s.Evaluations, limit, roomAbove), within}, notes...),
		Tables: []Table{distances, shapes(searches, fastest, archsOf(ours)), tested}, Plots: []Plot{fronts(scores, searches)},
	}, nil
}

// guidelines tests the searches' fronts, and those of searches led by half of
// what is known.
func (s *Subject) guidelines(ctx context.Context, searches map[string][]found, fastest time.Duration) (Table, []string, error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return Table{}, nil, err
	}
	models := d.Models()
	samples := map[model]map[string][]sample{whole: {}, latencyOnly: {}, flopsOnly: {}}
	for _, name := range spaces {
		for seed, f := range searches[name] {
			chance, err := s.random(ctx, name, seed, models)
			if err != nil {
				return Table{}, nil, err
			}
			samples[whole][name] = append(samples[whole][name], sample{among(f.front, fastest), chance})
			if d.Measures {
				continue
			}
			for _, m := range []model{latencyOnly, flopsOnly} {
				s.tell("convergence: %s, %s, seed %d", m, name, seed)
				front, err := s.ablated(ctx, m, name, seed, models)
				if err != nil {
					return Table{}, nil, err
				}
				samples[m][name] = append(samples[m][name], sample{among(front, fastest), chance})
			}
		}
	}
	all, byLatency, byAccuracy := contrasts(samples[whole]), contrasts(samples[latencyOnly]), contrasts(samples[flopsOnly])
	t := Table{
		Name: "convergence-guidelines", Title: "The guidelines on the fronts, against random networks as fast:",
		Header: []string{"guideline", "figure", "space", "on the fronts", "by chance", "seeds", "effect", "p", "p, corrected", "outcome", "decided by"},
	}
	for i, c := range all {
		decides := none
		if !d.Measures {
			decides = decider(c, byLatency[i], byAccuracy[i])
		}
		t.add(c.row(decides)...)
	}
	note := fmt.Sprintf("Each guideline is tested by Wilcoxon's signed rank test over the seeds, exact and two-sided, between a figure of the front and that of random networks of the space within %.0f %% of the same predicted latency. "+
		"The effect is the rank biserial correlation, from -1 to 1; p is corrected for all tests by Holm's method, and below %g counts.", 100*asFast, significant)
	if d.Measures {
		return t, []string{note, "By what a guideline is decided can be told only where searches cost nothing: on a latency profile."}, nil
	}
	return t, []string{note, fmt.Sprintf("By what it is decided tells a search of a third of the evaluations in which the accuracy depends on MACs alone (latency decides), and another in which MACs take the place of latency (the accuracy model decides): " +
		"the one that alone differs from chance in the same direction. \"Neither\" is said where the whole search does not differ.")}, nil
}

// shapes are the means of the fronts' networks, and of TRT-ViT's, stage by
// stage.
func shapes(searches map[string][]found, fastest time.Duration, ours []space.Arch) Table {
	t := Table{Name: "convergence-shapes", Title: "The fronts' networks, and TRT-ViT's:", Header: []string{"networks", "stage", "blocks", "share of blocks", "width", "Transformer's share of channels", "R", "S", "K"}}
	for _, name := range spaces {
		var archs []space.Arch
		for _, f := range searches[name] {
			for _, r := range among(f.front, fastest) {
				archs = append(archs, r.Arch)
			}
		}
		t.addShape("fronts in "+name, archs)
	}
	t.addShape("TRT-ViT-A to D", ours)
	return t
}

func (t *Table) addShape(name string, archs []space.Arch) {
	for i := range sides {
		var blocks, of, width, global, r, reduced, k []float64
		for _, a := range archs {
			st := a.Stages[i]
			blocks, of = append(blocks, float64(st.Depth)), append(of, float64(st.Depth)/float64(blocksOf(a)))
			width, global = append(width, float64(st.Width)), append(global, globalShare(a, i))
			if st.Mixed > 0 {
				r, reduced = append(r, st.R), append(reduced, float64(st.S))
				if st.Block.Mixes() {
					k = append(k, float64(st.K))
				}
			}
		}
		t.add(name, fmt.Sprint(i+2), figure(blocks, 1), figure(of, 2), figure(width, 0), figure(global, 3), figure(r, 2), figure(reduced, 1), figure(k, 1))
	}
}

func archsOf(networks []reference.Network) []space.Arch {
	archs := make([]space.Arch, len(networks))
	for i, n := range networks {
		archs[i] = *n.Arch
	}
	return archs
}

func figure(values []float64, digits int) string {
	if len(values) == 0 {
		return none
	}
	return fmt.Sprintf("%.*f", digits, mean(values))
}

// paperNetworks are TRT-ViT's, of which those with K 7 are in the space "paper".
var paperNetworks = []string{"TRT-ViT-A", "TRT-ViT-B", "TRT-ViT-C", "TRT-ViT-D"}

// distancesFrom are TRT-ViT's from the fronts. The note says whether all are
// within their intervals' half of the front in the paper's own space.
func distancesFrom(scores map[string]evaluator.Score, searches map[string][]found) (Table, string) {
	t := Table{
		Name: "convergence-distances", Title: "How far TRT-ViT is from the fronts, in points of the lower bound that was searched for:",
		Header: []string{"space", "network", "ms", "lower bound, %", "half interval, points", "front's gain at equal ms, points", "front's gain at equal accuracy, % of ms", "evaluations until dominated", "seeds that dominate it", "seed 0's best at equal ms"},
	}
	far := 0
	for _, name := range spaces {
		for _, n := range paperNetworks {
			d := distancesOf(scores[n], searches[name])
			half := (scores[n].Accuracy.High - scores[n].Accuracy.Low) / 2
			if name == paperSpace && predictor.Quantile(d.points, 0.5) > half {
				far++
			}
			t.add(name, n, fmt.Sprintf("%.2f", milliseconds(scores[n].Latency.Value)), fmt.Sprintf("%.2f", scores[n].Accuracy.Bound), fmt.Sprintf("%.2f", half),
				spanText(d.points, "%+.2f"), spanText(d.percent, "%.0f"), spanText(d.until, "%.0f"), fmt.Sprintf("%d of %d", len(d.until), len(searches[name])), d.best)
		}
	}
	note := "In the paper's own space all four TRT-ViTs are as good as the front within half their interval: ties."
	if far > 0 {
		note = fmt.Sprintf("In the paper's own space %d of the four TRT-ViTs are further below the front than half their interval.", far)
	}
	return t, note
}

// distance of a network from each seed's front.
type distance struct {
	points, percent, until []float64
	best                   string // network of the first seed's front
}

func distancesOf(n evaluator.Score, searches []found) (d distance) {
	at := objectivesOf(n)
	for i, f := range searches {
		best, fastest := math.Inf(-1), math.Inf(1)
		for _, r := range f.front {
			o := objectivesOf(r.Score)
			if o[0] <= at[0] {
				best = max(best, -o[1])
				if i == 0 {
					d.best = report.Rows(r.Arch.Stages[:]) // the front is in order
				}
			}
			if o[1] <= at[1] {
				fastest = min(fastest, o[0])
			}
		}
		if !math.IsInf(best, -1) {
			d.points = append(d.points, best+at[1])
		}
		if !math.IsInf(fastest, 1) {
			d.percent = append(d.percent, 100*(1-fastest/at[0]))
		}
		if i := slices.IndexFunc(f.evaluated, func(r evaluator.Result) bool { return dominates(r, at) }); i >= 0 {
			d.until = append(d.until, float64(i+1))
		}
	}
	return d
}

// dominates reports whether the network is no worse in either objective and
// better in one.
func dominates(r evaluator.Result, at []float64) bool {
	if r.Failure != nil {
		return false
	}
	o := objectivesOf(r.Score)
	return o[0] <= at[0] && o[1] <= at[1] && (o[0] < at[0] || o[1] < at[1])
}

// spanText is the median with the least and the greatest.
func spanText(values []float64, format string) string {
	if len(values) == 0 {
		return none
	}
	return fmt.Sprintf(format+" ("+format+" to "+format+")", predictor.Quantile(values, 0.5), slices.Min(values), slices.Max(values))
}

// fronts are the first seed's of each space, with TRT-ViT beside them.
func fronts(scores map[string]evaluator.Score, searches map[string][]found) Plot {
	p := Plot{Name: "convergence", Title: "Fronts of the first seed, and TRT-ViT", X: Axis{Label: "ms"}, Y: Axis{Label: "lower bound of top-1, %"}}
	for _, name := range spaces {
		line := Series{Name: "space " + name, Line: true}
		for _, r := range searches[name][0].front {
			line.Points = append(line.Points, Point{X: milliseconds(r.Score.Latency.Value), Y: r.Score.Accuracy.Bound})
		}
		p.Series = append(p.Series, line)
	}
	ours := Series{Name: "TRT-ViT"}
	for _, n := range paperNetworks {
		ours.Points = append(ours.Points, Point{X: milliseconds(scores[n].Latency.Value), Y: scores[n].Accuracy.Bound, Label: n})
	}
	p.Series = append(p.Series, ours)
	return p
}
