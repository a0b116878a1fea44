package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/trtnas/trtnas/store/pages"
)

// Recovery is what was saved of a damaged database.
type Recovery struct {
	Rows    []Saved `json:"rows"`              // by table
	Damaged int     `json:"damaged_pages"`     // of which something could not be read
	Cut     []Cut   `json:"cut_runs,omitzero"` // runs of which something is missing
}

// Saved is what became of a table's rows.
type Saved struct {
	Table string `json:"table"`
	Kept  int    `json:"kept"`
	// Orphans were read and can't be kept, since what they belong to could not be.
	Orphans int `json:"orphans,omitempty"`
}

// Cut is a run that goes on, or is made again, from an earlier generation, or
// from its last one if only finalists' sessions may be missing. Its later
// results are kept, so that nothing is measured twice.
type Cut struct {
	Run        string `json:"run"`
	Generation int    `json:"generation"` // the last one that is whole
	Had        int    `json:"had"`        // the last one that was read
}

// Recover writes all that can be read of the database at from, which may be
// damaged, to a new one. It reads the pages themselves, so a damaged one costs
// what is on it alone; from is left as it is.
func Recover(ctx context.Context, from, to string, now func() time.Time) (r Recovery, err error) {
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%s is there already: choose another name for what is saved", to)
	}
	file, err := pages.Read(from)
	if err != nil {
		return r, err
	}
	tables := map[string][][]any{}
	for row, err := range file.Rows() {
		if err != nil {
			r.Damaged++
			continue
		}
		if table, values := classify(row); table != "" {
			tables[table] = append(tables[table], values)
		}
	}
	if len(tables) == 0 {
		return r, fmt.Errorf("%s: %w: nothing in it can be read as results of trtnas", from, ErrForeign)
	}
	s, err := Open(to, now)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return r, s.wrap(s.restore(ctx, tables, &r))
}

// restored are the tables in the order of their references, with what a row
// needs to be kept.
var restored = []struct{ table, orphan string }{
	{"conditions", ""},
	{"architectures", ""},
	{"trainings", ""},
	{"profiles", ""},
	{"results", "conditions NOT IN (SELECT id FROM conditions) OR architecture NOT IN (SELECT id FROM architectures)"},
	{"timings", "(conditions, architecture) NOT IN (SELECT conditions, architecture FROM results)"},
	{"labels", "training NOT IN (SELECT id FROM trainings) OR architecture NOT IN (SELECT id FROM architectures)"},
	{"proxies", "architecture NOT IN (SELECT id FROM architectures)"},
	{"runs", "conditions NOT IN (SELECT id FROM conditions)"},
	{"generations", "run NOT IN (SELECT id FROM runs)"},
	{"evaluations", "run NOT IN (SELECT id FROM runs)"},
}

func (s *Store) restore(ctx context.Context, tables map[string][][]any, r *Recovery) error {
	// References are checked when all is there.
	if _, err := s.db.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		for _, t := range restored {
			saved, err := restoreTable(ctx, tx, t.table, t.orphan, tables[t.table])
			if err != nil {
				return fmt.Errorf("table %s: %w", t.table, err)
			}
			r.Rows = append(r.Rows, saved)
		}
		var err error
		r.Cut, err = cutRuns(ctx, tx, r.Damaged > 0)
		return err
	})
	_, onErr := s.db.ExecContext(ctx, "PRAGMA foreign_keys = ON")
	return errors.Join(err, onErr)
}

func restoreTable(ctx context.Context, tx *sql.Tx, table, orphan string, rows [][]any) (Saved, error) {
	saved := Saved{Table: table}
	for _, values := range rows {
		// A row may be there twice: in a page that is not used any more, or in an index.
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO "+table+" VALUES (?"+strings.Repeat(",?", len(values)-1)+")", values...); err != nil {
			return saved, err
		}
		if table == "runs" && values[6] != nil {
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET reason = ? WHERE id = ? AND reason IS NULL", values[6], values[0]); err != nil {
				return saved, err
			}
		}
	}
	if orphan != "" {
		gone, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+orphan)
		if err != nil {
			return saved, err
		}
		n, err := gone.RowsAffected()
		if err != nil {
			return saved, err
		}
		saved.Orphans = int(n)
	}
	return saved, tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&saved.Kept)
}

