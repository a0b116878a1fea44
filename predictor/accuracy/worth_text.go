package accuracy

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// WriteText writes the study as tables.
func (w *Worth) WriteText(to io.Writer) error {
	fmt.Fprintf(to, "%s: what a user's own results tell of networks that have none; published results stand in for them:\n"+
		"some are drawn as labels, the rest predicted; means of %d draws; errors in points of top-1, on the user's scale\n\n"+
		"Lines of families, each left out with the scales tuned without it, and moved by %+.1f points for the user's recipe;\n"+
		"means over lines that have %d networks more than labels; [ ] holds 90 %% of bootstrap samples over these lines;\n"+
		"apart: the median distance of two networks in the model's features, in standard deviations of the published ones\n\n",
		w.Model, w.Draws, w.Offset, fewestPredicted)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "labels\tlines\tpredicted by\tMAE\t\ttau\t\tFLOPs-matched\t\t80 % holds\t90 % holds\terror of differences\t\t90 % holds\t")
	for _, m := range w.Mean {
		for _, way := range m.Ways {
			way.write(t, m, "%.2f")
		}
		m.Gain.write(t, m, "%+.2f")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := writeLabelled(to, "line of families", w.Lines); err != nil {
		return err
	}
	fmt.Fprintln(to, "\nResults of other recipes as they are, their lines of families left out; differences are those of the reference recipe")
	return writeLabelled(to, "recipe", w.Recipes)
}

func (w MeanWay) write(to io.Writer, m MeanOfWays, verb string) {
	cell := func(of func(Figures) float64) string {
		if math.IsNaN(of(w.Mean)) {
			return "-\t-"
		}
		if m.Lines == 1 {
			return fmt.Sprintf(verb+"\t-", of(w.Mean))
		}
		return fmt.Sprintf(verb+"\t%s", of(w.Mean), bracket(verb, [2]float64{of(w.Low), of(w.High)}))
	}
	share := func(of func(Figures) float64) string {
		if w.By == m.Gain.By {
			return "-"
		}
		return percent(of(w.Mean))
	}
	fmt.Fprintf(to, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", m.Labels, m.Lines, w.By,
		cell(func(f Figures) float64 { return f.MAE }), cell(func(f Figures) float64 { return f.Tau }),
		cell(Figures.flopsTau),
		share(func(f Figures) float64 { return f.Coverage80 }), share(func(f Figures) float64 { return f.Coverage90 }),
		cell(func(f Figures) float64 { return f.DifferenceMAE }), share(func(f Figures) float64 { return f.DifferenceCoverage90 }))
}

// writeLabelled has a row for each, with the ways side by side.
func writeLabelled(to io.Writer, title string, all []Labelled) error {
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\n%s\tfamilies\tnetworks\tapart\tFLOPs-matched\tlabels\tMAE: published\t+ mean offset\trefitted\ttau: published\trefitted\tFLOPs-matched: published\trefitted\t80 %% holds\t90 %% holds\tdifferences: published\trefitted\t90 %% holds\trefitted\t\n", title)
	for _, l := range all {
		p, s, r := l.Ways[0].Figures, l.Ways[1].Figures, l.Ways[2].Figures
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%s\t%s\t%s\t%.2f\t%.2f\t%s\t%s\t\n", l.Of, l.Families, l.Networks, l.Spread.Cells(), l.Labels,
			p.MAE, s.MAE, r.MAE, p.Tau, r.Tau, known(p.FLOPsTau), known(r.FLOPsTau),
			percent(r.Coverage80), percent(r.Coverage90),
			p.DifferenceMAE, r.DifferenceMAE, percent(p.DifferenceCoverage90), percent(r.DifferenceCoverage90))
	}
	return t.Flush()
}

// flopsTau is no number where there are no pairs of equal FLOPs.
func (f Figures) flopsTau() float64 {
	if f.FLOPsTau == nil {
		return math.NaN()
	}
	return *f.FLOPsTau
}

func known(figure *float64) string {
	if figure == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *figure)
}

// Cells of a table: of all pairs, and of those of equal FLOPs.
func (s Spread) Cells() string { return fmt.Sprintf("%.2f\t%s", s.All, known(s.FLOPs)) }
