package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// ask asks a question that has one answer.
func ask(ctx context.Context, path, query string) (err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var answer any
	return db.QueryRowContext(ctx, query).Scan(&answer)
}

// reopen makes a finished run one that was stopped, and wants more evaluations.
func reopen(ctx context.Context, path string, evaluations int) (err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	done, err := db.ExecContext(ctx, "UPDATE runs SET reason = NULL, settings = json_set(settings, '$.evaluations', ?) WHERE name = ?", evaluations, run)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%d runs %q: %w", n, run, err)
	}
	return nil
}