// wholeUntil is the last generation of each run up to which nothing is missing:
// no generation, no evaluation and no result of one.
const wholeUntil = `
SELECT u.id, u.name, (SELECT coalesce(max(number), 0) FROM generations g WHERE g.run = u.id) AS had,
  coalesce((SELECT max(g.number) FROM generations g WHERE g.run = u.id
    AND g.number = (SELECT count(*) FROM generations h WHERE h.run = g.run AND h.number <= g.number)
    AND NOT EXISTS (SELECT 1 FROM generations h WHERE h.run = g.run AND h.number <= g.number AND h.evaluated <> (
      SELECT count(*) FROM evaluations e JOIN results r ON r.conditions = u.conditions AND r.architecture = e.architecture
      WHERE e.run = h.run AND e.generation <= h.number AND e.seq < h.evaluated))), 0) AS whole
FROM runs u`

// cutRuns takes from runs what comes after a gap. Of a damaged database it opens
// those again that measured: which of their finalists' sessions are missing,
// they find out themselves.
func cutRuns(ctx context.Context, tx *sql.Tx, damaged bool) ([]Cut, error) {
	type run struct {
		id int64
		Cut
	}
	rows, err := tx.QueryContext(ctx, wholeUntil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []run
	for rows.Next() {
		var u run
		if err := rows.Scan(&u.id, &u.Run, &u.Had, &u.Generation); err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var cuts []Cut
	for _, u := range all {
		n := int64(0)
		for _, from := range []string{"generations WHERE run = ? AND number > ?", "evaluations WHERE run = ? AND generation > ?"} {
			gone, err := tx.ExecContext(ctx, "DELETE FROM "+from, u.id, u.Generation)
			if err != nil {
				return nil, err
			}
			more, err := gone.RowsAffected()
			if err != nil {
				return nil, err
			}
			n += more
		}
		opened, err := tx.ExecContext(ctx, "UPDATE runs SET reason = NULL WHERE id = ?1 AND reason IS NOT NULL AND (?2 OR ?3 AND conditions IN (SELECT conditions FROM timings))", u.id, n > 0, damaged)
		if err != nil {
			return nil, err
		}
		if again, err := opened.RowsAffected(); err != nil {
			return nil, err
		} else if n+again > 0 {
			cuts = append(cuts, u.Cut)
		}
	}
	return cuts, nil
}

// unreadable says of rows that SQLite takes for whole what they lack. It knows
// no damage within a long text.
const unreadable = `
SELECT 'a row of '||"table"||' belongs to none of '||parent FROM pragma_foreign_key_check
UNION ALL SELECT 'generation '||number||' of run '||run||' has no state that can be read' FROM generations WHERE NOT json_valid(state)
UNION ALL SELECT 'session '||session||' of network '||architecture||' can''t be read' FROM timings WHERE NOT json_valid(coalesce(measurement, failure))
UNION ALL SELECT 'profile '||name||' can''t be read' FROM profiles WHERE NOT json_valid(profile)
UNION ALL SELECT 'run '||name||' has no settings that can be read' FROM runs WHERE NOT json_valid(settings)
UNION ALL SELECT 'conditions '||id||' can''t be read' FROM conditions WHERE NOT json_valid(json)`

// Audit reads the whole database and says all that is wrong with it; nothing is
// nil. Beyond Check it looks at what rows mean: references, JSON and the
// networks' IDs.
func (s *Store) Audit(ctx context.Context) ([]string, error) {
	faults, err := s.lines(ctx, "PRAGMA integrity_check(100)")
	if err != nil {
		if err = s.wrap(err); errors.Is(err, ErrCorrupt) {
			return []string{err.Error()}, nil
		}
		return nil, err
	}
	if len(faults) != 1 || faults[0] != "ok" {
		return faults, nil
	}
	if faults, err = s.lines(ctx, unreadable); err != nil {
		return nil, s.wrap(err)
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, json FROM architectures")
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, s.wrap(err)
		}
		if !isNetwork(id, text) {
			faults = append(faults, fmt.Sprintf("network %s is not the one that its ID names", id))
		}
	}
	return faults, s.wrap(rows.Err())
}

func (s *Store) lines(ctx context.Context, query string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return all, err
		}
		all = append(all, line)
	}
	return all, rows.Err()
}

// isNetwork tells whether the text is that of the network with the ID. The IDs
// of networks that are none of a space can't be told from their names.
func isNetwork(id, text string) bool {
	var n network
	if json.Unmarshal([]byte(text), &n) != nil {
		return false
	}
	return n.Name != "" || n.Arch.ID() == id
}
