package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/store"
)

// FindProfile finds a profile as --device does: built in, a file, or in the
// database at path, which is opened only for others.
func FindProfile(ctx context.Context, path, name string) (latency.File, error) {
	if strings.HasSuffix(name, ".json") {
		return latency.ReadFile(name)
	}
	found := latency.NewFile(latency.Profile{}, nil)
	p, err := device.Profiles(func(name string) (p *latency.Profile, err error) {
		found, err = findStored(ctx, path, name)
		return &found.Profile, err
	}).Find(name)
	if err == nil {
		found.Profile = *p
	}
	return found, err
}

// StoredProfiles are those of the database at path.
func StoredProfiles(ctx context.Context, path string) device.Profiles {
	return func(name string) (*latency.Profile, error) {
		f, err := findStored(ctx, path, name)
		return &f.Profile, err
	}
}

// builtin is for people.
var builtin = strings.Join(latency.Builtin(), " and ")

func findStored(ctx context.Context, path, name string) (latency.File, error) {
	st, err := store.OpenExisting(path, time.Now)
	if errors.Is(err, store.ErrNone) {
		return latency.File{}, fmt.Errorf("there is no profile %q; built in are %s, and there is no database %s with others: `trtnas calibrate` makes them, --db names another", name, builtin, path)
	}
	if err != nil {
		return latency.File{}, err
	}
	defer st.Close()
	f, err := storedProfile(ctx, st, name)
	if errors.Is(err, store.ErrUnknownProfile) {
		return latency.File{}, fmt.Errorf("%w; built in are %s", err, builtin)
	}
	return f, err
}

func storedProfile(ctx context.Context, st *store.Store, name string) (latency.File, error) {
	p, err := st.Profile(ctx, name)
	if err != nil {
		return latency.File{}, err
	}
	return fileOf(p)
}

// Profiles lists the built-in profiles and those of the database at path, if
// there is one.
func Profiles(ctx context.Context, path string) ([]latency.File, error) {
	var all []latency.File
	for _, name := range latency.Builtin() {
		p, err := latency.Open(name)
		if err != nil {
			return nil, err
		}
		all = append(all, latency.NewFile(*p, nil))
	}
	st, err := store.OpenExisting(path, time.Now)
	if errors.Is(err, store.ErrNone) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	stored, err := st.Profiles(ctx)
	for _, p := range stored {
		f, err := fileOf(p)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, err
}

// SaveProfile keeps the profile; another one of its name must be meant to be
// replaced.
func SaveProfile(ctx context.Context, st *store.Store, f latency.File, replace bool) error {
	if err := f.Profile.Origin.Source.CheckName(f.Profile.Name); err != nil {
		return Unusable{err}
	}
	profile, err := json.Marshal(f.Profile)
	if err != nil {
		return err
	}
	kept := store.Profile{Name: f.Profile.Name, Profile: profile}
	if f.Report != nil {
		if kept.Report, err = json.Marshal(f.Report); err != nil {
			return err
		}
	}
	err = st.SaveProfile(ctx, kept, replace)
	if errors.Is(err, store.ErrProfileExists) {
		return Unusable{fmt.Errorf("%w: choose another name, or replace it with --force", err)}
	}
	return err
}

// fileOf reads a stored profile.
func fileOf(p store.Profile) (latency.File, error) {
	f := latency.File{Schema: latency.FileSchema}
	err := json.Unmarshal(p.Profile, &f.Profile)
	if err == nil && p.Report != nil {
		err = json.Unmarshal(p.Report, &f.Report)
	}
	if err == nil {
		err = f.Profile.Validate()
	}
	if err != nil {
		return f, fmt.Errorf("stored profile %s: %w", p.Name, err)
	}
	return f, nil
}
