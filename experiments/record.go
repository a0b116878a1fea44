package experiments

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/store"
)

// Record is all that a run found, for those who compare, analyse or hand on
// runs.
type Record struct {
	Run      store.Run
	Settings Settings
	// Results are in the order in which the run evaluated them. What was measured
	// again counts with all its sessions.
	Results []evaluator.Result
}

// ReadRecord reads a run from the store.
func ReadRecord(ctx context.Context, st *store.Store, name string) (Record, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return Record{}, err
	}
	s, err := RunSettings(run)
	if err != nil {
		return Record{}, err
	}
	r := Record{Run: run, Settings: s}
	for result, err := range st.Evaluations(ctx, run) {
		if err != nil {
			return r, err
		}
		r.Results = append(r.Results, result)
	}
	if err := s.recall(ctx, st, r.Results); err != nil {
		return r, err
	}
	again, err := sessionsOf(ctx, st, run.Conditions, s)
	if err != nil {
		return r, err
	}
	for i, result := range r.Results {
		r.Results[i] = combine(result, again)
	}
	return r, nil
}

// Outcome is a result as the run's search sees it.
func (r Record) Outcome(result evaluator.Result) search.Outcome { return r.Settings.outcome(result) }

// Rejected counts the results that the run's search kept off the front for lying
// outside the range of published networks that the accuracy model was fitted on.
func (r Record) Rejected() int { return r.Settings.rejected(r.Results) }

// Front are the results that no other one dominates, the fastest first.
func (r Record) Front() []evaluator.Result { return front(r.Results, nil, r.Settings) }

// Objectives are those of the run's search, in the order of Outcome's values.
// With several budgets there may be a latency for each.
func (r Record) Objectives() []Objective {
	var all []Objective
	for _, o := range r.Settings.objectives() {
		if o == Latency {
			all = append(all, slices.Repeat([]Objective{Latency}, len(r.Settings.latencyLimits()))...)
			continue
		}
		all = append(all, o)
	}
	return all
}

// Reference is the point up to which the run measures its hypervolume.
func (r Record) Reference() []float64 { return r.Settings.reference() }

// Facts are what the run was asked for and the conditions under which its
// results hold, by name: all that can make two runs differ besides chance and
// what they found.
func (r Record) Facts() []report.Setting {
	s := r.Settings
	var objectives []string
	for _, o := range s.objectives() {
		objectives = append(objectives, string(o))
	}
	facts := []report.Setting{
		{Name: "space", Value: spaceFact(s)},
		{Name: "budget", Value: s.budgetWord()},
		{Name: "latency of", Value: cmp.Or(string(s.Together), "first")},
		{Name: "budget on", Value: string(orMedian(s.BudgetOn))},
		{Name: "objectives", Value: strings.Join(objectives, ",")},
		{Name: "limits", Value: compact(s.Limits)},
		{Name: "proxies", Value: compact(s.Proxies)},
		{Name: "algorithm", Value: string(s.Algorithm)},
		{Name: "evaluations", Value: fmt.Sprint(s.Evaluations)},
		{Name: "population", Value: fmt.Sprint(s.Population)},
		{Name: "batch of a round", Value: fmt.Sprint(s.Batch)},
		{Name: "finalists", Value: fmt.Sprint(s.Finalists)},
		{Name: "warm start", Value: digest(s.Warm)},
		{Name: "training", Value: compact(s.Accuracy)},
		{Name: "extrapolate", Value: fmt.Sprint(s.Extrapolate)},
		{Name: seedFact, Value: fmt.Sprint(s.Seed)},
	}
	return append(facts, ConditionFacts(r.Run.Conditions)...)
}

// seedFact is the fact in which repetitions of a search differ.
const seedFact = "seed"

// Repeats tells whether a fact is one in which repetitions of a search differ.
func Repeats(fact string) bool { return fact == seedFact }

// ConditionFacts are the conditions by the names that they have as JSON, so
// that none is forgotten.
func ConditionFacts(c evaluator.Conditions) []report.Setting {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(compact(c)), &fields); err != nil {
		panic("experiments: conditions: " + err.Error()) // they are an object
	}
	var facts []report.Setting
	for name, value := range fields {
		text := string(value)
		var word string
		if json.Unmarshal(value, &word) == nil {
			text = word
		}
		facts = append(facts, report.Setting{Name: strings.ReplaceAll(name, "_", " "), Value: text})
	}
	slices.SortFunc(facts, func(a, b report.Setting) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

// spaceFact tells spaces of the user's apart that have the same name.
func spaceFact(s Settings) string {
	if spaceWord(s.Space) == s.Space.Name {
		return s.Space.Name
	}
	return s.Space.Name + " (" + digest(s.Space) + ")"
}

// digest stands for what is too long to show.
func digest(v any) string {
	sum := sha256.Sum256([]byte(compact(v)))
	return hex.EncodeToString(sum[:4])
}

func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("experiments: settings: " + err.Error()) // the store has them as JSON
	}
	return string(text)
}
