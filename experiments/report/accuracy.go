package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// Accuracy is how far the accuracy model can be trusted: its cross-validation,
// zero-cost proxies beside it, and the paper's orderings.
type Accuracy struct {
	accuracy.Report
	Proxies   []ProxyBeside `json:"proxies"` // on the published networks that they were computed for
	Unfitted  Unfitted      `json:"unfitted"`
	Orderings []Ordering    `json:"orderings"`
}

// ProxyBeside is how a proxy orders published networks, and how the estimate does
// on the same ones with their lines of families left out.
type ProxyBeside struct {
	Ranking
	Estimate *EstimateBeside `json:"estimate,omitempty"` // nil where the networks' own scores are not at hand
}

// EstimateBeside is Kendall's tau of the estimate among networks of equal FLOPs.
type EstimateBeside struct {
	Pairs      int        `json:"pairs"`
	MatchedTau float64    `json:"flops_matched_tau"`
	Range      [2]float64 `json:"flops_matched_tau_90"`
	Gain       float64    `json:"gain"` // less the proxy's
	GainRange  [2]float64 `json:"gain_90"`
}

// NewProxyBeside sets the estimate's figures, where they are known, beside a proxy's.
func NewProxyBeside(p zerocost.Proxy, e zerocost.Versus, known bool) ProxyBeside {
	b := ProxyBeside{Ranking: newRanking(string(p))}
	if known {
		b.Estimate = &EstimateBeside{
			e.Pairs, digits(e.Tau.Value), [2]float64{digits(e.Tau.Low), digits(e.Tau.High)},
			digits(e.Gain.Value), [2]float64{digits(e.Gain.Low), digits(e.Gain.High)},
		}
	}
	return b
}

// Relation is how a second network is said to compare with a first.
type Relation string

// Relations.
const (
	ByPoints Relation = "better by"
	Better   Relation = "better"
	Equal    Relation = "about equal"
)

// Verdict is what the model says to a published ordering, by the 90 % interval
// of the difference.
type Verdict string

// Verdicts.
const (
	Right Verdict = "right" // the interval says the same
	Wrong Verdict = "wrong" // it excludes it
	Tie   Verdict = "tie"   // it allows either order
)

// Ordering is a published comparison of two networks, and what the model says.
type Ordering struct {
	From       string     `json:"from"`
	To         string     `json:"to"`
	Relation   Relation   `json:"relation"`
	Published  *float64   `json:"published,omitempty"` // points
	Predicted  float64    `json:"predicted"`           // points
	Range      [2]float64 `json:"predicted_90"`
	Verdict    Verdict    `json:"verdict"`
	Definition string     `json:"definition"` // how well both networks are known
}

// NewOrdering judges a published comparison.
func NewOrdering(from, to string, relation Relation, published float64, d accuracy.Difference, definition string) Ordering {
	i := d.Interval90()
	o := Ordering{From: from, To: to, Relation: relation, Predicted: digits(i.Value), Range: [2]float64{digits(i.Low), digits(i.High)}, Verdict: Tie, Definition: definition}
	if relation == ByPoints {
		o.Published = &published
	}
	switch {
	case relation == Equal && d.Tie(), relation != Equal && i.Low > 0:
		o.Verdict = Right
	case relation == Equal, i.High < 0:
		o.Verdict = Wrong
	}
	return o
}

// WriteText writes the tables for people.
func (a Accuracy) WriteText(w io.Writer) error {
	if err := a.Report.WriteText(w); err != nil {
		return err
	}
	if err := writeProxyRankings(w, a.Proxies); err != nil {
		return err
	}
	if err := a.Unfitted.writeText(w); err != nil {
		return err
	}
	return writeOrderings(w, a.Orderings)
}

func writeProxyRankings(w io.Writer, rankings []ProxyBeside) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nzero-cost proxy\tnetworks\ttau\tFLOPs-matched tau\t90 %%\tensemble's there\t90 %%\tgain\t90 %%\t\n")
	for _, r := range rankings {
		interval := "-"
		if len(r.Interval90) == 2 {
			interval = fmt.Sprintf("[%.2f, %.2f]", r.Interval90[0], r.Interval90[1])
		}
		fmt.Fprintf(t, "%s\t%d\t%.2f\t%.2f\t%s\t%s\t\n", r.Figure, r.Networks, r.Tau, r.MatchedTau, interval, r.Estimate.cells())
	}
	return t.Flush()
}

func (e *EstimateBeside) cells() string {
	if e == nil {
		return "-\t-\t-\t-"
	}
	return fmt.Sprintf("%.2f\t[%.2f, %.2f]\t%+.2f\t[%+.2f, %+.2f]", e.MatchedTau, e.Range[0], e.Range[1], e.Gain, e.GainRange[0], e.GainRange[1])
}

func writeOrderings(w io.Writer, orderings []Ordering) error {
	count := map[Verdict]int{}
	for _, o := range orderings {
		count[o.Verdict]++
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\norderings of TRT-ViT (arXiv 2205.09579), on which nothing is fitted: %d right, %d tie, %d wrong\n", count[Right], count[Tie], count[Wrong])
	fmt.Fprintln(t, "from\tto\tpublished\tpredicted\t90 %\tverdict\tdefinition")
	for _, o := range orderings {
		said := string(o.Relation)
		if o.Published != nil {
			said = fmt.Sprintf("%+.1f", *o.Published)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%+.2f\t[%+.2f, %+.2f]\t%s\t%s\n", o.From, o.To, said, o.Predicted, o.Range[0], o.Range[1], o.Verdict, o.Definition)
	}
	return t.Flush()
}
