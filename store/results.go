package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// conditionsID finds the conditions' row, or makes it.
func conditionsID(ctx context.Context, tx *sql.Tx, c evaluator.Conditions) (id int64, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO conditions (json) VALUES (?) ON CONFLICT DO NOTHING", asText(text)); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM conditions WHERE json = ?", asText(text)).Scan(&id)
	return id, err
}

// asText makes the driver store TEXT, not a BLOB.
func asText(b []byte) string { return string(b) }

const (
	resultColumns = "r.architecture, a.json, " + scoreColumns
	// without their architectures, which are half of what reading takes
	bareColumns = "r.architecture, '{}', " + scoreColumns
)

const scoreColumns = `r.params, r.macs, r.memory_bytes, r.engine_bytes, r.energy_j,
	r.latency_ns, r.latency_low_ns, r.latency_high_ns, r.latency_level, r.latency_source, r.latency_extrapolated,
	r.accuracy, r.accuracy_low, r.accuracy_high, r.accuracy_level, r.accuracy_bound, r.accuracy_source, r.accuracy_extrapolated,
	r.failure_class, r.failure_message`

// scan reads resultColumns.
func scan(rows *sql.Rows) (evaluator.Result, error) {
	var r evaluator.Result
	var arch string
	var class, message sql.NullString
	l, a, e := &r.Score.Latency, &r.Score.Accuracy, &r.Score.Engine
	err := rows.Scan(&r.ID, &arch, &r.Score.Params, &r.Score.MACs, &e.Memory, &e.Bytes, &e.Energy,
		&l.Value, &l.Low, &l.High, &l.Level, &l.Source, &l.Extrapolated,
		&a.Value, &a.Low, &a.High, &a.Level, &a.Bound, &a.Source, &a.Extrapolated,
		&class, &message)
	if err != nil {
		return r, err
	}
	if class.Valid {
		r.Failure = &evaluator.Failure{Class: trt.Class(class.String), Message: message.String}
	}
	var stored network
	err = json.Unmarshal([]byte(arch), &stored)
	r.Arch, r.Name = stored.Arch, stored.Name
	return r, err
}

// network is how architectures are stored: by their stages, or by name where
// they are none of a space.
type network struct {
	Name string `json:"name,omitempty"`
	space.Arch
}

func (n network) text() (string, error) {
	if n.Name == "" {
		text, err := json.Marshal(n.Arch)
		return string(text), err
	}
	text, err := json.Marshal(struct {
		Name string `json:"name"`
	}{n.Name})
	return string(text), err
}

// lookup: CROSS makes SQLite start with the IDs instead of reading all results.
const lookup = `SELECT ` + resultColumns + `
	FROM json_each(?) w
	CROSS JOIN results r ON r.architecture = w.value AND r.conditions = (SELECT id FROM conditions WHERE json = ?)
	JOIN architectures a ON a.id = r.architecture`

// Lookup returns the results under the conditions in the order of ids, nil
// where there is none.
func (s *Store) Lookup(ctx context.Context, c evaluator.Conditions, ids []string) ([]*evaluator.Result, error) {
	conditions, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, lookup, asText(wanted), asText(conditions))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	found := map[string]*evaluator.Result{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, s.wrap(err)
		}
		found[r.ID] = &r
	}
	out := make([]*evaluator.Result, len(ids))
	for i, id := range ids {
		out[i] = found[id]
	}
	return out, s.wrap(rows.Err())
}

const insertResult = `INSERT INTO results VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`

// Append keeps the results; they are on disk when it returns. A result that is
// there already stays.
func (s *Store) Append(ctx context.Context, c evaluator.Conditions, results []evaluator.Result) error {
	return s.wrap(s.transaction(ctx, func(tx *sql.Tx) error {
		conditions, err := conditionsID(ctx, tx, c)
		if err != nil {
			return err
		}
		arch, err := tx.PrepareContext(ctx, "INSERT INTO architectures VALUES (?,?) ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		defer arch.Close()
		result, err := tx.PrepareContext(ctx, insertResult)
		if err != nil {
			return err
		}
		defer result.Close()
		for _, r := range results {
			added, err := insert(ctx, arch, result, conditions, r)
			if err != nil {
				return err
			}
			if added && r.Measurement != nil {
				if err := s.insertTiming(ctx, tx, conditions, r.ID, Timing{Measurement: r.Measurement, Failure: r.Failure}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// insert reports whether the result is new.
func insert(ctx context.Context, arch, result *sql.Stmt, conditions int64, r evaluator.Result) (bool, error) {
	text, err := network{r.Name, r.Arch}.text()
	if err != nil {
		return false, err
	}
	if _, err := arch.ExecContext(ctx, r.ID, text); err != nil {
		return false, err
	}
	var class, message sql.NullString
	if f := r.Failure; f != nil {
		class, message = sql.NullString{String: string(f.Class), Valid: true}, sql.NullString{String: f.Message, Valid: true}
	}
	l, a, e := r.Score.Latency, r.Score.Accuracy, r.Score.Engine
	done, err := result.ExecContext(ctx, conditions, r.ID, r.Score.Params, r.Score.MACs,
		int64(l.Value), int64(l.Low), int64(l.High), l.Level, string(l.Source), l.Extrapolated,
		a.Value, a.Low, a.High, a.Level, a.Bound, string(a.Source), a.Extrapolated, class, message, e.Memory, e.Bytes, e.Energy)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}
