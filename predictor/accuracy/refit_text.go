package accuracy

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report as tables.
func (r *Refit) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "refitted with %d results of your own; your training reaches %+.2f points against the reference recipe\n\n", r.Rows, r.Offset)
	if err := r.writeErrors(w); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nnetwork\tyour top-1\testimate before\t80 %%\t90 %%\tafter\t80 %%\texpected without it\t80 %%\t90 %%\t\n")
	for _, l := range r.Labels {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%s\t%s\t%.2f\t%s\t", l.Name, l.Top1, l.Before.Top1, span(l.Before.Range80), span(l.Before.Range90), l.After.Top1, span(l.After.Range80))
		if l.Without == nil {
			fmt.Fprint(t, "-\t-\t-\t\n")
			continue
		}
		fmt.Fprintf(t, "%.2f\t%s\t%s\t\n", l.Without.Top1, span(l.Without.Range80), span(l.Without.Range90))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nestimates are for the reference recipe; what is expected without a result is for yours")
	return err
}

func (r *Refit) writeErrors(w io.Writer) error {
	if len(r.Errors) == 0 {
		_, err := fmt.Fprintf(w, "not enough data to judge what that is worth: %d results, %d are needed\n", r.Rows, FewestJudged)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "each result predicted without it\tMAE\t90 %%\tbias\t90 %%\ttau\t90 %%\t90 %% interval holds\t\n")
	for _, e := range r.Errors {
		fmt.Fprintf(t, "%s\t%.2f\t%s\t%+.2f\t%s\t%s\t%.0f %%\t\n", e.By, e.MAE, span(e.MAERange), e.Bias, span(e.BiasRange), e.Order.cells(), 100*e.Coverage90)
	}
	return t.Flush()
}

func (o *Order) cells() string {
	if o == nil {
		return "-\t-"
	}
	return fmt.Sprintf("%.2f\t%s", o.Tau, span(o.TauRange))
}

func span(r [2]float64) string { return fmt.Sprintf("[%.2f, %.2f]", r[0], r[1]) }
