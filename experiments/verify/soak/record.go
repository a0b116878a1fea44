package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"slices"

	_ "github.com/mattn/go-sqlite3" // the database is looked at by SQLite alone
)

// record is all that a search leaves behind, by what it is.
type record map[string]string

// queries of what a run left behind: names, and values. Times of day are no part
// of it, nor how long the simulated device took.
var queries = []string{
	"SELECT 'run', reason FROM runs WHERE name = ?1 AND reason IS NOT NULL",
	"SELECT 'generation ' || number, evaluated || ' ' || hypervolume || ' ' || state FROM generations JOIN runs u ON u.id = run WHERE u.name = ?1",
	"SELECT 'evaluation ' || seq, architecture FROM evaluations JOIN runs u ON u.id = run WHERE u.name = ?1",
	`SELECT 'result ' || architecture, latency_ns || ' ' || latency_low_ns || ' ' || latency_high_ns || ' ' || accuracy || ' ' || coalesce(failure_class, '')
		FROM results r JOIN runs u ON u.conditions = r.conditions WHERE u.name = ?1`,
	`SELECT 'timing ' || architecture || ' ' || session, coalesce(json_extract(measurement, '$.samples_ns'), '') || coalesce(failure, '')
		FROM timings t JOIN runs u ON u.conditions = t.conditions WHERE u.name = ?1`,
}

// read is what is in the database of the run by now; nothing if there is none
// yet.
func read(ctx context.Context, path, run string) (record, error) {
	all := record{}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_busy_timeout=10000")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil || version == 0 {
		return all, err
	}
	for _, query := range queries {
		if err := all.add(ctx, db, query, run); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r record) add(ctx context.Context, db *sql.DB, query, run string) error {
	rows, err := db.QueryContext(ctx, query, run)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if _, again := r[name]; again {
			return fmt.Errorf("%s is there twice", name)
		}
		r[name] = value
	}
	return rows.Err()
}

// tally is what faults did.
type tally struct {
	Faults int // that happened
	Runs   int // searches that ended with all that they should leave
	Lost   int // results, timings, generations and so on that were there or should be, and are not
	Twice  int // that should not be there
	Other  int // that differ
	Note   string
	First  string // of what was lost, is too much or differs
}

func (t *tally) add(o tally) {
	t.Faults, t.Runs, t.Lost, t.Twice, t.Other = t.Faults+o.Faults, t.Runs+o.Runs, t.Lost+o.Lost, t.Twice+o.Twice, t.Other+o.Other
	t.Note, t.First = cmp.Or(o.Note, t.Note), cmp.Or(t.First, o.First)
}

// compare tells how what a run left differs from what it should.
func compare(want, got record) (t tally) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		other, there := got[name]
		switch {
		case !there:
			t.Lost++
			t.First = cmp.Or(t.First, name+" is gone")
		case other != want[name]:
			t.Other++
			t.First = cmp.Or(t.First, name+" differs")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, known := want[name]; !known {
			t.Twice++
			t.First = cmp.Or(t.First, name+" is too much")
		}
	}
	return t
}

// kept tells what was there before and is not any more.
func kept(before, after record) tally {
	grown := record{}
	for name := range before {
		if value, there := after[name]; there {
			grown[name] = value
		}
	}
	return compare(before, grown)
}
