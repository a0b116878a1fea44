package compare

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Latency compares how long the networks take that both sides have.
type Latency struct {
	Networks int `json:"networks"` // that both have, without failures
	// Ratio is A's latency over B's: the networks' median with its
	// distribution-free interval.
	Ratio   *Estimate `json:"ratio,omitempty"`
	P       *float64  `json:"p,omitempty"`   // of the signed-rank test over networks, on the ratios' logarithms
	Tau     *float64  `json:"tau,omitempty"` // Kendall's: 1 where both order the networks alike
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note,omitempty"`
	Pairs   []Pair    `json:"pairs"` // the fastest of A first
}

// Pair is one network's latency in ms on both sides.
type Pair struct {
	ID      string           `json:"id"`
	A       *report.Estimate `json:"a_ms"`
	B       *report.Estimate `json:"b_ms"`
	Ratio   float64          `json:"ratio"`       // A over B
	P       *float64         `json:"p,omitempty"` // of the rank-sum test over samples, where both were timed
	Verdict Verdict          `json:"verdict"`
	Stages  []space.Stage    `json:"stages"`
}

// Shared is the verdict where equal conditions have one result for each network.
const Shared Verdict = "same results"

// fewest is the number of networks below which the signed-rank test tells
// nothing from chance: 2^(1-5) is above Significance.
const fewest = 6

func newLatency(ctx context.Context, st *store.Store, a, b Side) (Latency, error) {
	l := Latency{Pairs: []Pair{}}
	ofA, ofB := a.networks(), b.networks()
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(ofA)) {
		if _, ok := ofB[id]; ok {
			ids = append(ids, id)
		}
	}
	l.Networks = len(ids)
	if a.conditions() == b.conditions() {
		l.Verdict, l.Note = Shared, "under equal conditions a network has one result, whichever run evaluated it"
		return l, nil
	}
	samplesA, err := samples(ctx, st, a.conditions(), ids)
	if err != nil {
		return l, err
	}
	samplesB, err := samples(ctx, st, b.conditions(), ids)
	if err != nil {
		return l, err
	}
	for _, id := range ids {
		l.Pairs = append(l.Pairs, newPair(ofA[id], ofB[id], samplesA[id], samplesB[id]))
	}
	slices.SortStableFunc(l.Pairs, func(a, b Pair) int { return cmp.Compare(a.A.Value, b.A.Value) })
	l.judge()
	return l, nil
}

func newPair(a, b evaluator.Result, samplesA, samplesB []float64) Pair {
	p := Pair{ID: a.ID, A: report.NewPoint(a).Latency, B: report.NewPoint(b).Latency, Verdict: Tie, Stages: a.Arch.Stages[:]}
	p.Ratio = p.A.Value / p.B.Value
	if len(samplesA) > 0 && len(samplesB) > 0 {
		v := MannWhitney(samplesA, samplesB)
		p.P = &v
	}
	apart := p.A.Low > p.B.High || p.A.High < p.B.Low
	if apart && (p.P == nil || *p.P < Significance) {
		p.Verdict = order(p.A.Value - p.B.Value)
	}
	return p
}

// judge compares over all networks. An error of a measurement is a network's
// own, so that many networks tell what one can't. Those of a prediction have
// much in common: what the intervals of most networks don't tell apart is a tie.
func (l *Latency) judge() {
	var logs []float64
	ties, predicted := 0, false
	for _, p := range l.Pairs {
		logs = append(logs, math.Log(p.Ratio))
		predicted = predicted || p.A.Source == string(evaluator.LatencyPredicted) || p.B.Source == string(evaluator.LatencyPredicted)
		if p.Verdict == Tie {
			ties++
		}
	}
	n := len(logs)
	if n < fewest {
		l.Verdict, l.Note = Unknown, "fewer than 6 networks are on both sides, which is too few for any difference to be significant"
		return
	}
	l.Tau = l.tau()
	p := Wilcoxon(logs)
	l.P, l.Verdict = &p, Tie
	slices.Sort(logs)
	k := trt.MedianRank(n)
	middle, low, high := math.Exp((logs[(n-1)/2]+logs[n/2])/2), math.Exp(logs[k]), math.Exp(logs[n-1-k])
	l.Ratio = &Estimate{Value: middle, Low: &low, High: &high}
	switch {
	case predicted && 2*ties >= n:
		l.Note = "a difference is within what the predictions resolve"
	case p < Significance && (low > 1 || high < 1):
		l.Verdict = order(middle - 1)
	}
}

// ordered is the number of networks that the rank correlation is computed over,
// since its time grows with their square.
const ordered = 2000

// tau is how far both sides order the networks alike.
func (l *Latency) tau() *float64 {
	var a, b []float64
	step := max(1, len(l.Pairs)/ordered)
	for i := 0; i < len(l.Pairs); i += step {
		a, b = append(a, l.Pairs[i].A.Value), append(b, l.Pairs[i].B.Value)
	}
	v := predictor.KendallTau(a, b)
	return &v
}

// samples are those of all sessions in ms, corrected for drift as the latency
// is; by ID.
func samples(ctx context.Context, st *store.Store, c evaluator.Conditions, ids []string) (map[string][]float64, error) {
	all := map[string][]float64{}
	if c.Builder == (trt.Builder{}) {
		return all, nil // predicted
	}
	timings, err := st.Timings(ctx, c, ids)
	for id, sessions := range timings {
		for _, t := range sessions {
			if t.Measurement == nil || t.Failure != nil {
				continue
			}
			factor := 1.0
			if d := t.Measurement.Reference; d != nil {
				factor = d.Factor
			}
			for _, s := range t.Measurement.Samples {
				all[id] = append(all[id], report.Milliseconds(s)/factor)
			}
		}
	}
	return all, err
}
