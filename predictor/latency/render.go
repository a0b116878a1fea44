package latency

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report as aligned tables, errors in per cent.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%d rows, %d networks, %d families; errors in %% of the published latency\n", r.Rows, r.Networks, r.Families)
	writeScores(t, "leave one family out", r.FamilyOut)
	writeScores(t, "leave one network out", r.NetworkOut)
	writeScores(t, "backbones at 512 px, family left out", r.Far)
	fmt.Fprint(t, "\nfamily left out\trows\t")
	for _, s := range r.FamilyOut {
		fmt.Fprintf(t, "%s\t", s.Model)
	}
	fmt.Fprintln(t)
	for _, f := range r.ByFamily {
		fmt.Fprintf(t, "%s\t%d\t", f.Family, f.Rows)
		for _, e := range f.Errors {
			fmt.Fprintf(t, "%+.0f..%+.0f\t", 100*e[0], 100*e[1])
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

func writeScores(w io.Writer, title string, scores []Scores) {
	fmt.Fprintf(w, "\n%s\tMAPE\tmedian\tin 10 %%\tin 20 %%\ttau\tworst\tof\t80 %% interval\tcoverage\t\n", title)
	for _, s := range scores {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.0f\t%.0f\t%.2f\t%+.0f\t%s\tx/÷ %.2f\t%.0f\t\n", s.Model, 100*s.MAPE, 100*s.MedianAPE,
			100*s.Within10, 100*s.Within20, s.Tau, 100*s.Worst, s.WorstOf, s.Factor, 100*s.Coverage)
	}
}
