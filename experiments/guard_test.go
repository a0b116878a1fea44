package experiments_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Only predicted accuracies are kept within the range, where they are an
// objective and nobody asked for others.
func TestGuard(t *testing.T) {
	accuracy := func(source evaluator.AccuracySource, extrapolated bool) evaluator.Result {
		return evaluator.Result{Score: evaluator.Score{
			Latency: evaluator.Latency{Value: 8 * time.Millisecond}, Accuracy: evaluator.Accuracy{Bound: 80, Source: source, Extrapolated: extrapolated},
		}}
	}
	outside := accuracy(evaluator.AccuracyPredicted, true)
	slow := outside
	slow.Score.Latency.Value = 15 * time.Millisecond
	failed := outside
	failed.Failure = &evaluator.Failure{Class: trt.OutOfMemory}
	budget := experiments.Settings{Budget: experiments.Duration(10 * time.Millisecond)}
	with := func(change func(*experiments.Settings)) experiments.Settings {
		s := budget
		change(&s)
		return s
	}
	for name, test := range map[string]struct {
		settings  experiments.Settings
		result    evaluator.Result
		violation float64
		rejected  int
	}{
		"inside":             {budget, accuracy(evaluator.AccuracyPredicted, false), 0, 0},
		"outside":            {budget, outside, 1, 1},
		"outside and slow":   {budget, slow, 1.5, 1},
		"trained":            {budget, accuracy(evaluator.AccuracyTrained, true), 0, 0},
		"external":           {budget, accuracy(evaluator.AccuracyExternal, true), 0, 0},
		"let in":             {with(func(s *experiments.Settings) { s.Extrapolate = true }), outside, 0, 0},
		"let in, and slow":   {with(func(s *experiments.Settings) { s.Extrapolate = true }), slow, 0.5, 0},
		"no objective":       {with(func(s *experiments.Settings) { s.Objectives = []experiments.Objective{"latency", "params"} }), outside, 0, 0},
		"not worth training": {with(func(s *experiments.Settings) { s.Accuracy.Tier = experiments.ByTraining }), outside, 0, 0},
	} {
		r := experiments.Record{Settings: test.settings, Results: []evaluator.Result{test.result, failed}}
		if o := r.Outcome(test.result); o.Violation != test.violation || r.Rejected() != test.rejected {
			t.Errorf("%s: violation %v and %d rejected, want %v and %d", name, o.Violation, r.Rejected(), test.violation, test.rejected)
		}
		if on := len(r.Front()); on == 1 != (test.violation == 0) {
			t.Errorf("%s: %d networks on the front", name, on)
		}
	}
}

// unbounded is a search of the widest space without a budget that binds: where
// networks outside compete, it ends outside.
func unbounded(t *testing.T) experiments.Settings {
	t.Helper()
	s := settings(t)
	var err error
	if s.Space, err = space.Named("open"); err != nil {
		t.Fatal(err)
	}
	if s.Warm, err = experiments.ReadWarm(ctx, nil, s.Space, []string{"references"}); err != nil {
		t.Fatal(err)
	}
	s.Budget, s.Evaluations, s.Population = experiments.Duration(time.Hour), 1000, 40
	return s
}

// outsiders are the run's networks outside the range, and those of its front.
func outsiders(t *testing.T, st *store.Store, name string) (all, front int) {
	t.Helper()
	r, err := experiments.ReadRecord(ctx, st, name)
	if err != nil {
		t.Fatal(err)
	}
	count := func(results []evaluator.Result) (n int) {
		for _, r := range results {
			if r.Score.Accuracy.Extrapolated {
				n++
			}
		}
		return n
	}
	return count(r.Results), count(r.Front())
}

// Searches end inside the range, and outside only if they are let.
func TestFrontEndsInsideTheRange(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	for _, algorithm := range []experiments.Algorithm{experiments.NSGA2, experiments.NSGA3, experiments.Regularised, experiments.Local, experiments.Random} {
		s := unbounded(t)
		s.Algorithm = algorithm
		var last experiments.Progress
		lab := experiments.Lab{Store: st, Progress: func(p experiments.Progress) { last = p }}
		name := string(algorithm)
		if _, err := lab.Search(ctx, plan(t, name, s)); err != nil {
			t.Fatal(err)
		}
		all, onFront := outsiders(t, st, name)
		front, err := experiments.Front(ctx, st, name)
		if err != nil {
			t.Fatal(err)
		}
		watch, err := experiments.NewWatch(ctx, st, name, "")
		if err != nil {
			t.Fatal(err)
		}
		if all == 0 || onFront != 0 {
			t.Errorf("%s: of %d networks outside, %d are on the front", name, all, onFront)
		}
		if last.Rejected != all || front.Rejected != all || watch.View().Rejected != all {
			t.Errorf("%s: %d networks are outside, and rejected are %d, %d and %d", name, all, last.Rejected, front.Rejected, watch.View().Rejected)
		}
		for _, p := range front.Points {
			if p.Top1.Extrapolated {
				t.Errorf("%s: %s is on the front that is shown", name, p.ID)
			}
		}
	}
	s := unbounded(t)
	s.Extrapolate = true
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "let in", s)); err != nil {
		t.Fatal(err)
	}
	if all, front := outsiders(t, st, "let in"); front == 0 {
		t.Errorf("of %d networks outside, none is on the front, though they compete", all)
	}
}

