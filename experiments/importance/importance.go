// Package importance says which decisions of a space matter in a run: how much
// of the variance of latency and accuracy each explains.
package importance

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space"
)

// Schema names the JSON format of a Report.
const Schema = "trtnas.importance/1"

// Report says which decisions matter in a run.
type Report struct {
	Schema     string   `json:"schema"`
	Run        string   `json:"run"`
	Space      string   `json:"space"`
	Conditions string   `json:"conditions"`
	Networks   int      `json:"networks"` // without failures
	Fitted     int      `json:"fitted"`   // of them, drawn at random if they are many
	Level      float64  `json:"level"`    // of the intervals
	Figures    []Figure `json:"figures"`
}

// Figure is a figure of networks, and what explains its variance over the
// space, all choices of a decision being equally likely.
type Figure struct {
	Name    string         `json:"name"` // latency or accuracy
	Unit    string         `json:"unit"`
	Sources map[string]int `json:"sources"` // networks by the figure's source
	// Explained is the share of variance that the model explains of networks that it
	// was not fitted on.
	Explained float64 `json:"explained"`
	// NotEnough says why nothing more is said; empty if there is data enough.
	NotEnough string     `json:"not_enough_data,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"` // the most important first
	Together  *Share     `json:"together,omitempty"`  // what only several decisions together explain
	// Chance is the share of a decision made up at random: what does not reach above
	// it can't be told from nothing.
	Chance *Share `json:"chance,omitempty"`
}

// Decision is one of the space's, and what it does to a figure.
type Decision struct {
	Name    string `json:"name"`
	Share   Share  `json:"share"`
	Matters bool   `json:"matters"` // beyond chance
	// Choices have the mean of the figure over all networks with the choice.
	Choices []Choice `json:"choices"`
}

// Choice is one that a decision has.
type Choice struct {
	Choice string  `json:"choice"`
	Mean   float64 `json:"mean"` // in the figure's unit
}

// Share is one of the variance, with the interval that holds Level of the
// trees'. A decision's goes further up by what the model does not explain, for
// that may be the decision's.
type Share struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

const (
	// Level of the intervals.
	Level = 0.9
	// Trees of a forest: enough for the interval's ends to be those of several trees.
	Trees = 100
	// FewestNetworks and LeastExplained are what the model has to be fitted on and to
	// explain before it is worth taking apart.
	FewestNetworks = 50
	LeastExplained = 0.5
	// MostNetworks bounds the time; more change nothing that is shown.
	MostNetworks = 10_000
)

// New analyses a run. All randomness is rng's.
func New(r experiments.Record, rng *rand.Rand) (Report, error) {
	var good []evaluator.Result
	for _, result := range r.Results {
		if result.Failure == nil {
			good = append(good, result)
		}
	}
	out := Report{
		Schema: Schema, Run: r.Run.Name, Space: r.Settings.Space.Name, Conditions: report.Conditions(r.Run.Conditions),
		Networks: len(good), Level: Level, Figures: []Figure{},
	}
	if len(good) > MostNetworks {
		rng.Shuffle(len(good), func(i, j int) { good[i], good[j] = good[j], good[i] })
		good = good[:MostNetworks]
	}
	out.Fitted = len(good)
	decisions := r.Settings.Space.Open()
	t, err := newTable(r.Settings.Space, decisions, good, rng)
	if err != nil {
		return out, fmt.Errorf("run %s: %w", r.Run.Name, err)
	}
	for _, f := range figures {
		t.values = nil
		shown := Figure{Name: f.name, Unit: f.unit, Sources: map[string]int{}}
		for _, result := range good {
			t.values = append(t.values, f.of(result.Score))
			shown.Sources[f.source(result.Score)]++
		}
		shown.fill(t, decisions, rng)
		out.Figures = append(out.Figures, shown)
	}
	return out, nil
}

// figures are what decisions are important for.
var figures = []struct {
	name, unit string
	of         func(evaluator.Score) float64
	source     func(evaluator.Score) string
}{
	{
		"latency", "ms",
		func(s evaluator.Score) float64 { return report.Milliseconds(s.Latency.Value) },
		func(s evaluator.Score) string { return string(s.Latency.Source) },
	},
	{
		"accuracy", "% top-1",
		func(s evaluator.Score) float64 { return s.Accuracy.Value },
		func(s evaluator.Score) string { return string(s.Accuracy.Source) },
	},
}

// chanceChoices is what a decision made up at random has.
const chanceChoices = 8

// newTable reads the decisions off the networks; those without effect in a
// network, and one that never has any, are drawn.
func newTable(s *space.Space, decisions []space.Decision, results []evaluator.Result, rng *rand.Rand) (table, error) {
	t := table{columns: make([][]uint8, len(decisions)+1)}
	for _, d := range decisions {
		t.choices, t.ordered = append(t.choices, len(d.Choices)), append(t.ordered, d.Ordered)
	}
	t.choices, t.ordered = append(t.choices, chanceChoices), append(t.ordered, true)
	for _, r := range results {
		g, _, err := s.Draw(r.Arch, rng)
		if err != nil {
			return t, err
		}
		for j, d := range decisions {
			t.columns[j] = append(t.columns[j], g[d.Gene])
		}
		made := uint8(rng.Intn(chanceChoices))
		t.columns[len(decisions)] = append(t.columns[len(decisions)], made)
	}
	return t, nil
}

// fill fits the model, and says what matters if there is data enough for it.
func (f *Figure) fill(t table, decisions []space.Decision, rng *rand.Rand) {
	if n := len(t.values); n < FewestNetworks {
		f.NotEnough = fmt.Sprintf("%d networks, and %d are the fewest", n, FewestNetworks)
		return
	}
	forest := grow(t, Trees, rng)
	f.Explained = report.Round(forest.explained, 4)
	if forest.explained < LeastExplained {
		f.NotEnough = fmt.Sprintf("the model explains %.0f %% of the variance of networks that it was not fitted on, and %.0f %% are the least", 100*max(0, forest.explained), 100*LeastExplained)
		return
	}
	chance := forest.share(len(decisions))
	f.Chance = &chance
	for j, d := range decisions {
		s := forest.share(j)
		s.High = report.Round(min(1, s.High+1-forest.explained), 4)
		shown := Decision{Name: d.Name, Share: s, Matters: s.Low > chance.High}
		for v, mean := range forest.marginals[j] {
			shown.Choices = append(shown.Choices, Choice{d.Choices[v], report.Round(mean, 6)})
		}
		f.Decisions = append(f.Decisions, shown)
	}
	slices.SortStableFunc(f.Decisions, func(a, b Decision) int { return cmp.Compare(b.Share.Value, a.Share.Value) })
	together := newShare(forest.joint)
	f.Together = &together
}

// share is that of a decision over the trees.
func (f forest) share(decision int) Share {
	var all []float64
	for _, tree := range f.shares {
		all = append(all, tree[decision])
	}
	return newShare(all)
}

func newShare(all []float64) Share {
	sum := 0.0
	for _, v := range all {
		sum += v / float64(len(all))
	}
	return Share{
		Value: report.Round(sum, 4),
		Low:   report.Round(predictor.Quantile(all, (1-Level)/2), 4),
		High:  report.Round(predictor.Quantile(all, (1+Level)/2), 4),
	}
}
