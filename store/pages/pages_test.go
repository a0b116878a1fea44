package pages_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/trtnas/trtnas/store" // SQLite
	"github.com/trtnas/trtnas/store/pages"
)

// database is a file of SQLite's with a row of each kind of value, one of which
// spills over to other pages.
func database(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`PRAGMA page_size = 512; CREATE TABLE t (a, b, c, d, e);
		INSERT INTO t VALUES (1, -2.5, 'text', x'00ff', NULL), (-70000, 1e300, ?, x'', 0)`, string(bytes.Repeat([]byte("long "), 400)))
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// read parses a file's rows and counts what could not be read.
func read(data, log []byte) (rows []pages.Row, damaged int, err error) {
	f, err := pages.Parse(data, log)
	if err != nil {
		return nil, 0, err
	}
	for r, err := range f.Rows() {
		if err != nil {
			damaged++
			continue
		}
		rows = append(rows, r)
	}
	return rows, damaged, nil
}

func TestRows(t *testing.T) {
	rows, damaged, err := read(database(t), nil)
	if err != nil || damaged != 0 {
		t.Fatalf("%d damaged pages, %v", damaged, err)
	}
	var found []pages.Row
	for _, r := range rows {
		if len(r.Values) == 5 && r.Values[0] != "table" { // not the schema's
			found = append(found, r)
		}
	}
	if len(found) != 2 || found[0].Values[1] != -2.5 || found[0].Values[4] != nil || found[1].Values[0] != int64(-70000) || len(found[1].Values[2].(string)) != 2000 {
		t.Errorf("rows %v", found)
	}
}

// Whatever is in a file, reading it ends, with rows or without.
func FuzzRows(f *testing.F) {
	whole := database(f)
	f.Add(whole, []byte{})
	f.Add(whole[:len(whole)/2], whole)
	f.Add([]byte("SQLite format 3\x00"), []byte{})
	f.Fuzz(func(t *testing.T, data, log []byte) {
		rows, _, err := read(data, log)
		if err != nil && len(rows) > 0 {
			t.Errorf("rows beside an error: %v", err)
		}
	})
}
