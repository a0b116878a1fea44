package importance

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "What matters in run %s: shares of the variance over space %s, by functional ANOVA\nconditions: %s\nnetworks: %d", r.Run, r.Space, r.Conditions, r.Networks)
	if r.Fitted < r.Networks {
		fmt.Fprintf(w, ", %d of them drawn for the model", r.Fitted)
	}
	fmt.Fprintln(w)
	for _, f := range r.Figures {
		if err := f.write(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nIntervals hold %.0f %% of %d trees. ~ can't be told from chance. Least and greatest are the choices with the least and the greatest mean.\n", 100*r.Level, Trees)
	return err
}

func (f Figure) write(w io.Writer) error {
	var sources []string
	for _, s := range slices.Sorted(maps.Keys(f.Sources)) {
		sources = append(sources, fmt.Sprintf("%s %d", s, f.Sources[s]))
	}
	fmt.Fprintf(w, "\n%s (%s)", f.Name, strings.Join(sources, ", "))
	if f.NotEnough != "" {
		_, err := fmt.Fprintf(w, ": not enough data: %s.\n", f.NotEnough)
		return err
	}
	fmt.Fprintf(w, "; the model explains %.0f %% of the variance of networks that it was not fitted on\n", 100*f.Explained)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  decision\tshare\t%.0f %%\t\tleast\tgreatest, %s\n", 100*Level, f.Unit)
	for _, d := range f.Decisions {
		mark := ""
		if !d.Matters {
			mark = "~"
		}
		byMean := func(a, b Choice) int { return cmp.Compare(a.Mean, b.Mean) }
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", d.Name, d.Share.cells(), mark, slices.MinFunc(d.Choices, byMean).text(), slices.MaxFunc(d.Choices, byMean).text())
	}
	fmt.Fprintf(t, "  several together\t%s\t\t\t\n", f.Together.cells())
	fmt.Fprintf(t, "  chance\t%s\t\t\t\n", f.Chance.cells())
	return t.Flush()
}

func (s Share) cells() string {
	return fmt.Sprintf("%.1f %%\t[%.1f, %.1f]", 100*s.Value, 100*s.Low, 100*s.High)
}

func (c Choice) text() string { return fmt.Sprintf("%s: %.4g", c.Choice, c.Mean) }
