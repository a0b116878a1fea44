package store

import (
	"encoding/json"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store/pages"
)

// kind is what a column holds.
type kind byte

const (
	whole  kind = 'i' // an integer
	number kind = 'n' // an integer or a real: SQLite keeps whole reals as integers
	word   kind = 't' // text
	object kind = 'j' // JSON
)

// shape is how a table's rows look on a page; optional ones may be NULL, and are
// in capitals. No two tables look alike.
type shape struct {
	table   string
	index   bool
	columns string
	means   func(values []any) bool // what else must hold; nil is nothing
}

var shapes = []shape{
	{"runs", false, "-tjiitT", nil},
	{"conditions", false, "-j", func(v []any) bool { return isConditions(v[1]) }},
	{"trainings", false, "-j", func(v []any) bool { return isTraining(v[1]) }},
	{"architectures", true, "tj", func(v []any) bool { return isNetwork(v[0].(string), v[1].(string)) }},
	{"evaluations", true, "iiit", nil},
	{"profiles", true, "tjJt", nil},
	{"generations", true, "iiinj", nil},
	{"timings", true, "ititJJ", nil},
	{"labels", true, "itiitiNIJ", nil},
	{"proxies", true, "ttjiNTi", nil},
	{"results", true, "itiiiiintinnnnntiTTiin", nil},
	{"results", true, "itiiiiintinnnnntiTTi", nil}, // before engine_bytes was there
	{"results", true, "itiiiiintinnnnntiTT", nil},  // before memory_bytes was there
}

// classify tells the table that a row belongs to, and its values; an empty table
// is none.
func classify(r pages.Row) (table string, values []any) {
	if c := unindexed(r); c != nil {
		r = *c
	}
	for _, s := range shapes {
		if s.index == r.Index && s.matches(r.Values) && (s.means == nil || s.means(r.Values)) {
			values = r.Values
			if !r.Index {
				values = append([]any{r.ID}, values[1:]...)
			}
			if s.table == "results" {
				values = append(values, []any{int64(0), int64(0), float64(0)}[len(values)-19:]...)
			}
			return s.table, values
		}
	}
	return "", nil
}

// unindexed makes an entry of the index on conditions the row that it is of, in
// case that one is lost.
func unindexed(r pages.Row) *pages.Row {
	if !r.Index || len(r.Values) != 2 {
		return nil
	}
	id, isID := r.Values[1].(int64)
	if !isID || !(kind('j').holds(r.Values[0]) && (isConditions(r.Values[0]) || isTraining(r.Values[0]))) {
		return nil
	}
	return &pages.Row{ID: id, Values: []any{nil, r.Values[0]}}
}

func (s shape) matches(values []any) bool {
	if len(values) != len(s.columns) {
		return false
	}
	for i, v := range values {
		c := s.columns[i]
		switch {
		case c == '-':
			if v != nil {
				return false
			}
		case c >= 'A' && c <= 'Z':
			if v != nil && !kind(c-'A'+'a').holds(v) {
				return false
			}
		case !kind(c).holds(v):
			return false
		}
	}
	return true
}

func (k kind) holds(v any) bool {
	switch v := v.(type) {
	case int64:
		return k == whole || k == number
	case float64:
		return k == number
	case string:
		return k == word || k == object && strings.HasPrefix(v, "{") && json.Valid([]byte(v))
	}
	return false
}

func isConditions(v any) bool {
	var c evaluator.Conditions
	return json.Unmarshal([]byte(v.(string)), &c) == nil && c.Precision != "" && c.Latency != ""
}

func isTraining(v any) bool {
	var t evaluator.Training
	return json.Unmarshal([]byte(v.(string)), &t) == nil && t.Recipe != ""
}
