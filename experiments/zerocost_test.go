package experiments_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/search"
)

// scorer is one by a stand-in for Python that gives each network another score:
// by the number of the request. It writes each to a file.
func scorer(t *testing.T, version, asked string) *zerocost.Scorer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	text := `#!/bin/sh
while read -r line; do
  n=$(expr "$line" : '{"id":\([0-9]*\)')
  case "$line" in
  *'"op":"hello"'*) echo "{\"id\":$n,\"versions\":{\"onnxruntime\":\"` + version + `\",\"numpy\":\"2\",\"torch\":\"\"}}" ;;
  *) echo x >> ` + asked + `
    layers=$(echo "$line" | grep -o '"channels"' | wc -l)
    echo "{\"id\":$n,\"scores\":{\"meco\":$layers.5,\"swap\":1,\"naswot\":1,\"az-expressivity\":1}}" ;;
  esac
done
`
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := zerocost.Open(ctx, path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func lines(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// A search for a proxy that is stopped again and again ends as one that
// is not, and asks for no score twice; another version is refused.
func TestSearchForProxy(t *testing.T) {
	dir := t.TempDir()
	asked, again := filepath.Join(dir, "asked"), filepath.Join(dir, "again")
	s := settings(t)
	s.Objectives = []experiments.Objective{experiments.Latency, "meco"}
	s.Evaluations, s.Population = 12, 4
	python := scorer(t, "1.0", asked)
	s, err := s.WithProxies(python)
	if err != nil {
		t.Fatal(err)
	}
	s.Proxies.Seeds = 1
	whole := openStore(t, filepath.Join(dir, "whole.db"))
	plan := plan(t, "run", s)
	if end, err := (experiments.Lab{Store: whole, Scorer: python}).Search(ctx, plan); err != nil || end != search.BudgetSpent {
		t.Fatalf("%v, %v", end, err)
	}
	want, err := experiments.Front(ctx, whole, "run")
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Points) == 0 || lines(t, asked) > s.Evaluations*s.Proxies.Seeds {
		t.Errorf("a front of %d, %d scores of %d networks", len(want.Points), lines(t, asked), s.Evaluations)
	}

	broken := openStore(t, filepath.Join(dir, "broken.db"))
	generations := 0
	everySecond := func() bool { generations++; return generations%2 == 0 }
	lab := experiments.Lab{Store: broken, Scorer: scorer(t, "1.0", again), Stop: everySecond}
	end, err := lab.Search(ctx, plan)
	for err == nil && end == search.Stopped {
		end, err = lab.Resume(ctx, "run", open(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := experiments.Front(ctx, broken, "run")
	if err != nil || !slices.EqualFunc(got.Points, want.Points, func(a, b report.Point) bool { return a.ID == b.ID }) || lines(t, again) != lines(t, asked) {
		t.Errorf("a front of %d, %v, by %d scores; want %d by %d", len(got.Points), err, lines(t, again), len(want.Points), lines(t, asked))
	}

	unfinished := openStore(t, filepath.Join(dir, "other.db"))
	if _, err := (experiments.Lab{Store: unfinished, Scorer: python, Stop: func() bool { return true }}).Search(ctx, plan); err != nil {
		t.Fatal(err)
	}
	for want, wrong := range map[string]*zerocost.Scorer{"onnxruntime 2.0": scorer(t, "2.0", again), "--python": nil} {
		if _, err := (experiments.Lab{Store: unfinished, Scorer: wrong}).Resume(ctx, "run", open(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
