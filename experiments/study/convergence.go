package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
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
	ours, err := named(paperNetworks...)
	if err != nil {
		return Result{}, err
	}
	scores, err := s.scores(ctx, paperNetworks...)
	if err != nil {
		return Result{}, err
	}
	fastest := scores[paperNetworks[0]].Latency.Value
	tests, err := s.guidelines(ctx, searches, fastest, archsOf(ours))
	if err != nil {
		return Result{}, err
	}
	distances, within := distancesFrom(scores, searches)
	return Result{
		Notes: append([]string{fmt.Sprintf("Searches in each space: %d, from chance alone: no published network is among the first. Each evaluates %d networks up to %.1f ms, %g times TRT-ViT-D's latency, "+
			"for latency and the lower bound of the accuracy. Shapes and guidelines are of the fronts' networks that are no faster than TRT-ViT-A.", s.Seeds, s.Evaluations, milliseconds(limit), roomAbove), within}, tests.notes...),
		Tables: []Table{distances, shapes(searches, fastest, archsOf(ours)), tests.table}, Plots: []Plot{fronts(scores, searches, fastest)}, Claims: tests.claims,
	}, nil
}

// samples are the searches' fronts, and where networks are predicted those of
// searches led by half of what is known, each with random networks.
func (s *Subject) samples(ctx context.Context, d *device.Device, searches map[string][]found, fastest time.Duration) (map[model]map[string][]sample, error) {
	all := map[model]map[string][]sample{whole: {}, latencyOnly: {}, flopsOnly: {}}
	for _, name := range spaces {
		for seed, f := range searches[name] {
			chance, err := s.random(ctx, name, seed, d.Models())
			if err != nil {
				return nil, err
			}
			all[whole][name] = append(all[whole][name], sample{among(f.front, fastest), chance})
		}
		if d.Measures {
			continue
		}
		for _, m := range []model{latencyOnly, flopsOnly} {
			s.tell("convergence: space %s, %s", name, m)
			for seed, full := range all[whole][name] {
				front, err := s.ablated(ctx, m, name, seed, d.Models())
				if err != nil {
					return nil, err
				}
				all[m][name] = append(all[m][name], sample{among(front, fastest), full.random})
			}
		}
	}
	return all, nil
}

// tested are the guidelines' tests.
type tested struct {
	table  Table
	notes  []string
	claims []Claim
}

// guidelines tests the fronts, and says what decides.
func (s *Subject) guidelines(ctx context.Context, searches map[string][]found, fastest time.Duration, papers []space.Arch) (t tested, err error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return t, err
	}
	samples, err := s.samples(ctx, d, searches, fastest)
	if err != nil {
		return t, err
	}
	t.table = Table{
		Name: "convergence-guidelines", Title: "The guidelines on the fronts, against random networks as fast:",
		Header: []string{"guideline", "figure", "space", "on the fronts", "by chance", "TRT-ViT", "seeds", "effect", "p", "p, corrected", "outcome", "decided by"},
	}
	all, byLatency, byAccuracy := contrasts(samples[whole], papers), contrasts(samples[latencyOnly], papers), contrasts(samples[flopsOnly], papers)
	for i, c := range all {
		decides := none
		if !d.Measures {
			decides = decider(c, byLatency[i], byAccuracy[i])
		}
		t.table.add(c.row(decides)...)
		if c.space == openSpace && c.trait.sign != 0 {
			t.claims = append(t.claims, c.claim(decides))
		}
	}
	t.notes = []string{fmt.Sprintf("Each guideline is tested by Wilcoxon's signed rank test over the seeds, exact and two-sided, between a figure of the front and that of random networks of the space within %.0f %% of the same predicted latency. "+
		"The effect is the rank biserial correlation, from -1 to 1; p is corrected for all tests by Holm's method, and below %g counts. The tests tell what searches agree on under these models, not that the models are right; "+
		"in the paper's own space, which is small, all seeds may come to one front. Chance is what a space's choices make of it: with up to 20 blocks in stage 4, random networks are deep there already, deeper than TRT-ViT-A to D, whose mean stands beside them.", 100*asFast, significant)}
	if d.Measures {
		t.notes = append(t.notes, "By what a guideline is decided can be told only where searches cost nothing: on a latency profile.")
		return t, nil
	}
	t.notes = append(t.notes, "By what it is decided tells a search of a third of the evaluations in which the accuracy depends on MACs alone (latency decides), and another in which MACs take the place of latency (the accuracy model decides): "+
		"the one that alone differs from chance in the same direction. \"Neither\" is said where the whole search does not differ.")
	return t, nil
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
	far, furthest, by := 0, "", math.Inf(-1)
	for _, name := range spaces {
		for _, n := range paperNetworks {
			d := distancesOf(scores[n], searches[name])
			half := (scores[n].Accuracy.High - scores[n].Accuracy.Low) / 2
			if median := predictor.Quantile(d.points, 0.5); name == paperSpace {
				if median > half {
					far++
				}
				if median > by {
					furthest, by = n, median
				}
			}
			t.add(name, n, fmt.Sprintf("%.2f", milliseconds(scores[n].Latency.Value)), fmt.Sprintf("%.2f", scores[n].Accuracy.Bound), fmt.Sprintf("%.2f", half),
				spanText(d.points, "%+.2f"), spanText(d.percent, "%.0f"), spanText(d.until, "%.0f"), fmt.Sprintf("%d of %d", len(d.until), len(searches[name])), d.best)
		}
	}
	note := "all four TRT-ViTs are as good as the front within half their interval, so ties"
	if far > 0 {
		note = fmt.Sprintf("%d of the four TRT-ViTs are further below the front than half their interval", far)
	}
	return t, fmt.Sprintf("In the paper's own space %s; furthest is %s, by %.2f points of the lower bound. The last column shows what the first seed has in its place.", note, furthest, by)
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
// better in one, within the accuracy model's range.
func dominates(r evaluator.Result, at []float64) bool {
	if r.Failure != nil || r.Score.Accuracy.Outside() {
		return false
	}
	o := objectivesOf(r.Score)
	return o[0] <= at[0] && o[1] <= at[1] && (o[0] < at[0] || o[1] < at[1])
}

func frontLine(name string, front []evaluator.Result) Series {
	l := Series{Name: name, Line: true}
	for _, r := range front {
		l.Points = append(l.Points, Point{X: milliseconds(r.Score.Latency.Value), Y: r.Score.Accuracy.Bound})
	}
	return l
}

// spanText is the median with the least and the greatest.
func spanText(values []float64, format string) string {
	if len(values) == 0 {
		return none
	}
	return fmt.Sprintf(format+" ("+format+" to "+format+")", predictor.Quantile(values, 0.5), slices.Min(values), slices.Max(values))
}

// fronts are the first seed's of each space, with TRT-ViT beside them.
func fronts(scores map[string]evaluator.Score, searches map[string][]found, fastest time.Duration) Plot {
	p := Plot{Name: "convergence", Title: "Fronts of the first seed, and TRT-ViT", X: Axis{Label: "ms", Log: true}, Y: Axis{Label: "lower bound of top-1, %"}}
	for _, name := range spaces {
		p.Series = append(p.Series, frontLine("space "+name, among(searches[name][0].front, fastest/2)))
	}
	ours := Series{Name: "TRT-ViT"}
	for _, n := range paperNetworks {
		ours.Points = append(ours.Points, Point{X: milliseconds(scores[n].Latency.Value), Y: scores[n].Accuracy.Bound, Label: n})
	}
	p.Series = append(p.Series, ours)
	return p
}
