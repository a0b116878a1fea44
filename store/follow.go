package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Evaluations are the results of the run's networks in the order in which it
// evaluated them. The loop must not use the store otherwise.
func (s *Store) Evaluations(ctx context.Context, r Run) iter.Seq2[evaluator.Result, error] {
	return s.EvaluationsFrom(ctx, r, 0)
}

// EvaluationsFrom are the run's results but for the first ones, by which a
// reader that has those follows a run while it grows.
func (s *Store) EvaluationsFrom(ctx context.Context, r Run, first int) iter.Seq2[evaluator.Result, error] {
	return s.evaluations(ctx, r, first, resultColumns, "JOIN architectures a ON a.id = e.architecture")
}

// ScoresFrom are EvaluationsFrom by ID alone, without their architectures:
// Lookup has those of a few. The loop may end early.
func (s *Store) ScoresFrom(ctx context.Context, r Run, first int) iter.Seq2[evaluator.Result, error] {
	return s.evaluations(ctx, r, first, bareColumns, "")
}

func (s *Store) evaluations(ctx context.Context, r Run, first int, columns, join string) iter.Seq2[evaluator.Result, error] {
	return func(yield func(evaluator.Result, error) bool) {
		rows, err := s.db.QueryContext(ctx, `SELECT `+columns+`
			FROM runs u
			JOIN evaluations e ON e.run = u.id
			JOIN results r ON r.conditions = u.conditions AND r.architecture = e.architecture
			`+join+` WHERE u.id = ? AND e.seq >= ? ORDER BY e.seq`, r.ID, first)
		if err != nil {
			yield(evaluator.Result{}, s.wrap(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			res, err := scan(rows)
			if !yield(res, s.wrap(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(evaluator.Result{}, s.wrap(err))
		}
	}
}

// Milestones lists the run's generations without their states, which are most
// of what a generation takes to read.
func (s *Store) Milestones(ctx context.Context, r Run) ([]Generation, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT number, evaluated, hypervolume FROM generations WHERE run = ? ORDER BY number", r.ID)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []Generation
	for rows.Next() {
		var g Generation
		if err := rows.Scan(&g.Number, &g.Evaluated, &g.Hypervolume); err != nil {
			return nil, s.wrap(err)
		}
		all = append(all, g)
	}
	return all, s.wrap(rows.Err())
}

// Sitting is one session of one of a run's networks on the device: how the
// device was, without the samples.
type Sitting struct {
	ID      string // of the network
	Seq     int    // of its evaluation in the run
	Session int    // from 1
	Created time.Time
	Elapsed time.Duration // of the device's time
	Drift   *trt.Drift
	Health  []trt.Health
	Failed  bool
}

// Sittings lists the sessions of the run's networks in the order in which they
// were measured.
func (s *Store) Sittings(ctx context.Context, r Run) ([]Sitting, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT t.architecture, e.seq, t.session, t.created, coalesce(t.measurement ->> '$.elapsed_ns', 0),
			t.measurement -> '$.reference', t.measurement -> '$.health', t.failure IS NOT NULL
		FROM runs u
		JOIN evaluations e ON e.run = u.id
		JOIN timings t ON t.conditions = u.conditions AND t.architecture = e.architecture
		WHERE u.id = ? ORDER BY t.created, t.session, e.seq`, r.ID)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []Sitting
	for rows.Next() {
		t, err := scanSitting(rows)
		if err != nil {
			return nil, s.wrap(err)
		}
		all = append(all, t)
	}
	return all, s.wrap(rows.Err())
}

func scanSitting(rows *sql.Rows) (Sitting, error) {
	var t Sitting
	var created string
	var drift, health sql.NullString
	if err := rows.Scan(&t.ID, &t.Seq, &t.Session, &created, &t.Elapsed, &drift, &health, &t.Failed); err != nil {
		return t, err
	}
	var err error
	if t.Created, err = time.Parse(time.RFC3339, created); err != nil {
		return t, err
	}
	if t.Drift, err = fromJSON[trt.Drift](drift); err != nil || !health.Valid {
		return t, err
	}
	return t, json.Unmarshal([]byte(health.String), &t.Health)
}

// Pending is what was measured under the run's conditions since it began, and
// belongs to no generation of it yet.
func (s *Store) Pending(ctx context.Context, r Run) (networks int, last time.Time, err error) {
	var created string
	err = s.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(t.created), '')
		FROM runs u JOIN timings t ON t.conditions = u.conditions
		WHERE u.id = ?1 AND t.session = 1 AND t.created >= u.created
		AND t.architecture NOT IN (SELECT architecture FROM evaluations WHERE run = ?1)`, r.ID).Scan(&networks, &created)
	if err != nil || networks == 0 {
		return 0, last, s.wrap(err)
	}
	last, err = time.Parse(time.RFC3339, created)
	return networks, last, err
}

// Sessions counts the sessions under the run's conditions, by which a reader
// knows whether there is anything new.
func (s *Store) Sessions(ctx context.Context, r Run) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM runs u JOIN timings t ON t.conditions = u.conditions WHERE u.id = ?", r.ID).Scan(&n)
	return n, s.wrap(err)
}
