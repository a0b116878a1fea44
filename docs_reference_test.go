package trtnas_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// table is a table of a page: the cells of each row by their heading.
type table struct {
	headings []string
	rows     []map[string]string
}

// tables are the tables of a page, each by the heading above it and its number there.
func tables(t *testing.T, file string) map[string][]table {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]table{}
	section, inside := "", false
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			section = strings.Trim(strings.TrimSpace(title), "`")
		}
		cells, ok := row(line)
		switch {
		case !ok:
			inside = false
		case !inside:
			all[section] = append(all[section], table{headings: cells})
			inside = true
		case !strings.HasPrefix(cells[0], "--"):
			last := &all[section][len(all[section])-1]
			last.add(cells)
		}
	}
	return all
}

func row(line string) (cells []string, ok bool) {
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[0] != '|' {
		return nil, false
	}
	for _, c := range strings.Split(line[1:len(line)-1], "|") {
		cells = append(cells, strings.TrimSpace(c))
	}
	return cells, true
}

func (t *table) add(cells []string) {
	r := map[string]string{}
	for i, c := range cells {
		r[t.headings[i]] = c
	}
	t.rows = append(t.rows, r)
}

// names are the first column's, without backquotes.
func (t table) names() (all []string) {
	for _, r := range t.rows {
		all = append(all, strings.Trim(r[t.headings[0]], "`"))
	}
	return all
}

// Every column of every view is described, and no other.
func TestViewsAreDocumented(t *testing.T) {
	documented := tables(t, "docs/sql.md")
	file := filepath.Join(t.TempDir(), "empty.db")
	s, err := store.Open(file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	views := column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'view'")
	if len(views) < 4 {
		t.Fatalf("views %v", views)
	}
	for _, v := range views {
		if len(documented[v]) != 1 {
			t.Errorf("docs/sql.md has %d tables for the view %s, need one", len(documented[v]), v)
			continue
		}
		if got, want := documented[v][0].names(), column(t, db, "SELECT name FROM pragma_table_info('"+v+"')"); !slices.Equal(got, want) {
			t.Errorf("docs/sql.md: %s has the columns\n%v, and the database\n%v", v, got, want)
		}
	}
}

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// Every key of a space's file is described, with the limits and defaults that the
// parser has.
func TestSpaceKeysAreDocumented(t *testing.T) {
	documented := tables(t, "docs/spaces.md")["The file"]
	if len(documented) != 3 {
		t.Fatalf("docs/spaces.md has %d tables under \"The file\", need one for the file, one for a stage and one for blocks", len(documented))
	}
	if got, want := documented[0].names(), append([]string{"schema"}, keys(space.Space{})...); !sameNames(got, want) {
		t.Errorf("keys of the file: %v, the parser has %v", got, want)
	}
	if got, want := documented[1].names(), keys(space.Choices{}); !sameNames(got, want) {
		t.Errorf("keys of a stage: %v, the parser has %v", got, want)
	}
	var blocks []string
	for _, b := range space.Blocks() {
		blocks = append(blocks, b.String())
	}
	if got := documented[2].names(); !sameNames(got, blocks) {
		t.Errorf("blocks %v, there are %v", got, blocks)
	}
	for _, r := range documented[1].rows {
		checkLimits(t, r)
		checkDefault(t, r)
	}
}

func keys(v any) (names []string) {
	for f := range reflect.TypeOf(v).NumField() {
		names = append(names, reflect.TypeOf(v).Field(f).Tag.Get("json"))
	}
	return names
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// lastStage parses a space whose last stage has the lines.
func lastStage(lines string) (space.Choices, error) {
	s, err := space.Parse([]byte("schema: trtnas.space/1\nname: x\nwidth: 32\nstages: [{depth: 1}, {depth: 1}, {depth: 1}, {" + lines + "}]\n"))
	if err != nil {
		return space.Choices{}, err
	}
	return s.Stages[3], nil
}

// checkLimits tries the values at and beyond a stage key's documented limits.
func checkLimits(t *testing.T, r map[string]string) {
	t.Helper()
	key := strings.Trim(r["key"], "`")
	if r["least"] == "" {
		return
	}
	least, most := number(t, r["least"]), number(t, r["most"])
	step := 2.0 // the next odd number
	if least != float64(int(least)) {
		step = least / 10
	}
	for _, test := range []struct {
		value float64
		valid bool
	}{{least, true}, {most, true}, {least - step, false}, {most + step, false}} {
		lines := fmt.Sprintf("%s: %v", key, test.value)
		if key != "depth" {
			lines = "depth: 1, " + lines
		}
		if _, err := lastStage(lines); (err == nil) != test.valid {
			t.Errorf("docs/spaces.md says that %s is from %v to %v; %v: %v", key, least, most, test.value, err)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var firstCode = regexp.MustCompile("`([^`]*)`")

// checkDefault compares leaving a stage's key out with its documented default.
func checkDefault(t *testing.T, r map[string]string) {
	t.Helper()
	key := strings.Trim(r["key"], "`")
	m := firstCode.FindStringSubmatch(r["without it"])
	if m == nil { // an error
		if _, err := lastStage("k: 3"); key == "depth" && err == nil {
			t.Error("docs/spaces.md says that depth must be given")
		}
		return
	}
	without, errWithout := lastStage("depth: 1")
	with, errWith := lastStage("depth: 1, " + key + ": " + m[1])
	if key == "block" { // given or not decides what mixed is
		with, errWith = lastStage("depth: 1, mixed: 0, block: " + m[1])
	}
	if errWithout != nil || errWith != nil || !reflect.DeepEqual(without, with) {
		t.Errorf("docs/spaces.md says that %s is %s if it is left out: %+v, %v; %+v, %v", key, m[1], without, errWithout, with, errWith)
	}
}
