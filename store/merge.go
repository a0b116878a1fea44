package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"
)

// Merged is what a merge added.
type Merged struct {
	Networks int      `json:"networks"`
	Results  int      `json:"results"`
	Timings  int      `json:"timings"`
	Labels   int      `json:"labels"`
	Proxies  int      `json:"proxies"` // zero-cost scores
	Profiles int      `json:"profiles"`
	Runs     []string `json:"runs"` // by their names here
	// Other lists profiles that are left out, since others have their names.
	Other []string `json:"other_profiles,omitzero"`
}

// Merge adds everything that the database at from has and s has not. Adding it
// again adds nothing. A network that both measured keeps its result here; the
// other's timings become further sessions of it.
func (s *Store) Merge(ctx context.Context, from string, now func() time.Time) (m Merged, err error) {
	if same, err := sameFile(s.path, from); err != nil || same {
		return m, errors.Join(err, errIf(same, fmt.Errorf("%s: it can't be merged with itself", from)))
	}
	// Brings it to this program's schema, and refuses what is none.
	other, err := OpenExisting(from, now)
	if err != nil {
		return m, err
	}
	if err := other.Close(); err != nil {
		return m, err
	}
	if _, err := s.db.ExecContext(ctx, "ATTACH ? AS other", "file:"+(&url.URL{Path: from}).EscapedPath()+"?mode=ro"); err != nil {
		return m, s.wrap(err)
	}
	m.Runs = []string{}
	err = s.transaction(ctx, func(tx *sql.Tx) error { return merge(ctx, tx, &m) })
	_, detach := s.db.ExecContext(context.WithoutCancel(ctx), "DETACH other")
	return m, s.wrap(errors.Join(err, detach))
}

