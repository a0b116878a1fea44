package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors about profiles that callers tell apart.
var (
	ErrProfileExists  = errors.New("another profile has this name")
	ErrUnknownProfile = errors.New("unknown profile")
)

// Profile is a latency profile as it is kept.
type Profile struct {
	Name    string
	Profile []byte // JSON
	Report  []byte // JSON; nil if there is none
	Created time.Time
}

// SaveProfile keeps the profile; when it was created is for the store to say.
// One that is there stays as it is if it is the same; else it is replaced, if
// that is asked for.
func (s *Store) SaveProfile(ctx context.Context, p Profile, replace bool) error {
	created := s.now().UTC().Truncate(time.Second).Format(time.RFC3339)
	report := sql.NullString{String: string(p.Report), Valid: p.Report != nil}
	return s.wrap(s.transaction(ctx, func(tx *sql.Tx) error {
		var same bool
		err := tx.QueryRowContext(ctx, "SELECT profile = ? AND report IS ? FROM profiles WHERE name = ?", asText(p.Profile), report, p.Name).Scan(&same)
		switch {
		case err == nil && same:
			return nil
		case err == nil && !replace:
			return fmt.Errorf("%s: %w: %s", s.path, ErrProfileExists, p.Name)
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO profiles VALUES (?,?,?,?)", p.Name, asText(p.Profile), report, created)
		return err
	}))
}

// Profile finds a profile by its name.
func (s *Store) Profile(ctx context.Context, name string) (Profile, error) {
	all, err := s.Profiles(ctx)
	if err != nil {
		return Profile{}, err
	}
	names := make([]string, len(all))
	for i, p := range all {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	if len(names) == 0 {
		return Profile{}, fmt.Errorf("%w %q: there is none in %s yet; `trtnas calibrate` makes them", ErrUnknownProfile, name, s.path)
	}
	return Profile{}, fmt.Errorf("%w %q: in %s there are %s", ErrUnknownProfile, name, s.path, strings.Join(names, ", "))
}

// Profiles lists the profiles by name.
func (s *Store) Profiles(ctx context.Context) ([]Profile, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT name, profile, report, created FROM profiles ORDER BY name")
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []Profile
	for rows.Next() {
		var p Profile
		var created string
		if err := rows.Scan(&p.Name, &p.Profile, &p.Report, &created); err != nil {
			return nil, s.wrap(err)
		}
		if p.Created, err = time.Parse(time.RFC3339, created); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, s.wrap(rows.Err())
}
