package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trtnas/trtnas/evaluator/zerocost"
)

// ZeroCostSchema names the JSON format of zero-cost proxies.
const ZeroCostSchema = "trtnas.zerocost/1"

// ZeroCost are proxies of networks beside the accuracy estimate, and how far
// they can be relied on beside the number of parameters and of MACs.
type ZeroCost struct {
	Schema string `json:"schema"`
	Run    string `json:"run,omitempty"`
	zerocost.Input
	Seeds     int               `json:"seeds"` // of each score, from 0 on
	Runtimes  []string          `json:"runtimes"`
	Note      string            `json:"note"`
	Baselines []Ranking         `json:"baselines"` // parameters and MACs
	Proxies   []ProxyRanking    `json:"proxies"`
	Networks  []ZeroCostNetwork `json:"networks"`
}

// Ranking is how well a figure ranks published networks by their top-1.
type Ranking struct {
	Figure     string    `json:"figure"`
	Networks   int       `json:"networks"`
	Tau        float64   `json:"tau"`
	MatchedTau float64   `json:"flops_matched_tau"` // over pairs within 15 % of MACs
	Interval90 []float64 `json:"interval90,omitempty"`
	Source     string    `json:"source"`
}

// ProxyRanking is that of a proxy.
type ProxyRanking struct {
	zerocost.Definition
	Ranking
}

// ZeroCostNetwork is a network with its scores.
type ZeroCostNetwork struct {
	Name string `json:"name,omitempty"` // of a published network
	Point
	Scores []ProxyScore `json:"scores"`
}

// ProxyScore is a mean over seeds with the interval of the mean, or why there
// is none. It has no unit and is no accuracy.
type ProxyScore struct {
	Proxy   zerocost.Proxy `json:"proxy"`
	Value   *float64       `json:"value,omitempty"`
	Low     *float64       `json:"low,omitempty"` // unknown for a single seed
	High    *float64       `json:"high,omitempty"`
	Level   float64        `json:"level,omitempty"`
	Failure string         `json:"failure,omitempty"`
	CostS   float64        `json:"cost_s"` // of the pass in all seeds, which may have given other proxies too
}

const zeroCostNote = "scores of untrained networks, which are no accuracies; compare each only with itself, and not over networks of other kinds"

// NewZeroCost prepares the report; networks are for the caller to add.
func NewZeroCost(in zerocost.Input, seeds int, proxies []zerocost.Proxy) ZeroCost {
	z := ZeroCost{Schema: ZeroCostSchema, Input: in, Seeds: seeds, Note: zeroCostNote, Runtimes: []string{}, Networks: []ZeroCostNetwork{}}
	for _, name := range zerocost.Baselines() {
		z.Baselines = append(z.Baselines, newRanking(name))
	}
	for _, d := range zerocost.Definitions() {
		for _, p := range proxies {
			if p == d.Proxy {
				z.Proxies = append(z.Proxies, ProxyRanking{d, newRanking(string(p))})
			}
		}
	}
	return z
}

func newRanking(figure string) Ranking {
	r, _ := zerocost.RankOf(figure)
	out := Ranking{Figure: figure, Networks: r.Networks, Tau: digits(r.Tau), MatchedTau: digits(r.Matched), Source: r.Source}
	if r.Low < r.High {
		out.Interval90 = []float64{digits(r.Low), digits(r.High)}
	}
	return out
}

// NewProxyScore gives the figures of an estimate.
func NewProxyScore(p zerocost.Proxy, e zerocost.Estimate) ProxyScore {
	s := ProxyScore{Proxy: p, Failure: e.Failure, CostS: e.Cost.Round(time.Millisecond).Seconds()}
	if e.Failure != "" {
		return s
	}
	s.Value = &e.Value
	if !math.IsInf(e.High, 0) {
		s.Low, s.High, s.Level = &e.Low, &e.High, zerocost.Level
	}
	return s
}

// WriteText writes the scores as tables for people.
func (z ZeroCost) WriteText(w io.Writer) error {
	of := ""
	if z.Run != "" {
		of = " of run " + z.Run
	}
	fmt.Fprintf(w, "Zero-cost proxies%s: %s\n%d random images of %dx%d, means of %d seeds ± half of the 95 %% interval of the mean; %s\n\n",
		of, z.Note, z.Batch, z.Resolution[0], z.Resolution[1], z.Seeds, strings.Join(z.Runtimes, "; "))
	if err := z.writeNetworks(w); err != nil {
		return err
	}
	if err := z.writeRankings(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nAccuracies are estimates for 300 epochs of training on ImageNet-1k at 224x224. What each proxy is: docs/zerocost.md\n")
	return err
}

func (z ZeroCost) writeNetworks(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "network\tparams\tMACs\ttop-1\t80 %%\taccuracy")
	for _, p := range z.Proxies {
		fmt.Fprintf(t, "\t%s", p.Proxy)
	}
	fmt.Fprintf(t, "\ts\n")
	for _, n := range z.Networks {
		fmt.Fprintf(t, "%s\t%s\t%s", cmp.Or(n.Name, n.ID), counts(n.Point), n.Top1.cellOr("-\t-\t-"))
		costs := map[zerocost.Pass]float64{}
		for _, s := range n.Scores {
			fmt.Fprintf(t, "\t%s", s.cell())
			costs[s.Proxy.Pass()] = s.CostS
		}
		total := 0.0
		for _, c := range costs {
			total += c
		}
		fmt.Fprintf(t, "\t%.1f\n", total)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return z.writeFailures(w)
}

// writeFailures tells each reason once.
func (z ZeroCost) writeFailures(w io.Writer) error {
	told := map[string]bool{}
	for _, n := range z.Networks {
		for _, s := range n.Scores {
			if s.Failure == "" || told[s.Failure] {
				continue
			}
			told[s.Failure] = true
			if _, err := fmt.Fprintf(w, "failed: %s\n", s.Failure); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Estimate) cellOr(none string) string {
	if e == nil {
		return none
	}
	return e.cell()
}

func (s ProxyScore) cell() string {
	switch {
	case s.Failure != "":
		return "failed"
	case s.High == nil:
		return scoreText(*s.Value, 5)
	}
	return scoreText(*s.Value, 5) + " ±" + scoreText(*s.High-*s.Value, 2)
}

// scoreText has so many digits, but no exponent where scores count units.
func scoreText(v float64, digits int) string {
	if math.Abs(v) >= 1e4 {
		return fmt.Sprintf("%.0f", v)
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

func (z ZeroCost) writeRankings(w io.Writer) error {
	fmt.Fprintf(w, "\nHow they rank published networks by top-1 (Kendall's tau)\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "figure\tall pairs\tat equal FLOPs\t90 %%\tnetworks\tpaper\n")
	row := func(r Ranking, paper string) {
		interval := "-"
		if r.Interval90 != nil {
			interval = fmt.Sprintf("[%.2f, %.2f]", r.Interval90[0], r.Interval90[1])
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%s\t%d\t%s\n", r.Figure, r.Tau, r.MatchedTau, interval, r.Networks, paper)
	}
	for _, r := range z.Baselines {
		row(r, "-")
	}
	for _, p := range z.Proxies {
		row(p.Ranking, p.Paper)
	}
	return t.Flush()
}
