package optuna

import (
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// NewStudy turns a run into a study: a trial for each network, in the order of
// evaluation. Sittings tell when networks were measured; others were evaluated
// when the run was created, for all that is known. Decisions without effect in
// a network are drawn by rng, since Optuna's importances ask that each trial has
// every parameter.
func NewStudy(r experiments.Record, sittings []store.Sitting, rng *rand.Rand) (Study, error) {
	s := Study{Name: r.Run.Name, Metrics: metrics(r), Attributes: about(r)}
	decisions := r.Settings.Space.Open()
	distributions := make([]*Distribution, len(decisions))
	for i, d := range decisions {
		var err error
		if distributions[i], err = NewDistribution(d); err != nil {
			return s, err
		}
	}
	first := map[int]store.Sitting{}
	for _, t := range sittings {
		if t.Session == 1 {
			first[t.Seq] = t
		}
	}
	for i, result := range r.Results {
		g, effectless, err := r.Settings.Space.Draw(result.Arch, rng)
		if err != nil {
			return s, fmt.Errorf("run %s: %w", r.Run.Name, err)
		}
		t := newTrial(r, result)
		t.Start, t.Complete = r.Run.Created, r.Run.Created
		if at, ok := first[i]; ok {
			t.Start, t.Complete = at.Created.Add(-at.Elapsed), at.Created
		}
		var without []string
		for j, d := range decisions {
			t.Params = append(t.Params, Param{distributions[j], int(g[d.Gene])})
			if slices.Contains(effectless, d.Gene) {
				without = append(without, d.Name)
			}
		}
		t.Attributes = append(t.Attributes, Attribute{"without_effect", append([]string{}, without...)})
		s.Trials = append(s.Trials, t)
	}
	return s, nil
}

// metrics are the search's objectives, with the names of our own tables where
// they have one there.
func metrics(r experiments.Record) []Metric {
	named := map[experiments.Objective]Metric{
		experiments.Latency:    {"latency_ms", Minimize},
		experiments.Accuracy:   {"top1_bound", Maximize},
		experiments.Params:     {"params_m", Minimize},
		experiments.MACs:       {"macs_g", Minimize},
		experiments.Memory:     {"memory_mb", Minimize},
		experiments.EngineSize: {"engine_mb", Minimize},
		experiments.Energy:     {"energy_mj", Minimize},
	}
	var all []Metric
	for _, o := range r.Objectives() {
		m, ok := named[o]
		if !ok {
			m = Metric{string(o), Maximize} // a zero-cost proxy
		}
		all = append(all, m)
	}
	return all
}

// about says what the run was asked for, and what its figures mean.
func about(r experiments.Record) []Attribute {
	all := []Attribute{
		{"conditions", report.Conditions(r.Run.Conditions)},
		{"top1", report.Top1Meaning(r.Run.Conditions)},
		{"constraint", fmt.Sprintf("excess over the budget of %v and over limits, as shares; 1 more of a network outside the accuracy model's range, unless such compete", time.Duration(r.Settings.Budget))},
	}
	for _, f := range r.Facts() {
		all = append(all, Attribute{"trtnas:" + f.Name, f.Value})
	}
	return all
}

func newTrial(r experiments.Record, result evaluator.Result) Trial {
	t := Trial{Attributes: []Attribute{{"id", result.ID}, {"stages", report.Rows(result.Arch.Stages[:])}}}
	if f := result.Failure; f != nil {
		t.Attributes = append(t.Attributes, Attribute{"failure", string(f.Class)}, Attribute{"failure_message", f.Message})
		return t
	}
	o := r.Outcome(result)
	if len(o.Objectives) == 0 {
		t.Attributes = append(t.Attributes, Attribute{"failure", "no score of an objective"})
		return t
	}
	t.Violation = o.Violation
	for i, m := range metrics(r) {
		v := o.Objectives[i]
		if m.Direction == Maximize {
			v = -v + 0 // searches minimise; never -0
		}
		t.Values = append(t.Values, v)
	}
	p := report.NewPoint(result)
	t.Attributes = append(t.Attributes, estimate("latency", "_ms", p.Latency)...)
	if p.Top1 != nil {
		t.Attributes = append(t.Attributes, Attribute{"top1", p.Top1.Value})
		t.Attributes = append(t.Attributes, estimate("top1", "", p.Top1)...)
	}
	t.Attributes = append(t.Attributes, Attribute{"params", result.Score.Params}, Attribute{"macs", result.Score.MACs})
	return t
}

// estimate is where a figure comes from, and its interval.
func estimate(name, unit string, e *report.Estimate) []Attribute {
	return []Attribute{
		{name + "_low" + unit, e.Low}, {name + "_high" + unit, e.High}, {name + "_level", e.Level},
		{name + "_source", e.Source}, {name + "_extrapolated", e.Extrapolated},
	}
}
