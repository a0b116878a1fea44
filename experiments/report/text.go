package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// Legend explains what Rows writes.
var Legend = legend()

func legend() string {
	var blocks []string
	for _, k := range space.Blocks() {
		blocks = append(blocks, k.Letter()+" "+k.String())
	}
	return "stages: width:blocks; " + strings.Join(blocks, ", ") + "; r Transformer share, s spatial reduction, k kernel"
}

// Rows writes stages in short, such as "192:3B 384:4B 768:7B+2C(r.5 s2 k7)".
func Rows(stages []space.Stage) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = row(s)
	}
	return strings.Join(words, " ")
}

func row(s space.Stage) string {
	var parts []string
	if plain := s.Depth - s.Mixed; plain > 0 {
		parts = append(parts, fmt.Sprintf("%dB", plain))
	}
	if s.Mixed > 0 {
		parts = append(parts, fmt.Sprintf("%d%s%s", s.Mixed, s.Block.Letter(), detail(s)))
	}
	return fmt.Sprintf("%d:%s", s.Width, strings.Join(parts, "+"))
}

func detail(s space.Stage) string {
	var words []string
	if s.Block.Mixes() {
		words = append(words, "r"+strings.TrimPrefix(fmt.Sprintf("%.2g", s.R), "0"))
	}
	if s.S > 1 {
		words = append(words, fmt.Sprintf("s%d", s.S))
	}
	if s.Block.HasKernel() {
		words = append(words, fmt.Sprintf("k%d", s.K))
	}
	if len(words) == 0 {
		return ""
	}
	return "(" + strings.Join(words, " ") + ")"
}

// Conditions writes the conditions of a latency in one line.
func Conditions(c evaluator.Conditions) string {
	driver := ""
	if c.Driver != "" {
		driver = ", driver " + c.Driver
	}
	return fmt.Sprintf("%s%s, TensorRT %s, %s, batch %d, %dx%d, %s", c.Device, driver, c.TensorRT, c.Precision, c.Batch, c.Resolution[0], c.Resolution[1], c.Output)
}

// Top1Meaning says what the top-1 under the conditions is.
func Top1Meaning(c evaluator.Conditions) string {
	if c.AccuracyData == "" {
		return "after 300 epochs of training on ImageNet-1k at 224x224"
	}
	return "on " + c.AccuracyData + " after " + c.Accuracy
}

// narrow is the width of an interval, in ms or per cent, that one decimal would
// hide.
const narrow = 0.3

func (e *Estimate) cell() string {
	mark := ""
	if e.Extrapolated {
		mark = " extrapolated"
	}
	value, bounds := 2, 1
	if width := e.High - e.Low; width < narrow && width < e.Value/10 {
		value, bounds = 3, 3
	}
	return fmt.Sprintf("%.*f\t[%.*f, %.*f]\t%s%s", value, e.Value, bounds, e.Low, bounds, e.High, e.Source, mark)
}

func counts(p Point) string {
	return fmt.Sprintf("%.1f M\t%.2f G", float64(p.Params)/1e6, float64(p.MACs)/1e9)
}

// shown is how many points of a front a person gets to see.
const shown = 12

// thin keeps n points evenly spread over the front, the best and the fastest
// among them.
func thin(points []Point, n int) []Point {
	if len(points) <= n {
		return points
	}
	kept := make([]Point, n)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(n-1)]
	}
	return kept
}

// WriteText writes the front as tables for people.
func (f Front) WriteText(w io.Writer, all bool) error {
	points := f.Points
	if !all {
		points = thin(points, shown)
	}
	fmt.Fprintf(w, "Pareto front of run %s: %d networks of %d within %s ms", f.Run, len(f.Points), f.Evaluated, plain(f.BudgetMS))
	if len(points) < len(f.Points) {
		fmt.Fprintf(w, "; %d of them (--all shows every one)", len(points))
	}
	fmt.Fprintf(w, "\nconditions: %s\n", Conditions(f.Conditions))
	f.writeTargets(w)
	if f.Labels > 0 {
		fmt.Fprintf(w, "accuracies by %s, %d results of the user's own among them\n", f.Conditions.Accuracy, f.Labels)
	}
	f.writeRejected(w)
	fmt.Fprintln(w)
	if len(points) == 0 {
		fmt.Fprintf(w, "No network within the budget.\n\n")
	} else if err := f.writePoints(w, points); err != nil {
		return err
	}
	f.writeRebuilt(w)
	f.writeScreening(w)
	if err := f.writeLabels(w); err != nil {
		return err
	}
	if err := f.writeReferences(w, all); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", f.reading())
	return err
}