// Resumed, a run rejects and counts what it would have if it had not stopped;
// also in a database that knows its results from a run that let them compete.
func TestResumeWithRejected(t *testing.T) {
	s := unbounded(t)
	s.Evaluations = 400
	whole := openStore(t, filepath.Join(t.TempDir(), "whole.db"))
	var want experiments.Progress
	if _, err := (experiments.Lab{Store: whole, Progress: func(p experiments.Progress) { want = p }}).Search(ctx, plan(t, "run", s)); err != nil {
		t.Fatal(err)
	}
	if want.Rejected == 0 {
		t.Fatal("the run has rejected nothing")
	}
	st := openStore(t, filepath.Join(t.TempDir(), "stopped.db"))
	letIn := s
	letIn.Extrapolate = true
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "let in", letIn)); err != nil {
		t.Fatal(err)
	}
	var got experiments.Progress
	generations := 0
	lab := experiments.Lab{Store: st, Progress: func(p experiments.Progress) { got, generations = p, generations+1 }, Stop: func() bool { return generations%3 == 2 }}
	end, err := lab.Search(ctx, plan(t, "run", s))
	stops := 0
	for ; err == nil && end == search.Stopped; stops++ {
		generations++
		end, err = lab.Resume(ctx, "run", open(t))
	}
	if err != nil || stops < 2 {
		t.Fatalf("ended with %v, %v after %d stops", end, err, stops)
	}
	if got.Rejected != want.Rejected {
		t.Errorf("rejected %d, and %d without stops", got.Rejected, want.Rejected)
	}
	if got, want := trajectory(t, st, "run"), trajectory(t, whole, "run"); got != want {
		t.Errorf("stopped:\n%.500s\nwhole:\n%.500s", got, want)
	}
}

// The published networks that searches begin with are inside.
func TestSeedsAreInside(t *testing.T) {
	models := openDevice(t, settings(t)).Models()
	for _, s := range space.Builtin() {
		warm, err := experiments.ReadWarm(ctx, nil, s, []string{"references"})
		if err != nil || len(warm.Seeds) == 0 {
			t.Fatalf("%s: %d seeds, %v", s.Name, len(warm.Seeds), err)
		}
		for _, g := range warm.Seeds {
			if outside, err := models.Outside(s.Decode(g)); outside || err != nil {
				t.Errorf("%s: %s is outside (%v)", s.Name, s.Key(g), err)
			}
		}
	}
}

// Where networks are measured, none outside is.
func TestNoneOutsideIsMeasured(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	for _, algorithm := range []experiments.Algorithm{experiments.Screened, experiments.NSGA2} {
		for _, extrapolate := range []bool{false, true} {
			s := unbounded(t)
			s.Device.Name, s.Algorithm, s.Extrapolate, s.Batch, s.Evaluations = "sim:t4", algorithm, extrapolate, 16, 80
			name := fmt.Sprintf("%s %t", algorithm, extrapolate)
			if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, name, s)); err != nil {
				t.Fatal(err)
			}
			if all, front := outsiders(t, st, name); all > 0 != extrapolate || front > 0 && !extrapolate {
				t.Errorf("%s: %d networks outside, %d of them on the front", name, all, front)
			}
		}
	}
}

// That it is a further device which measures makes no difference.
func TestNoneOutsideIsMeasuredBeside(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	s := unbounded(t)
	s.Evaluations = 60
	first := experiments.Target{Device: s.Device, Conditions: evaluator.Conditions{Spec: s.Spec}, Budget: s.Budget}
	second := first
	second.Device.Name, second.Conditions.Batch = "sim:t4", 1
	s = s.WithTargets([]experiments.Target{first, second})
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "both", s)); err != nil {
		t.Fatal(err)
	}
	if all, _ := outsiders(t, st, "both"); all > 0 {
		t.Errorf("%d networks outside were measured", all)
	}
}

// Settings that were stored before keep networks within the range, and opening
// the range where nothing keeps to it is refused.
func TestGuardSettings(t *testing.T) {
	s := settings(t)
	outside := evaluator.Result{Score: evaluator.Score{Accuracy: evaluator.Accuracy{Bound: 80, Source: evaluator.AccuracyPredicted, Extrapolated: true}}}
	for _, s.Extrapolate = range []bool{true, false} {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"extrapolate"`) != s.Extrapolate {
			t.Errorf("extrapolate is %t, and stored is %s", s.Extrapolate, text)
		}
		var run store.Run
		run.Settings = text
		stored, err := experiments.RunSettings(run)
		if err != nil {
			t.Fatal(err)
		}
		r := experiments.Record{Settings: stored, Results: []evaluator.Result{outside}}
		if guarded := len(r.Front()) == 0; guarded == s.Extrapolate {
			t.Errorf("extrapolate is %t, and a run of these settings guards: %t", s.Extrapolate, guarded)
		}
	}
	s.Extrapolate = true
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	s.Objectives = []experiments.Objective{experiments.Latency, experiments.Params}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "leave out --extrapolate") {
		t.Errorf("without an estimate: %v", err)
	}
}
