// Package store keeps every result in an SQLite database, append-only: a
// result that was once acknowledged is never changed or lost.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3" // registers the driver too
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the database as trtnas's ("TRTN").
const applicationID = 0x5452544e

// Errors that callers tell apart; what they wrap says what to do.
var (
	ErrNone     = errors.New("there is no database")
	ErrForeign  = errors.New("not a database of trtnas")
	ErrNewer    = errors.New("database of a newer trtnas")
	ErrExists   = errors.New("run exists")
	ErrUnknown  = errors.New("unknown run")
	ErrFollowed = errors.New("another process follows this run")
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("database can't be written")
	ErrCorrupt  = errors.New("database is damaged")
	ErrBusy     = errors.New("database is busy")
)

// Store is an open database. One connection writes; its methods may be called
// concurrently.
type Store struct {
	db   *sql.DB
	path string
	now  func() time.Time
}

// Open opens the database at path for writing, and creates it if there is
// none.
func Open(path string, now func() time.Time) (*Store, error) {
	if err := inspect(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// FULL: what was acknowledged survives a power cut, not only a kill.
	s, err := open(path, "rwc", url.Values{"_synchronous": {"FULL"}, "_txlock": {"immediate"}, "_foreign_keys": {"on"}}, now)
	if err != nil {
		return nil, err
	}
	err = s.migrate(context.Background())
	if err == nil {
		// Only now, or the header that inspect reads would still be in the log.
		_, err = s.db.Exec("PRAGMA journal_mode = WAL")
	}
	if err != nil {
		s.db.Close()
		return nil, s.wrap(err)
	}
	return s, nil
}

// OpenExisting opens a database for writing that must be there.
func OpenExisting(path string, now func() time.Time) (*Store, error) {
	if err := mustExist(path); err != nil {
		return nil, err
	}
	return Open(path, now)
}

// OpenReadOnly opens an existing database for reading, which never blocks a
// writer. One of an earlier program is brought up to date first.
func OpenReadOnly(path string) (*Store, error) {
	if err := mustExist(path); err != nil {
		return nil, err
	}
	if err := bringUpToDate(path); err != nil {
		return nil, err
	}
	s, err := open(path, "ro", url.Values{}, nil)
	if err != nil {
		return nil, err
	}
	// Between the file's creation and its schema there is nothing to read yet.
	version, err := s.version()
	if err == nil && version == 0 {
		err = fmt.Errorf("%s: %w: `trtnas search` fills it, or give another --db", path, ErrNone)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// bringUpToDate migrates a database that has an earlier schema.
func bringUpToDate(path string) error {
	s, err := open(path, "ro", url.Values{}, nil)
	if err != nil {
		return err
	}
	have, err := s.version()
	err = errors.Join(err, s.Close())
	known, err2 := schemaVersion()
	if err = errors.Join(err, err2); err != nil || have == 0 || have == known {
		return err
	}
	writer, err := Open(path, nil)
	if err != nil {
		return fmt.Errorf("%w; it is of an earlier trtnas (schema %d, this one's is %d) and has to be brought up to date: copy it to a place where it can be written", err, have, known)
	}
	return writer.Close()
}

func mustExist(path string) error {
	err := inspect(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: `trtnas search` creates it, or give another --db", path, ErrNone)
	}
	return err
}

func open(path, mode string, options url.Values, now func() time.Time) (*Store, error) {
	options.Set("mode", mode)
	options.Set("_busy_timeout", "10000") // ms; a writer holds the lock for a few ms at a time
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db, path: path, now: now}
	if err := s.checkVersion(); err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

// inspect refuses a file of something else before anything touches it.
func inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	header := make([]byte, 72)
	n, err := io.ReadFull(f, header)
	if errors.Is(err, io.EOF) {
		return nil // empty: as good as none
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", path, err)
	}
	// The header is that of sqlite.org/fileformat2.html, section 1.3.
	id := uint32(header[68])<<24 | uint32(header[69])<<16 | uint32(header[70])<<8 | uint32(header[71])
	if n < len(header) || !strings.HasPrefix(string(header), "SQLite format 3\x00") || id != applicationID {
		return fmt.Errorf("%s: %w: choose another --db; this file was left as it is", path, ErrForeign)
	}
	return nil
}

// schemaVersion is the number of migrations.
func schemaVersion() (int, error) {
	entries, err := migrations.ReadDir("migrations")
	return len(entries), err
}

func (s *Store) checkVersion() error {
	have, err := s.version()
	if err != nil {
		return err
	}
	known, err := schemaVersion()
	if err != nil {
		return err
	}
	if have > known {
		return fmt.Errorf("%s: %w (schema %d, this program knows %d): upgrade trtnas or choose another --db", s.path, ErrNewer, have, known)
	}
	return nil
}

// version is that of the database's schema; 0 before there is one.
func (s *Store) version() (have int, err error) {
	err = s.wrap(s.db.QueryRow("PRAGMA user_version").Scan(&have))
	return have, err
}

// migrate brings the schema up to date, all steps in one transaction: who reads
// meanwhile sees the old one or the new one.
func (s *Store) migrate(ctx context.Context) error {
	known, err := schemaVersion()
	if err != nil {
		return err
	}
	return s.transaction(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRow("PRAGMA user_version").Scan(&have); err != nil {
			return err
		}
		for ; have < known; have++ {
			script, err := migrations.ReadFile(fmt.Sprintf("migrations/%03d.sql", have+1))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(string(script) + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, have+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) transaction(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone drops the error of rolling back what SQLite rolled back itself.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) || err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return err
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Check reads the whole database and reports damage.
func (s *Store) Check(ctx context.Context) error {
	var verdict string
	if err := s.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return s.wrap(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%s: %w: %s", s.path, ErrCorrupt, verdict)
	}
	return nil
}

// wrap names the file, and says of SQLite's errors what to do.
func (s *Store) wrap(err error) error {
	var e sqlite3.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	kind, advice := ErrCorrupt, "restore it from a copy, or save what can be read with `trtnas db recover`"
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr:
		kind, advice = ErrFull, "make room, then resume the run: nothing that was stored is lost"
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		kind, advice = ErrReadOnly, "check that its folder exists and that file and folder are writable, or choose another --db"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		kind, advice = ErrBusy, "another program holds it: wait for that, or choose another --db"
	case sqlite3.ErrNotADB:
		kind, advice = ErrForeign, "choose another --db; this file was left as it is"
	case sqlite3.ErrCorrupt:
	default:
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return fmt.Errorf("%s: %w (%v): %s", s.path, kind, err, advice)
}