// writeRejected says how many networks the guard kept off the front.
func (f Front) writeRejected(w io.Writer) {
	if f.Rejected > 0 {
		fmt.Fprintf(w, "kept off the front: %d of the %d (%.1f %%), outside the range of published networks that the accuracy model was fitted on\n",
			f.Rejected, f.Evaluated, 100*float64(f.Rejected)/float64(f.Evaluated))
	}
}

// writeScreening says how far the model could be relied on that chose what to
// measure.
func (f Front) writeScreening(w io.Writer) {
	plain := 0
	var last *float64
	for _, s := range f.Screening {
		if s.Plain {
			plain++
		}
		if s.Quality != nil {
			last = s.Quality
		}
	}
	if last == nil {
		return
	}
	fmt.Fprintf(w, "\nNetworks were chosen by a latency model that every timing corrected; it ranked networks that it had not seen with a Kendall tau of %.2f in the end", *last)
	if plain > 0 {
		fmt.Fprintf(w, ", and %d of %d rounds did without it, for it ranked badly", plain, len(f.Screening))
	}
	fmt.Fprintln(w, ".")
}

// writeRebuilt says how far the finalists' builds differ.
func (f Front) writeRebuilt(w io.Writer) {
	var spreads []float64
	for _, p := range f.Points {
		if p.Rebuilt != nil {
			spreads = append(spreads, p.Rebuilt.Spread)
		}
	}
	if len(spreads) > 0 {
		slices.Sort(spreads)
		fmt.Fprintf(w, "\n%d of them were built and timed again: a network's builds differ by %.1f %% (median), at most %.1f %%; their latency is the builds' median.\n",
			len(spreads), 100*spreads[len(spreads)/2], 100*spreads[len(spreads)-1])
	}
}

// writeTargets says what else the networks keep to.
func (f Front) writeTargets(w io.Writer) {
	for i, t := range f.Targets {
		fmt.Fprintf(w, "and %s: within %s ms on %s\n", targetName(i), plain(t.BudgetMS), Conditions(t.Conditions))
	}
	switch f.LatencyOf {
	case "each":
		fmt.Fprintln(w, "each latency was minimised")
	case "worst":
		fmt.Fprintln(w, "the latency with the greatest share of its budget was minimised")
	}
}

// targetName is how columns name a further budget, the first of which is the
// second of all.
func targetName(i int) string { return fmt.Sprintf("#%d", i+2) }

func (f Front) writePoints(w io.Writer, points []Point) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "id\tms\t%.0f %%\tlatency\t", 100*points[0].Latency.Level)
	for i := range f.Targets {
		fmt.Fprintf(t, "ms %s\t%.0f %%\tlatency\t", targetName(i), 100*points[0].Beside[i].Level)
	}
	fmt.Fprintf(t, "top-1\t%.0f %%\taccuracy\tparams\tMACs\t%sstages\n", 100*points[0].Top1.Level, f.engineHeader())
	for _, p := range points {
		fmt.Fprintf(t, "%s\t%s\t", p.ID, p.Latency.cell())
		for _, l := range p.Beside {
			fmt.Fprintf(t, "%s\t", l.cell())
		}
		fmt.Fprintf(t, "%s\t%s\t%s%s\n", p.Top1.cell(), counts(p), f.engineCells(p), Rows(p.Stages))
	}
	return t.Flush()
}

// Published networks much faster or slower than the budget are no alternative
// to what a search for it finds.
const nearLow, nearHigh = 0.5, 1.25

