package optuna_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/trtnas/trtnas/experiments/optuna"
	"github.com/trtnas/trtnas/space"
)

// What Optuna itself makes of a storage is looked at in experiments/verify/optuna.
func TestWrite(t *testing.T) {
	s, err := space.Named("open")
	if err != nil {
		t.Fatal(err)
	}
	decision := s.Open()[0]
	d, err := optuna.NewDistribution(decision)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	study := optuna.Study{
		Name:    "night",
		Metrics: []optuna.Metric{{Name: "latency_ms", Direction: optuna.Minimize}, {Name: "top1_bound", Direction: optuna.Maximize}},
		Trials: []optuna.Trial{
			{Values: []float64{3.5, 81}, Params: []optuna.Param{{Distribution: d, Choice: 0}}, Start: now, Complete: now},
			{Values: []float64{9.5, 83}, Violation: 0.2, Params: []optuna.Param{{Distribution: d, Choice: 1}}, Start: now, Complete: now},
			{Params: []optuna.Param{{Distribution: d, Choice: 1}}, Start: now, Complete: now},
		},
	}
	path := filepath.Join(t.TempDir(), "a b?.db") // a name with characters that addresses use
	if err := optuna.Write(context.Background(), path, study); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Dir(path)+"/a%20b%3f.db?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"SELECT group_concat(direction, ' ') FROM (SELECT direction FROM study_directions ORDER BY objective)": "MINIMIZE MAXIMIZE",
		"SELECT group_concat(state, ' ') FROM (SELECT state FROM trials ORDER BY number)":                      "COMPLETE COMPLETE FAIL",
		"SELECT group_concat(value, ' ') FROM (SELECT value FROM trial_values ORDER BY trial_id, objective)":   "3.5 81.0 9.5 83.0",
		"SELECT count(*) FROM trial_params WHERE param_name = '" + decision.Name + "'":                         "3",
		"SELECT group_concat(value_json, ' ') FROM trial_system_attributes WHERE key = 'constraints'":          "[0] [0.2]",
		"PRAGMA integrity_check": "ok",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", query, got, err, want)
		}
	}
	if err := optuna.Write(context.Background(), path, study); !errors.Is(err, optuna.ErrExists) {
		t.Errorf("writing over a file: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
