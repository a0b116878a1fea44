package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(dir string) error
		want error
		says string
	}{
		{"another run of that name", func(dir string) error {
			return withStore(dir, func(s *Store) error {
				n := NewRun{Name: "one", Settings: []byte("{}"), Conditions: conditions}
				if _, err := s.CreateRun(ctx, n); err != nil {
					return err
				}
				_, err := s.CreateRun(ctx, n)
				return err
			})
		}, ErrExists, "one"},
		{"a run that is not there", func(dir string) error {
			return withStore(dir, func(s *Store) error {
				_, err := s.Run(ctx, "two")
				return err
			})
		}, ErrUnknown, "there is none in"},
		{"another process that follows the run", func(dir string) error {
			return withStore(dir, func(s *Store) error {
				r, err := s.CreateRun(ctx, NewRun{Name: "one", Settings: []byte("{}"), Conditions: conditions})
				if err != nil {
					return err
				}
				return errors.Join(s.SaveGeneration(ctx, r, generation(1, 0)), s.SaveGeneration(ctx, r, generation(1, 0)))
			})
		}, ErrFollowed, "let it finish"},
		{"reading where there is none", func(dir string) error {
			_, err := OpenReadOnly(filepath.Join(dir, "none.db"))
			return err
		}, ErrNone, "`trtnas search` creates it"},
		{"a folder that is not there", func(dir string) error {
			_, err := Open(filepath.Join(dir, "no", "x.db"), clock)
			return err
		}, ErrReadOnly, "check that its folder exists"},
		{"a folder", func(dir string) error {
			_, err := Open(dir, clock)
			return err
		}, nil, "is a directory"},
		{"a newer database", func(dir string) error {
			return errors.Join(withStore(dir, func(s *Store) error {
				_, err := s.db.Exec("PRAGMA user_version = 99")
				return err
			}), withStore(dir, func(*Store) error { return nil }))
		}, ErrNewer, "upgrade trtnas"},
		{"a full disk", func(dir string) error {
			return withStore(dir, func(s *Store) error {
				if _, err := s.db.Exec("PRAGMA max_page_count = 20"); err != nil {
					return err
				}
				for i := range 1000 {
					c := conditions
					c.Batch = i
					if err := s.Append(ctx, c, results()); err != nil {
						return errors.Join(err, s.Check(ctx))
					}
				}
				return nil
			})
		}, ErrFull, "make room, then resume"},
		{"a database that another program holds", func(dir string) error {
			return withStore(dir, func(s *Store) error {
				if _, err := s.db.Exec("PRAGMA busy_timeout = 1"); err != nil {
					return err
				}
				other, err := sql.Open("sqlite3", filepath.Join(dir, "x.db"))
				if err != nil {
					return err
				}
				defer other.Close()
				if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
					return err
				}
				return s.Append(ctx, conditions, results())
			})
		}, ErrBusy, "another program holds it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.do(t.TempDir())
			if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %v that says %q", err, test.want, test.says)
			}
		})
	}
}

func withStore(dir string, do func(*Store) error) error {
	s, err := Open(filepath.Join(dir, "x.db"), clock)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// What is not ours is refused and left byte for byte as it was.
func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite3", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE songs (title TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{foreign, text} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, clock); !errors.Is(err, ErrForeign) {
			t.Errorf("opening %s: %v", path, err)
		}
		if _, err := OpenReadOnly(path); !errors.Is(err, ErrForeign) {
			t.Errorf("reading %s: %v", path, err)
		}
		after, err := os.ReadFile(path)
		if err != nil || string(after) != string(before) {
			t.Errorf("%s was changed (%v)", path, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("files were added: %v, %v", entries, err)
	}
}

func TestReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	newRun(t, s, "one")
	// A query that SQLite itself refuses, since root may write any file.
	if _, err := s.db.Exec("PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, conditions, results()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("appending gives %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.Append(ctx, conditions, results()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("appending to a reader gives %v", err)
	}
}

func TestDamageIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := withStore(filepath.Dir(path), func(s *Store) error { return s.Append(ctx, conditions, results()) }); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(file); i++ { // all pages but the first
		file[i] ^= 0x5a
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path)
	if err == nil {
		err = s.Check(ctx)
		s.Close()
	}
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "restore it from a copy") {
		t.Errorf("a damaged database gives %v", err)
	}
}

// A dashboard may look while a search makes the file.
func TestReadOnlyBeforeSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReadOnly(path); !errors.Is(err, ErrNone) {
		t.Errorf("%v is not ErrNone", err)
	}
}