// FarOff is how many times as long as the slowest network of a front a budget is
// that says nothing about the front.
const FarOff = 1.5

// binding is the budget, or the latency of the slowest network of the front if the
// budget is far off.
func (f Front) binding() float64 {
	if len(f.Points) == 0 || f.BudgetMS <= FarOff*f.Points[0].Objective.LatencyMS {
		return f.BudgetMS
	}
	return f.Points[0].Objective.LatencyMS
}

// bound says what binding is.
func (f Front) bound() string {
	if f.binding() < f.BudgetMS {
		return "slowest of the front"
	}
	return "budget"
}

func (f Front) near() []Reference {
	var near []Reference
	for _, r := range f.References {
		if share := r.Objective.LatencyMS / f.binding(); share >= nearLow && share <= nearHigh {
			near = append(near, r)
		}
	}
	return near
}

func (f Front) writeReferences(w io.Writer, all bool) error {
	refs := f.References
	if !all {
		refs = f.near()
	}
	if len(refs) == 0 {
		if n := len(f.References); n > 0 {
			fmt.Fprintf(w, "\nOf %d published networks none is near the %s (--all shows every one).\n", n, f.bound())
		}
		return nil
	}
	fmt.Fprintf(w, "\nPublished networks under the same conditions, and how far the front is ahead of each")
	if len(f.Targets) > 0 {
		fmt.Fprintf(w, " by the first latency")
	}
	if len(refs) < len(f.References) {
		fmt.Fprintf(w, "; %d of %d, those near the %s (--all shows every one)", len(refs), len(f.References), f.bound())
	}
	fmt.Fprintf(w, "\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "network\tms\t%.0f %%\tlatency\ttop-1\t%.0f %%\taccuracy\tparams\tMACs\tat equal ms\tat equal top-1\tpublished ms\tdefinition\n", 100*refs[0].Latency.Level, 100*refs[0].Top1.Level)
	for _, r := range refs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Latency.cell(), r.Top1.cell(), counts(r.Point), r.Gap.cells(), r.Published.cell(), r.Definition)
	}
	if err := t.Flush(); err != nil || !all || len(f.LeftOut) == 0 {
		return err
	}
	fmt.Fprintf(w, "\nThese do not fit the conditions:\n")
	for _, l := range f.LeftOut {
		fmt.Fprintf(w, "  %s\n", l.Reason)
	}
	return nil
}

func (g *Gap) cells() string {
	points, percent := "-", "-"
	if g != nil && g.Points != nil {
		points = fmt.Sprintf("%+.2f points", *g.Points)
	}
	if g != nil && g.Percent != nil {
		percent = fmt.Sprintf("%+.0f %% ms", -*g.Percent)
	}
	return points + "\t" + percent
}

func (p *Published) cell() string {
	if p == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", p.LatencyMS)
}

// reading says what the figures can't tell.
func (f Front) reading() string {
	if f.Conditions.AccuracyData != "" {
		return strings.Join([]string{
			Legend,
			"The search maximised the lower bound of top-1 (one standard deviation for the number of images), which was",
			"counted " + Top1Meaning(f.Conditions) + ".",
			"It is no ImageNet top-1, and the exported networks are untrained. Overlapping intervals are ties.",
		}, "\n")
	}
	maximised := "The search maximised the lower bound of top-1 (one standard deviation below the estimate). Top-1 is an"
	if len(f.Objectives) > 0 && !slices.Contains(f.Objectives, "accuracy") {
		maximised = "The objectives of this search (" + strings.Join(f.Objectives, ", ") + ") leave out top-1, which is an"
	}
	return strings.Join([]string{
		Legend,
		maximised,
		"estimate for 300 epochs of training on ImageNet-1k at 224x224, whatever the resolution of the latency: the",
		"exported networks are untrained, and networks less than 0.5 points apart are a tie, and others may be (trtnas",
		"validate-accuracy --run). Nothing here was measured unless it says so.",
	}, "\n")
}
