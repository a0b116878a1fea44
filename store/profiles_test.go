package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestProfiles(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	if _, err := s.Profile(ctx, "a"); !errors.Is(err, ErrUnknownProfile) || !strings.Contains(err.Error(), "trtnas calibrate") {
		t.Errorf("in an empty database: %v, want what to do", err)
	}
	first := Profile{Name: "b", Profile: []byte(`{"rows":1}`), Report: []byte(`{}`)}
	other := Profile{Name: "a", Profile: []byte(`{"rows":2}`)}
	changed := Profile{Name: "b", Profile: []byte(`{"rows":3}`), Report: []byte(`{}`)}
	judged := Profile{Name: "a", Profile: other.Profile, Report: []byte(`{}`)}
	for _, step := range []struct {
		name    string
		save    Profile
		replace bool
		want    error
		then    []Profile // without their dates
	}{
		{"the first", first, false, nil, []Profile{first}},
		{"the same again", first, false, nil, []Profile{first}},
		{"one without a report", other, false, nil, []Profile{other, first}},
		{"another of that name", changed, false, ErrProfileExists, []Profile{other, first}},
		{"another of that name, to replace it", changed, true, nil, []Profile{other, changed}},
		{"the same with a report", judged, false, ErrProfileExists, []Profile{other, changed}},
	} {
		if err := s.SaveProfile(ctx, step.save, step.replace); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
		all, err := s.Profiles(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if !all[i].Created.Equal(clock()) {
				t.Errorf("%s: created %v", step.name, all[i].Created)
			}
			all[i].Created = step.save.Created
		}
		if !reflect.DeepEqual(all, step.then) {
			t.Errorf("%s: there are %s, want %s", step.name, all, step.then)
		}
	}
	if p, err := s.Profile(ctx, "b"); err != nil || string(p.Profile) != string(changed.Profile) {
		t.Errorf("%s, %v", p.Profile, err)
	}
	if _, err := s.Profile(ctx, "c"); !errors.Is(err, ErrUnknownProfile) || !strings.Contains(err.Error(), "a, b") {
		t.Errorf("%v, want the names that there are", err)
	}
}
