package search

import (
	"encoding/json"
	"math"
)

// State is where a search stands between two generations, and all that it
// needs to go on.
type State[G any] struct {
	// Generation counts the generations that are finished.
	Generation int `json:"generation"`
	// Population is what the strategy breeds from, in its own order.
	Population []Individual[G] `json:"population"`
	// Seen are the keys of all evaluated candidates, in the order of evaluation.
	Seen []string `json:"seen"`
	// Front are the feasible candidates that no other evaluated one dominates,
	// in ascending order of their objectives; of candidates with equal
	// objectives only the first is kept. To resume, all evaluated candidates in
	// their order will do as well.
	Front []Individual[G] `json:"front"`
	// History are all evaluated candidates in their order, for strategies that
	// keep them (see Session.KeepHistory).
	History []Individual[G] `json:"history,omitempty"`
	// Memo is what else the strategy needs to go on (see Session.SetMemo).
	Memo json.RawMessage `json:"memo,omitempty"`
}

// Progress is what Run hands to Config.Save when a generation is finished: the
// state to resume from, and what the generation has added. Its slices are
// Run's own, to be read and only until Save returns.
type Progress[G any] struct {
	State[G]
	// Evaluated are this generation's candidates in the order of evaluation.
	Evaluated []Individual[G]
	// Hypervolume of the front up to Config.Reference, 0 if there is none.
	Hypervolume float64
}

// individualJSON is an Individual on paper, where null stands for +Inf, which
// JSON can't express.
type individualJSON[G any] struct {
	Genotype   G         `json:"genotype"`
	Key        string    `json:"key"`
	Objectives []float64 `json:"objectives"`
	Violation  *float64  `json:"violation"`
	Rank       int       `json:"rank"`
	Crowding   *float64  `json:"crowding"`
}

// MarshalJSON writes an infinite violation or crowding distance as null.
func (i Individual[G]) MarshalJSON() ([]byte, error) {
	return json.Marshal(individualJSON[G]{
		i.Genotype, i.Key, i.Objectives, nullIfInfinite(i.Violation), i.Rank, nullIfInfinite(i.Crowding),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Individual[G]) UnmarshalJSON(data []byte) error {
	var j individualJSON[G]
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*i = Individual[G]{
		j.Genotype, j.Key, Outcome{j.Objectives, infiniteIfNull(j.Violation)}, j.Rank, infiniteIfNull(j.Crowding),
	}
	return nil
}

func nullIfInfinite(v float64) *float64 {
	if math.IsInf(v, 1) {
		return nil
	}
	return &v
}

func infiniteIfNull(v *float64) float64 {
	if v == nil {
		return math.Inf(1)
	}
	return *v
}
