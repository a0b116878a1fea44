package accuracy

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report as aligned tables.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d networks of %d families in %d lines, trained alike (300 epochs); errors in points of top-1;\n"+
		"[ ] holds 90 %% of bootstrap samples over lines of families\n", r.Model, r.Networks, r.Families, r.SuperFamilies)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	writeScores(t, "leave one line of families out", r.Models)
	if r.Alternatives != nil {
		writeScores(t, "the same, learnt otherwise", r.Alternatives)
	}
	writeScores(t, "leave one family out", r.FamilyOut)
	writeScores(t, "leave one network out", r.NetworkOut)
	if err := t.Flush(); err != nil {
		return err
	}
	r.writeAdvantages(w)
	if err := r.writeDistances(w); err != nil {
		return err
	}
	if err := r.Edits.writeText(w); err != nil {
		return err
	}
	fmt.Fprintf(t, "\nfamily left out\tnetworks\tmean error\t\n")
	for _, f := range r.ByFamily {
		fmt.Fprintf(t, "%s\t%d\t%+.2f\t\n", f.Family, f.Networks, f.Bias)
	}
	return t.Flush()
}

func writeScores(w io.Writer, title string, scores Table) {
	fmt.Fprintf(w, "\n%s\tMAE\tmedian\ttau\tFLOPs-matched tau\t\tlatency-matched tau\tin 80 %% interval\tin 90 %% interval\t\n", title)
	for _, s := range scores {
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%.2f\t%s\t%s\t\n", s.Model, s.MAE, s.MedianAE, s.Tau,
			s.FLOPsTau, bracket("%.2f", s.FLOPsRange), s.LatencyTau, percentKnown(s.Coverage80), percentKnown(s.Coverage90))
	}
}

func (r *Report) writeAdvantages(w io.Writer) {
	for _, a := range r.Advantages {
		fmt.Fprintf(w, "\n%s less %s: MAE %+.2f %s points, FLOPs-matched tau %+.2f %s", a.Of, a.Over,
			a.MAE, bracket("%+.2f", a.MAERange), a.FLOPsTau, bracket("%+.2f", a.FLOPsTauRange))
	}
	d := r.Within
	fmt.Fprintf(w, "\npairs within a family of a line left out: %d, error of the difference %.2f points, in 90 %% interval %.0f %%;\n"+
		"ordered with an interval that excludes 0: %d, of which right: %d\n", d.Pairs, d.MAE, 100*d.Coverage90, d.Called, d.Right)
}

func (e *Edits) writeText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	n := len(e.Pairs)
	fmt.Fprintf(t, "\nsmall edits, both lines left out: %d of %d signs right, error of the difference %.2f points;\n", e.Right, n, e.MAE)
	fmt.Fprintf(t, "the 90 %% interval holds %d of the %d, and excludes 0 for %d: the others are ties\n", e.Held, n, e.Told)
	fmt.Fprintln(t, "from\tto\tpublished\tpredicted\t90 %")
	for _, p := range e.Pairs {
		fmt.Fprintf(t, "%s\t%s\t%+.2f\t%+.2f\t%s\n", p.From, p.To, p.Published, p.Predicted, bracket("%+.2f", p.Range))
	}
	return t.Flush()
}

func bracket(verb string, r [2]float64) string {
	return fmt.Sprintf("["+verb+", "+verb+"]", r[0], r[1])
}

func percent(share float64) string { return fmt.Sprintf("%.0f", 100*share) }

// percentKnown is a share in per cent, or that there is none.
func percentKnown(share *float64) string {
	if share == nil {
		return "-"
	}
	return percent(*share)
}