func errIf(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

func sameFile(a, b string) (bool, error) {
	a, err := filepath.Abs(a)
	if err != nil {
		return false, err
	}
	b, err = filepath.Abs(b)
	return a == b, err
}

// conditionsHere and trainingsHere match rows of both databases by what they say.
const (
	conditionsHere = "JOIN other.conditions oc ON oc.id = o.conditions JOIN main.conditions c ON c.json = oc.json"
	trainingsHere  = "JOIN other.trainings ot ON ot.id = o.training JOIN main.trainings t ON t.json = ot.json"
)

func merge(ctx context.Context, tx *sql.Tx, m *Merged) error {
	for _, step := range []struct {
		added *int
		query string
	}{
		{new(int), "INSERT INTO main.conditions (json) SELECT json FROM other.conditions o WHERE true ORDER BY o.id ON CONFLICT DO NOTHING"},
		{new(int), "INSERT INTO main.trainings (json) SELECT json FROM other.trainings o WHERE true ORDER BY o.id ON CONFLICT DO NOTHING"},
		{&m.Networks, "INSERT INTO main.architectures SELECT * FROM other.architectures WHERE true ON CONFLICT DO NOTHING"},
		{&m.Results, `INSERT INTO main.results SELECT c.id, o.architecture, o.params, o.macs,
			o.latency_ns, o.latency_low_ns, o.latency_high_ns, o.latency_level, o.latency_source, o.latency_extrapolated,
			o.accuracy, o.accuracy_low, o.accuracy_high, o.accuracy_level, o.accuracy_bound, o.accuracy_source, o.accuracy_extrapolated,
			o.failure_class, o.failure_message, o.memory_bytes, o.engine_bytes, o.energy_j
			FROM other.results o ` + conditionsHere + ` WHERE true ON CONFLICT DO NOTHING`},
		// The sessions that are not here come after those that are.
		{&m.Timings, `INSERT INTO main.timings SELECT c.id, o.architecture,
			(SELECT count(*) FROM main.timings k WHERE k.conditions = c.id AND k.architecture = o.architecture)
				+ row_number() OVER (PARTITION BY c.id, o.architecture ORDER BY o.session),
			o.created, o.measurement, o.failure
			FROM other.timings o ` + conditionsHere + `
			WHERE NOT EXISTS (SELECT 1 FROM main.timings k WHERE k.conditions = c.id AND k.architecture = o.architecture
				AND k.measurement IS o.measurement AND k.failure IS o.failure AND k.created = o.created)`},
		{&m.Labels, `INSERT INTO main.labels SELECT t.id, o.architecture, o.epoch,
			(SELECT count(*) FROM main.labels k WHERE k.training = t.id AND k.architecture = o.architecture AND k.epoch = o.epoch)
				+ row_number() OVER (PARTITION BY t.id, o.architecture, o.epoch ORDER BY o.attempt),
			o.created, o.elapsed_ns, o.top1, o.images, o.failure
			FROM other.labels o ` + trainingsHere + `
			WHERE NOT EXISTS (SELECT 1 FROM main.labels k WHERE k.training = t.id AND k.architecture = o.architecture AND k.epoch = o.epoch
				AND k.created = o.created AND k.top1 IS o.top1 AND k.failure IS o.failure)`},
		{&m.Proxies, "INSERT INTO main.proxies SELECT * FROM other.proxies WHERE true ON CONFLICT DO NOTHING"},
		{&m.Profiles, "INSERT INTO main.profiles SELECT * FROM other.profiles WHERE true ON CONFLICT DO NOTHING"},
	} {
		added, err := tx.ExecContext(ctx, step.query)
		if err != nil {
			return err
		}
		n, err := added.RowsAffected()
		if err != nil {
			return err
		}
		*step.added = int(n)
	}
	var err error
	if m.Other, err = texts(ctx, tx, "SELECT o.name FROM other.profiles o JOIN main.profiles p ON p.name = o.name WHERE p.profile <> o.profile"); err != nil {
		return err
	}
	return mergeRuns(ctx, tx, m)
}

func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// sameRuns are the runs of both: of equal settings and conditions, begun at the
// same time and the same as far as both went.
const sameRuns = `
SELECT o.id, coalesce((SELECT u.id FROM main.runs u JOIN main.conditions c ON c.id = u.conditions
	WHERE u.settings = o.settings AND u.created = o.created AND c.json = oc.json
	AND NOT EXISTS (SELECT 1 FROM main.generations g JOIN other.generations h ON h.run = o.id AND h.number = g.number AND h.state <> g.state WHERE g.run = u.id)
	ORDER BY u.id LIMIT 1), 0), o.name
FROM other.runs o JOIN other.conditions oc ON oc.id = o.conditions ORDER BY o.id`

// mergeRuns adds runs, and generations to those that went on elsewhere.
func mergeRuns(ctx context.Context, tx *sql.Tx, m *Merged) error {
	type pair struct {
		there, here int64
		name        string
	}
	rows, err := tx.QueryContext(ctx, sameRuns)
	if err != nil {
		return err
	}
	defer rows.Close()
	var pairs []pair
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.there, &p.here, &p.name); err != nil {
			return err
		}
		pairs = append(pairs, p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	m.Runs = []string{}
	for _, p := range pairs {
		if p.here == 0 {
			if p.here, err = addRun(ctx, tx, p.there, p.name); err != nil {
				return err
			}
		}
		grew, err := extendRun(ctx, tx, p.there, p.here)
		if err != nil {
			return err
		}
		if grew {
			name, err := texts(ctx, tx, "SELECT name FROM main.runs WHERE id = ?", p.here)
			if err != nil {
				return err
			}
			m.Runs = append(m.Runs, name...)
		}
	}
	return nil
}

// addRun adds a run without its generations, under another name if another run
// has its.
func addRun(ctx context.Context, tx *sql.Tx, there int64, name string) (int64, error) {
	free := name
	for n := 2; ; n++ {
		taken, err := texts(ctx, tx, "SELECT name FROM main.runs WHERE name = ?", free)
		if err != nil {
			return 0, err
		}
		if len(taken) == 0 {
			break
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
	added, err := tx.ExecContext(ctx, `INSERT INTO main.runs (name, settings, budget_ns, conditions, created)
		SELECT ?, o.settings, o.budget_ns, c.id, o.created FROM other.runs o `+conditionsHere+` WHERE o.id = ?`, free, there)
	if err != nil {
		return 0, err
	}
	return added.LastInsertId()
}

// extendRun adds what the run has there beyond what it has here.
func extendRun(ctx context.Context, tx *sql.Tx, there, here int64) (grew bool, err error) {
	for _, query := range []string{
		"INSERT INTO main.generations SELECT ?2, number, evaluated, hypervolume, state FROM other.generations WHERE run = ?1 AND number > (SELECT coalesce(max(number), 0) FROM main.generations WHERE run = ?2)",
		"INSERT INTO main.evaluations SELECT ?2, seq, generation, architecture FROM other.evaluations WHERE run = ?1 AND seq > (SELECT coalesce(max(seq), -1) FROM main.evaluations WHERE run = ?2)",
		"UPDATE main.runs SET reason = (SELECT reason FROM other.runs WHERE id = ?1) WHERE id = ?2 AND reason IS NULL AND (SELECT reason FROM other.runs WHERE id = ?1) IS NOT NULL",
	} {
		done, err := tx.ExecContext(ctx, query, there, here)
		if err != nil {
			return grew, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return grew, err
		}
		grew = grew || n > 0
	}
	return grew, nil
}
