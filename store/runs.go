package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/trtnas/trtnas/evaluator"
)

// NewRun is what a run begins with.
type NewRun struct {
	Name       string
	Settings   []byte // JSON
	Budget     time.Duration
	Conditions evaluator.Conditions
}

// Run is a search in the database.
type Run struct {
	NewRun
	ID        int64
	Created   time.Time
	Evaluated int
	Reason    string // why it is over; empty while it is not
}

// Finished reports whether the run is over.
func (r Run) Finished() bool { return r.Reason != "" }

// Generation is where a run stands after a generation.
type Generation struct {
	Number      int      `json:"number"`
	State       []byte   `json:"state"` // JSON
	Hypervolume float64  `json:"hypervolume"`
	Evaluated   int      `json:"evaluated"` // networks so far
	IDs         []string `json:"-"`         // networks that this generation evaluated
}

// CreateRun begins a run; its name must be new.
func (s *Store) CreateRun(ctx context.Context, n NewRun) (Run, error) {
	created := s.now().UTC().Truncate(time.Second)
	r := Run{NewRun: n, Created: created}
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		conditions, err := conditionsID(ctx, tx, n.Conditions)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, "INSERT INTO runs (name, settings, budget_ns, conditions, created) VALUES (?,?,?,?,?)",
			n.Name, asText(n.Settings), int64(n.Budget), conditions, created.Format(time.RFC3339))
		if err != nil {
			return err
		}
		r.ID, err = res.LastInsertId()
		return err
	})
	if isConstraint(err) {
		return r, fmt.Errorf("%s: %w: %s", s.path, ErrExists, n.Name)
	}
	return r, s.wrap(err)
}

func isConstraint(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

const runColumns = `u.id, u.name, u.settings, u.budget_ns, u.created, coalesce(u.reason, ''), c.json,
	(SELECT coalesce(max(evaluated), 0) FROM generations g WHERE g.run = u.id)
	FROM runs u JOIN conditions c ON c.id = u.conditions`

func scanRun(row interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var created, conditions string
	if err := row.Scan(&r.ID, &r.Name, &r.Settings, &r.Budget, &created, &r.Reason, &conditions, &r.Evaluated); err != nil {
		return r, err
	}
	var err error
	if r.Created, err = time.Parse(time.RFC3339, created); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(conditions), &r.Conditions)
}

// Run finds a run by its name.
func (s *Store) Run(ctx context.Context, name string) (Run, error) {
	r, err := scanRun(s.db.QueryRowContext(ctx, "SELECT "+runColumns+" WHERE u.name = ?", name))
	if !errors.Is(err, sql.ErrNoRows) {
		return r, s.wrap(err)
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return r, err
	}
	names := make([]string, len(runs))
	for i, run := range runs {
		names[i] = run.Name
	}
	if len(names) == 0 {
		return r, fmt.Errorf("%w %q: there is none in %s yet", ErrUnknown, name, s.path)
	}
	return r, fmt.Errorf("%w %q: in %s there are %s", ErrUnknown, name, s.path, strings.Join(names, ", "))
}

// Runs lists the runs in the order of their creation.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+runColumns+" ORDER BY u.id")
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var runs []Run
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, s.wrap(err)
		}
		runs = append(runs, r)
	}
	return runs, s.wrap(rows.Err())
}

// SaveGeneration adds a generation and its evaluations to the run, all or
// nothing. Their results must have been appended. A generation that is there
// already means that another process follows the same run.
func (s *Store) SaveGeneration(ctx context.Context, r Run, g Generation) error {
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO generations (run, number, evaluated, hypervolume, state) VALUES (?,?,?,?,?)",
			r.ID, g.Number, g.Evaluated, g.Hypervolume, asText(g.State))
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, "INSERT INTO evaluations (run, seq, generation, architecture) VALUES (?,?,?,?)")
		if err != nil {
			return err
		}
		defer insert.Close()
		first := g.Evaluated - len(g.IDs)
		for i, id := range g.IDs {
			if _, err := insert.ExecContext(ctx, r.ID, first+i, g.Number, id); err != nil {
				return err
			}
		}
		return nil
	})
	if isConstraint(err) {
		return fmt.Errorf("%s: generation %d of run %s: %w: let it finish (%v)", s.path, g.Number, r.Name, ErrFollowed, err)
	}
	return s.wrap(err)
}

// FinishRun notes why the run is over.
func (s *Store) FinishRun(ctx context.Context, r Run, reason string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE runs SET reason = ? WHERE id = ? AND reason IS NULL", reason, r.ID)
	return s.wrap(err)
}

// LastGeneration is the last one of the run, if there is one.
func (s *Store) LastGeneration(ctx context.Context, r Run) (Generation, bool, error) {
	var g Generation
	err := s.db.QueryRowContext(ctx, "SELECT number, evaluated, hypervolume, state FROM generations WHERE run = ? ORDER BY number DESC LIMIT 1", r.ID).
		Scan(&g.Number, &g.Evaluated, &g.Hypervolume, &g.State)
	if errors.Is(err, sql.ErrNoRows) {
		return g, false, nil
	}
	return g, true, s.wrap(err)
}

// Generations lists the run's generations.
func (s *Store) Generations(ctx context.Context, r Run) ([]Generation, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT number, evaluated, hypervolume, state FROM generations WHERE run = ? ORDER BY number", r.ID)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []Generation
	for rows.Next() {
		var g Generation
		if err := rows.Scan(&g.Number, &g.Evaluated, &g.Hypervolume, &g.State); err != nil {
			return nil, s.wrap(err)
		}
		all = append(all, g)
	}
	return all, s.wrap(rows.Err())
}
