// Package compare sets runs beside each other: under which conditions they
// differ, whose front is better, and how long the same networks take in both.
package compare

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// ErrSides tells that the sides that were asked for make no comparison.
var ErrSides = errors.New("no comparison")

// Side is one of the two sides of a comparison: a run, or runs that differ in
// their seed alone.
type Side struct {
	Asked string // as it was asked for
	Runs  []experiments.Record
}

// ReadSide reads the run of the name, or all whose names match it as a pattern
// (path.Match) such as "nsga2-seed*". The error is ErrSides where
// there are none, or they are no repetitions of one search.
func ReadSide(ctx context.Context, st *store.Store, asked string) (Side, error) {
	names, err := match(ctx, st, asked)
	if err != nil {
		return Side{}, err
	}
	s := Side{Asked: asked}
	for _, name := range names {
		r, err := experiments.ReadRecord(ctx, st, name)
		if err != nil {
			return s, err
		}
		s.Runs = append(s.Runs, r)
	}
	for _, r := range s.Runs[1:] {
		for _, d := range differences(s.Runs[0].Facts(), r.Facts()) {
			if !experiments.Repeats(d.Name) {
				return s, fmt.Errorf("%w: %s and %s differ in %s (%s and %s), and a side has runs that differ in their seed alone: give a narrower pattern than %q",
					ErrSides, s.Runs[0].Run.Name, r.Run.Name, d.Name, d.A, d.B, asked)
			}
		}
	}
	return s, nil
}

// match lists the names of the runs that are asked for.
func match(ctx context.Context, st *store.Store, asked string) ([]string, error) {
	runs, err := st.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range runs {
		if r.Name == asked {
			return []string{asked}, nil
		}
		ok, err := path.Match(asked, r.Name)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no pattern: %w", ErrSides, asked, err)
		}
		if ok {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 && !strings.ContainsAny(asked, "*?[") {
		_, err := st.Run(ctx, asked) // says which there are
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: no run's name matches %q: `trtnas runs` lists them", ErrSides, asked)
	}
	return names, nil
}

func (s Side) first() experiments.Record { return s.Runs[0] }

// conditions are those of all its runs.
func (s Side) conditions() evaluator.Conditions { return s.first().Run.Conditions }

// networks are the results of its runs by ID, without failures.
func (s Side) networks() map[string]evaluator.Result {
	all := map[string]evaluator.Result{}
	for _, run := range s.Runs {
		for _, r := range run.Results {
			if r.Failure == nil {
				all[r.ID] = r
			}
		}
	}
	return all
}

// Difference is a setting or a condition in which the sides differ.
type Difference struct {
	Name string `json:"name"`
	A    string `json:"a"` // empty where it has none
	B    string `json:"b"`
}

// differences are the facts of which a and b have other values, in their order.
func differences(a, b []report.Setting) []Difference {
	var found []Difference
	value := func(facts []report.Setting, name string) string {
		if i := slices.IndexFunc(facts, func(f report.Setting) bool { return f.Name == name }); i >= 0 {
			return facts[i].Value
		}
		return ""
	}
	for _, f := range a {
		if other := value(b, f.Name); other != f.Value {
			found = append(found, Difference{f.Name, f.Value, other})
		}
	}
	for _, f := range b {
		if value(a, f.Name) == "" && f.Value != "" {
			found = append(found, Difference{f.Name, "", f.Value})
		}
	}
	return found
}
