package compare

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/trtnas/trtnas/experiments/report"
)

// shown is the number of networks that a person gets to see.
const shown = 12

// WriteText writes the comparison for people; all has every network that both
// sides have instead of a selection.
func (c Comparison) WriteText(w io.Writer, all bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	c.A.write(t, "A")
	c.B.write(t, "B")
	fmt.Fprintln(t, "\ndiffers in\tA\tB")
	for _, d := range c.Differences {
		fmt.Fprintf(t, "%s\t%s\t%s\n", d.Name, orNone(d.A), orNone(d.B))
	}
	if len(c.Differences) == 0 {
		fmt.Fprintln(t, "nothing\t\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(c.OtherConditions) > 0 {
		fmt.Fprintf(w, "\nThe conditions differ (%s): results of one side are not those of the other.\n", strings.Join(c.OtherConditions, ", "))
	}
	c.Hypervolume.write(w)
	c.Latency.write(w)
	if err := c.Latency.writePairs(w, all); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nIntervals are of %.0f %%; ~ is no difference that chance (p >= %g) or the intervals don't explain.\n", 100*Level, Significance)
	return err
}

func (r Runs) write(w io.Writer, side string) {
	names := strings.Join(r.Names, " ")
	if len(r.Names) > 1 {
		names = fmt.Sprintf("%s (%d runs)", r.Asked, len(r.Names))
	}
	state := ""
	if len(r.Unfinished) > 0 {
		state = "; unfinished: " + strings.Join(r.Unfinished, " ")
	}
	fmt.Fprintf(w, "%s\t%s\t%s%s\n", side, names, r.Conditions, state)
}

func orNone(value string) string {
	if value == "" {
		return "-"
	}
	return value
}

func (h Hypervolume) write(w io.Writer) {
	reference := make([]string, len(h.Reference))
	for i, v := range h.Reference {
		reference[i] = fmt.Sprintf("%s %g", h.Objectives[i], math.Abs(v)) // searches minimise the negative of what they maximise
	}
	title := "\nHypervolume"
	if len(reference) > 0 {
		title += " up to " + strings.Join(reference, ", ")
	}
	fmt.Fprintln(w, title)
	fmt.Fprintf(w, "  A  %s\n  B  %s\n  A against B  ", h.A.text(), h.B.text())
	if h.Percent != nil && h.Verdict != Refused {
		fmt.Fprintf(w, "%s ", h.Percent.text("%+.2f", " %"))
	}
	fmt.Fprintf(w, "%s%s\n", verdict(h.Verdict, h.P), because(h.Note))
}

func (s Spread) text() string {
	if s.Low == nil {
		return fmt.Sprintf("%.6g (one run)", s.Mean)
	}
	return fmt.Sprintf("%.6g [%.6g, %.6g] (mean of %d runs)", s.Mean, *s.Low, *s.High, len(s.Values))
}

func (e Estimate) text(format, unit string) string {
	text := fmt.Sprintf(format, e.Value) + unit
	if e.Low != nil {
		text += fmt.Sprintf(" ["+format+", "+format+"]", *e.Low, *e.High)
	}
	return text
}

func verdict(v Verdict, p *float64) string {
	if p == nil {
		return string(v)
	}
	return fmt.Sprintf("%s (%s)", v, pText(*p))
}

func pText(p float64) string {
	if p < 0.001 {
		return "p<0.001"
	}
	return fmt.Sprintf("p=%.3f", p)
}

func because(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

func (l Latency) write(w io.Writer) {
	fmt.Fprintf(w, "\nLatency of the %d networks that both have\n  A over B  ", l.Networks)
	if l.Ratio != nil {
		fmt.Fprintf(w, "%s ", l.Ratio.text("%.3f", ""))
	}
	fmt.Fprintf(w, "%s%s\n", verdict(l.Verdict, l.P), because(l.Note))
	if l.Tau != nil {
		fmt.Fprintf(w, "  order     Kendall's tau %.2f\n", *l.Tau)
	}
}

func (l Latency) writePairs(w io.Writer, all bool) error {
	if len(l.Pairs) == 0 {
		return nil
	}
	pairs := l.Pairs
	if !all && len(pairs) > shown {
		pairs = make([]Pair, shown)
		for i := range pairs {
			pairs[i] = l.Pairs[i*(len(l.Pairs)-1)/(shown-1)]
		}
		fmt.Fprintf(w, "\n%d of them (--all shows every one):\n", shown)
	} else {
		fmt.Fprintln(w)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "id\tA ms\t%.0f %%\t\tB ms\t%.0f %%\t\tA/B\t\tstages\n", 100*pairs[0].A.Level, 100*pairs[0].B.Level)
	for _, p := range pairs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%s\t%s\n", p.ID, cell(p.A), cell(p.B), p.Ratio, verdict(p.Verdict, p.P), report.Rows(p.Stages))
	}
	return t.Flush()
}

func cell(e *report.Estimate) string {
	return fmt.Sprintf("%.3g\t[%.3g, %.3g]\t%s", e.Value, e.Low, e.High, e.Source)
}
