// Package optuna writes a run as a storage of Optuna, which its dashboard and
// its plots open (Akiba et al. 2019, "Optuna: A Next-generation Hyperparameter
// Optimization Framework").
package optuna

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver
)

//go:embed schema.sql
var schema string

// ErrExists tells that there is a file of the storage's name.
var ErrExists = errors.New("file exists")

// Direction is what is good in a metric.
type Direction string

// The directions.
const (
	Minimize Direction = "MINIMIZE"
	Maximize Direction = "MAXIMIZE"
)

// Metric is one of a study's objectives.
type Metric struct {
	Name      string
	Direction Direction
}

// Attribute is something that is known of a study or a trial besides. Its value
// is written as JSON.
type Attribute struct {
	Name  string
	Value any
}

// Param is a decision as a trial made it.
type Param struct {
	Distribution *Distribution
	Choice       int // place among the distribution's choices
}

// Trial is one evaluation.
type Trial struct {
	// Values has one for each metric; none for a trial that failed.
	Values []float64
	// Violation is the amount by which constraints are missed; 0 is feasible.
	Violation       float64
	Params          []Param
	Start, Complete time.Time
	Attributes      []Attribute
}

// Study is a search.
type Study struct {
	Name       string
	Metrics    []Metric
	Attributes []Attribute
	Trials     []Trial
}

// Write writes the study as an SQLite file, all or nothing. A file that is
// there stays, and the error is ErrExists.
func Write(ctx context.Context, path string, s Study) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s: %w: remove it, or choose another --output", path, ErrExists)
		}
		return err
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
			_ = os.Remove(part) // the error is said
		}
	}()
	// The file is of no use until it is whole, so a crash may leave it as it is.
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: part}).EscapedPath()+"?mode=rwc&_synchronous=OFF&_journal_mode=OFF")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(fill(ctx, db, s), db.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func fill(ctx context.Context, db *sql.DB, s Study) error {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	w := writer{ctx: ctx, tx: tx, statements: map[string]*sql.Stmt{}}
	w.study(s)
	for i, t := range s.Trials {
		w.trial(i, t)
	}
	if w.err != nil {
		return errors.Join(w.err, tx.Rollback())
	}
	return tx.Commit()
}

// theStudy is the ID of the only one.
const theStudy = 1

// writer keeps the first error, after which it does nothing.
type writer struct {
	ctx        context.Context
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	err        error
}

func (w *writer) insert(statement string, values ...any) {
	if w.err != nil {
		return
	}
	s := w.statements[statement]
	if s == nil {
		if s, w.err = w.tx.PrepareContext(w.ctx, statement); w.err != nil {
			return
		}
		w.statements[statement] = s // closed with the transaction
	}
	_, w.err = s.ExecContext(w.ctx, values...)
}

func (w *writer) json(v any) string {
	text, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return string(text)
}

func (w *writer) study(s Study) {
	w.insert("INSERT INTO studies VALUES (?,?)", theStudy, s.Name)
	var names []string
	for i, m := range s.Metrics {
		w.insert("INSERT INTO study_directions (direction, study_id, objective) VALUES (?,?,?)", string(m.Direction), theStudy, i)
		names = append(names, m.Name)
	}
	w.insert("INSERT INTO study_system_attributes (study_id, key, value_json) VALUES (?,?,?)", theStudy, "study:metric_names", w.json(names))
	for _, a := range s.Attributes {
		w.insert("INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (?,?,?)", theStudy, a.Name, w.json(a.Value))
	}
}

func (w *writer) trial(number int, t Trial) {
	id, state := number+1, "COMPLETE"
	if len(t.Values) == 0 {
		state = "FAIL"
	}
	w.insert("INSERT INTO trials VALUES (?,?,?,?,?,?)", id, number, theStudy, state, moment(t.Start), moment(t.Complete))
	for _, p := range t.Params {
		w.insert("INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?,?,?,?)",
			id, p.Distribution.Name, p.Distribution.value(p.Choice), p.Distribution.text)
	}
	for i, v := range t.Values {
		w.insert("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?,?,?,'FINITE')", id, i, v)
	}
	if len(t.Values) > 0 {
		w.insert("INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?,?,?)", id, "constraints", w.json([]float64{t.Violation}))
	}
	for _, a := range t.Attributes {
		w.insert("INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?,?,?)", id, a.Name, w.json(a.Value))
	}
}

// moment is a time as SQLAlchemy writes it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000") }
