package page

import (
	"fmt"
	"html"
	"math"
	"slices"

	"github.com/trtnas/trtnas/experiments/report"
)

// Points of accuracy below the best that are in sight, and how many networks'
// intervals can be told apart.
const (
	inSight       = 12.0
	mostIntervals = 12
)

// pareto draws accuracy against latency: candidates, the front with intervals,
// published networks and the budget. It also tells how many candidates are out
// of sight.
func (r Run) pareto() (string, int) {
	f, c := r.View.Front, r.Candidates
	reach := r.View.BudgetMS
	if len(f.Latency) > 0 {
		reach = min(reach, report.FarOff*slices.Max(f.Latency)) // else the front would be squeezed into a line
	}
	x := axis{low: 0, high: 1.2 * reach, label: "latency of one batch, ms"}
	y := axis{low: 0, high: 100, label: "ImageNet top-1, %"}
	if len(f.Top1) > 0 {
		best := slices.Max(f.Top1)
		y.low, y.high = max(best-inSight, slices.Min(f.Top1)-1), min(best+2, 100)
	}
	d := newDrawing("Accuracy against latency of run "+r.View.Name, 900, 460, x, y)
	front := map[int]bool{}
	for _, i := range f.Candidate {
		front[i] = true
	}
	outside := d.dots("cloud", c.Latency, c.Top1, func(i int) bool { return c.Failure[i] < 0 && !front[i] })
	d.budget(r.View)
	seen := func(i int) bool { return d.x.holds(f.Latency[i]) && d.y.holds(f.Top1[i]) }
	for _, i := range apart(len(f.ID), mostIntervals, seen) {
		d.cross("interval", f.Latency[i], f.Top1[i], f.Low[i], f.High[i], f.Top1Low[i], f.Top1High[i])
	}
	for i := len(f.ID) - 1; i >= 0; i-- {
		if seen(i) {
			d.marker("front", f.Source[i], f.Latency[i], f.Top1[i], size(len(f.ID)))
		}
	}
	d.references(r.View.References)
	return d.text(), outside
}

// budget is a line, or said at the edge where it is out of sight.
func (d *drawing) budget(v report.View) {
	at, text := d.x.to, "budget "+v.Budget()+" ms"
	if d.x.holds(v.BudgetMS) {
		at = d.x.at(v.BudgetMS)
		fmt.Fprintf(&d.b, `<path class="limit" d="M%s %sV%s"/>`, px(at), px(d.y.to), px(d.y.from))
	} else {
		text += " →"
	}
	fmt.Fprintf(&d.b, `<text class="limit" x="%s" y="%s" text-anchor="end">%s</text>`+"\n", px(at-5), px(d.y.to+12), html.EscapeString(text))
}

// size of the markers of a front, as a share of the usual one: many would hide
// each other.
func size(front int) float64 {
	if front > 150 {
		return 0.6
	}
	return 1
}

// apart are indices below n of what is seen, spread evenly.
func apart(n, most int, seen func(int) bool) []int {
	var all []int
	for i := range n {
		if seen(i) {
			all = append(all, i)
		}
	}
	return pick(all, most)
}

// pick keeps so many evenly, both ends among them.
func pick[T any](all []T, most int) []T {
	if len(all) <= most || most < 2 {
		return all[:min(len(all), max(most, 0))]
	}
	kept := make([]T, most)
	for i := range kept {
		kept[i] = all[i*(len(all)-1)/(most-1)]
	}
	return kept
}

func (d *drawing) references(refs []report.Reference) {
	names := labels{d: d}
	var seen []report.Reference
	for _, r := range refs {
		if r.Latency == nil || r.Top1 == nil || !d.x.holds(r.Latency.Value) || !d.y.holds(r.Top1.Value) {
			continue
		}
		seen = append(seen, r)
		d.marker("reference", "published", r.Latency.Value, r.Top1.Value, 1)
		names.keepOff(r.Latency.Value, r.Top1.Value)
	}
	for _, r := range seen {
		names.put("reference", r.Name, r.Latency.Value, r.Top1.Value)
	}
}

// hypervolume draws it over networks, or over the device's time in minutes.
func hypervolume(c report.Curve, label string, over []float64) string {
	x, y := extent(append([]float64{0}, over...), 0), extent(c.Value, 0.06)
	x.label, y.label = label, "hypervolume"
	d := newDrawing("Hypervolume over "+label, 440, 240, x, y)
	d.line("curve", over, c.Value, false)
	return d.text()
}

// extent spans values, with a margin on both sides as a share of their range.
func extent(values []float64, margin float64) axis {
	if len(values) == 0 {
		return axis{low: 0, high: 1}
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		half := max(math.Abs(low)*0.02, 0.5)
		return axis{low: low - half, high: high + half}
	}
	return axis{low: low - margin*(high-low), high: high + margin*(high-low)}
}

// health draws one of the device's figures, session by session. Those whose
// clocks were held back are marked.
func health(label string, values []float64, throttle []string, guides []float64) string {
	var known, xs, ys []float64
	var held []bool
	for i, v := range values {
		if v > 0 {
			known, xs, ys, held = append(known, v), append(xs, float64(i+1)), append(ys, v), append(held, throttle[i] != "")
		}
	}
	x, y := axis{low: 0, high: float64(len(values) + 1), label: "session"}, extent(append(known, guides...), 0.1)
	d := newDrawing(label+", session by session", 440, 180, x, y)
	for _, v := range guides {
		d.line("limit", []float64{x.low, x.high}, []float64{v, v}, false)
	}
	d.dots("dots", xs, ys, func(i int) bool { return !held[i] })
	d.dots("held", xs, ys, func(i int) bool { return held[i] })
	return d.text()
}

// scaled are integers or others as numbers of another unit.
func scaled[T int | float64](values []T, by float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = float64(v) * by
	}
	return all
}
