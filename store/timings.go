package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Timing is one session's measurement of a network, or its failure.
type Timing struct {
	Session     int // from 1
	Created     time.Time
	Measurement *trt.Measurement
	Failure     *evaluator.Failure
}

const insertTiming = `INSERT INTO timings (conditions, architecture, session, created, measurement, failure)
	SELECT ?, ?, coalesce(max(session), 0) + 1, ?, ?, ? FROM timings WHERE conditions = ?1 AND architecture = ?2
	HAVING ?6 IN (0, coalesce(max(session), 0) + 1)`

// AppendTiming keeps what a further session measured of a network that has a
// result under the conditions. Its number is the next one, unless t has one: then
// what is there of that session stays, so that two processes that measure the
// same keep it once.
func (s *Store) AppendTiming(ctx context.Context, c evaluator.Conditions, id string, t Timing) error {
	return s.wrap(s.transaction(ctx, func(tx *sql.Tx) error {
		conditions, err := conditionsID(ctx, tx, c)
		if err != nil {
			return err
		}
		return s.insertTiming(ctx, tx, conditions, id, t)
	}))
}

func (s *Store) insertTiming(ctx context.Context, tx *sql.Tx, conditions int64, id string, t Timing) error {
	measurement, err := optionalJSON(t.Measurement)
	failure, err2 := optionalJSON(t.Failure)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	created := s.now().UTC().Truncate(time.Second).Format(time.RFC3339)
	_, err = tx.ExecContext(ctx, insertTiming, conditions, id, created, measurement, failure, t.Session)
	return err
}

// optionalJSON is NULL for nil.
func optionalJSON[T any](v *T) (sql.NullString, error) {
	if v == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(v)
	return sql.NullString{String: string(text), Valid: true}, err
}

// Timings lists the sessions in which networks were measured under the
// conditions, by the networks' IDs.
func (s *Store) Timings(ctx context.Context, c evaluator.Conditions, ids []string) (map[string][]Timing, error) {
	conditions, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT t.architecture, t.session, t.created, t.measurement, t.failure
		FROM json_each(?) w
		CROSS JOIN timings t ON t.architecture = w.value AND t.conditions = (SELECT id FROM conditions WHERE json = ?)
		ORDER BY t.architecture, t.session`, asText(wanted), asText(conditions))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	all := map[string][]Timing{}
	for rows.Next() {
		var id, created string
		var measurement, failure sql.NullString
		var t Timing
		if err := rows.Scan(&id, &t.Session, &created, &measurement, &failure); err != nil {
			return nil, s.wrap(err)
		}
		if t.Created, err = time.Parse(time.RFC3339, created); err != nil {
			return nil, err
		}
		if t.Measurement, err = fromJSON[trt.Measurement](measurement); err != nil {
			return nil, err
		}
		if t.Failure, err = fromJSON[evaluator.Failure](failure); err != nil {
			return nil, err
		}
		all[id] = append(all[id], t)
	}
	return all, s.wrap(rows.Err())
}

func fromJSON[T any](text sql.NullString) (*T, error) {
	if !text.Valid {
		return nil, nil
	}
	v := new(T)
	return v, json.Unmarshal([]byte(text.String), v)
}

// Remeasured lists all sessions of the networks that were measured more than
// once under the conditions.
func (s *Store) Remeasured(ctx context.Context, c evaluator.Conditions) (map[string][]Timing, error) {
	conditions, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT architecture FROM timings WHERE session = 2 AND conditions = (SELECT id FROM conditions WHERE json = ?)", asText(conditions))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, s.wrap(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return nil, s.wrap(err)
	}
	return s.Timings(ctx, c, ids)
}
