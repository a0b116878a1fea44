package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// populated fills a database with n measured networks and a run over them, ten a
// generation.
func populated(t testing.TB, path string, n int, seed int64) []evaluator.Result {
	t.Helper()
	s, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	open, err := space.Load("open")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(seed))
	var all []evaluator.Result
	known := map[string]bool{}
	for len(all) < n {
		a := open.Decode(open.Sample(rng))
		if known[a.ID()] {
			continue
		}
		known[a.ID()] = true
		all = append(all, measuredResult(a, time.Duration(rng.Intn(1e7)+1)))
	}
	if err := s.Append(ctx, conditions, all); err != nil {
		t.Fatal(err)
	}
	r, err := s.CreateRun(ctx, NewRun{Name: fmt.Sprint("run", seed), Settings: []byte(fmt.Sprintf(`{"seed":%d}`, seed)), Conditions: conditions, Budget: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for g := 1; g*10 <= n; g++ {
		state := fmt.Sprintf(`{"g":%d,"of":%d,"pad":%q}`, g, seed, strings.Repeat("x", 6000)) // spills over to other pages
		if err := s.SaveGeneration(ctx, r, Generation{Number: g, State: []byte(state), Evaluated: 10 * g, IDs: ids(all[10*(g-1) : 10*g]), Hypervolume: float64(g)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.FinishRun(ctx, r, "done"); err != nil {
		t.Fatal(err)
	}
	return all
}

func measuredResult(a space.Arch, latency time.Duration) evaluator.Result {
	m := trt.Measurement{Samples: []time.Duration{latency, latency}, Median: trt.MedianOf([]time.Duration{latency, latency}), Checked: trt.CheckedORT}
	return evaluator.Result{Arch: a, ID: a.ID(), Measurement: &m, Score: evaluator.Score{
		Params: 1, MACs: 2, Engine: evaluator.Engine{Bytes: 4, Memory: 3, Energy: 0.5}, Latency: evaluator.MeasuredLatency(m),
		Accuracy: evaluator.Accuracy{Value: 80, Low: 79, High: 81.5, Level: .8, Bound: 79.5, Source: evaluator.AccuracyPredicted},
	}}
}

// dump is all that a database holds, by table, without the rows' numbers.
func dump(t testing.TB, path string) map[string]string {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := map[string]string{}
	for _, table := range restored {
		rows, err := s.db.Query("SELECT * FROM " + table.table + " ORDER BY 1, 2")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(values)
			if err != nil {
				t.Fatal(err)
			}
			all[table.table] += string(text) + "\n"
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return all
}

// A table that was forgotten would be lost.
func TestEveryTableIsRestored(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	tables, err := s.lines(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		known := slices.ContainsFunc(restored, func(r struct{ table, orphan string }) bool { return r.table == name })
		shaped := slices.ContainsFunc(shapes, func(s shape) bool { return s.table == name })
		if !known || !shaped {
			t.Errorf("table %s is not recovered: add it to restored (recover.go), shapes (classify.go) and merge (merge.go)", name)
		}
	}
}

// All of a database that is whole is recovered, spilled rows and those in the
// log included.
func TestRecoverWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	populated(t, path, 300, 1)
	s, err := Open(path, clock) // open, so that what comes now stays in the log
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SaveProfile(ctx, Profile{Name: "p", Profile: []byte("{}")}, false); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		t.Fatalf("nothing is in the log: %v", err)
	}
	to := filepath.Join(dir, "y.db")
	r, err := Recover(ctx, path, to, clock)
	if err != nil || r.Damaged > 0 || len(r.Cut) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got, want := dump(t, to), dump(t, path); !reflect.DeepEqual(got, want) {
		t.Errorf("recovered %.1000v\nwant %.1000v", got, want)
	}
	if _, err := Recover(ctx, path, to, clock); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("over an existing one: %v", err)
	}
	if _, err := Recover(ctx, filepath.Join(dir, "y.db-none"), filepath.Join(dir, "z.db"), clock); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of none: %v", err)
	}
}

// Whatever page is overwritten, with whatever, that is said and costs what is on
// it alone; the run is whole up to some generation.
func TestRecoverDamaged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	all := populated(t, path, 300, 1)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const size = 4096
	rng := rand.New(rand.NewSource(1))
	pages := len(whole) / size
	for round := range 40 {
		damaged := append([]byte{}, whole...)
		n := 1 + rng.Intn(pages-1) // not the first: TestRecoverFirstPage
		page := damaged[n*size : (n+1)*size]
		if round%2 == 0 {
			clear(page)
		} else {
			rng.Read(page)
		}
		bad := filepath.Join(dir, fmt.Sprintf("bad%d.db", round))
		if err := os.WriteFile(bad, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(audit(t, bad)) == 0 && !free(t, path, n+1) {
			t.Errorf("page %d was overwritten, and nothing is said", n+1)
		}
		to := filepath.Join(dir, fmt.Sprintf("good%d.db", round))
		r, err := Recover(ctx, bad, to, clock)
		if err != nil {
			t.Fatalf("page %d: %v", n+1, err)
		}
		checkRecovered(t, to, all, n+1, r)
	}
}

func audit(t *testing.T, path string) []string {
	t.Helper()
	s, err := OpenReadOnly(path)
	if errors.Is(err, ErrCorrupt) {
		return []string{err.Error()}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	faults, err := s.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// free tells whether the page is not used.
func free(t *testing.T, path string, page int) bool {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var n int
	if err := s.db.QueryRow("PRAGMA freelist_count").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// mostOnPage is more results than a page has: 4096 bytes, of which each takes 100
// and more; a network's, on another page, takes 300.
const mostOnPage = 45

func checkRecovered(t *testing.T, path string, all []evaluator.Result, page int, r Recovery) {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if faults, err := s.Audit(ctx); err != nil || len(faults) > 0 {
		t.Errorf("page %d: what was recovered is damaged: %v, %v", page, faults, err)
	}
	got, err := s.Lookup(ctx, conditions, ids(all))
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for i, g := range got {
		if g == nil {
			lost++
			continue
		}
		want := all[i]
		want.Measurement = nil
		if !reflect.DeepEqual(*g, want) {
			t.Errorf("page %d: network %s is %+v, want %+v", page, want.ID, g, want)
		}
	}
	if lost > mostOnPage {
		t.Errorf("page %d: %d results are lost of %d: more than a page has", page, lost, len(all))
	}
	for _, c := range r.Cut {
		if run, err := s.Run(ctx, c.Run); err != nil || run.Finished() {
			t.Errorf("page %d: %+v, and the run is %+v, %v", page, c, run, err)
		}
	}
}

// Without the first page, which has the schema, SQLite can open nothing.
func TestRecoverFirstPage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	all := populated(t, path, 100, 1)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "y.db")
	r, err := Recover(ctx, path, to, clock)
	if err != nil {
		t.Fatal(err)
	}
	checkRecovered(t, to, all, 1, r)
	if len(r.Cut) > 0 && r.Cut[0].Generation < r.Cut[0].Had {
		t.Errorf("%+v", r)
	}
}
