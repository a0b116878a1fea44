package experiments_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

var ctx = context.Background()

func clock() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func settings(t testing.TB) experiments.Settings {
	t.Helper()
	s, err := space.Load("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	warm, err := experiments.ReadWarm(ctx, nil, s, []string{"references"})
	if err != nil {
		t.Fatal(err)
	}
	return experiments.Settings{
		Space: s, Warm: warm,
		Device: device.Options{Name: "t4"},
		Spec:   trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier},
		Budget: experiments.Duration(10 * time.Millisecond), Evaluations: 300, Algorithm: experiments.NSGA2, Population: 20, Seed: 5,
	}
}

func openStore(t *testing.T, path string) *store.Store {
	t.Helper()
	st, err := store.Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// open opens the device of the settings until the test is over.
func open(t testing.TB) experiments.OpenDevice {
	return func(ctx context.Context, s experiments.Settings) (*device.Device, error) {
		d, err := device.OpenAll(ctx, s.Wanted(), device.Tools{})
		if err == nil {
			t.Cleanup(func() { d.Close() })
		}
		return d, err
	}
}

func openDevice(t testing.TB, s experiments.Settings) *device.Device {
	t.Helper()
	d, err := open(t)(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plan(t testing.TB, name string, s experiments.Settings) experiments.Plan {
	t.Helper()
	p, err := experiments.NewPlan(ctx, name, s, openDevice(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// trajectory is the front and all generations as JSON.
func trajectory(t *testing.T, st *store.Store, name string) string {
	t.Helper()
	front, err := experiments.Front(ctx, st, name)
	if err != nil {
		t.Fatal(err)
	}
	run, err := st.Run(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	generations, err := st.Generations(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{front, generations})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A run that is stopped after every generation and resumed is the run that was
// never stopped, for every algorithm.
func TestStoppedAndResumed(t *testing.T) {
	for _, algorithm := range []experiments.Algorithm{experiments.NSGA2, experiments.Random} {
		t.Run(string(algorithm), func(t *testing.T) {
			s := settings(t)
			s.Algorithm = algorithm
			whole := openStore(t, filepath.Join(t.TempDir(), "whole.db"))
			if end, err := (experiments.Lab{Store: whole}).Search(ctx, plan(t, "run", s)); err != nil || end != search.BudgetSpent {
				t.Fatalf("ended with %v, %v", end, err)
			}
			st := openStore(t, filepath.Join(t.TempDir(), "stopped.db"))
			generations := 0
			lab := experiments.Lab{
				Store:    st,
				Progress: func(experiments.Progress) { generations++ },
				Stop:     func() bool { return generations%2 == 1 },
			}
			end, err := lab.Search(ctx, plan(t, "run", s))
			stops := 0
			for err == nil && end == search.Stopped {
				stops++
				generations++
				end, err = lab.Resume(ctx, "run", open(t))
			}
			if err != nil || end != search.BudgetSpent || stops < 3 {
				t.Fatalf("ended with %v, %v after %d stops", end, err, stops)
			}
			if got, want := trajectory(t, st, "run"), trajectory(t, whole, "run"); got != want {
				t.Errorf("stopped:\n%.500s\nwhole:\n%.500s", got, want)
			}
			if end, err := lab.Resume(ctx, "run", open(t)); err != nil || end != search.BudgetSpent {
				t.Errorf("resuming a finished run: %v, %v", end, err)
			}
		})
	}
}

func TestFrontIsWithinBudgetAndNonDominated(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "run", settings(t))); err != nil {
		t.Fatal(err)
	}
	front, err := experiments.Front(ctx, st, "run")
	if err != nil {
		t.Fatal(err)
	}
	if len(front.Points) < 5 || front.Evaluated != 300 {
		t.Fatalf("%d points of %d", len(front.Points), front.Evaluated)
	}
	for i, p := range front.Points {
		if p.Objective.LatencyMS > front.BudgetMS {
			t.Errorf("%s takes %v ms of %v", p.ID, p.Objective.LatencyMS, front.BudgetMS)
		}
		if l := p.Latency; l.Source != "predicted" || !(l.Low < l.Value && l.Value < l.High) {
			t.Errorf("latency %+v", l)
		}
		if i > 0 {
			before := front.Points[i-1].Objective
			if before.LatencyMS <= p.Objective.LatencyMS || before.Accuracy <= p.Objective.Accuracy {
				t.Errorf("%+v behind %+v", p.Objective, before)
			}
		}
	}
}

// What of the space is nearest to each published network is evaluated, so no
// front can be behind it.
func TestReferencesSeedTheSearch(t *testing.T) {
	s := settings(t)
	s.Budget = experiments.Duration(20 * time.Millisecond)
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "run", s)); err != nil {
		t.Fatal(err)
	}
	record, err := experiments.ReadRecord(ctx, st, "run")
	if err != nil {
		t.Fatal(err)
	}
	evaluated := map[string]bool{}
	for _, r := range record.Results {
		evaluated[r.ID] = true
	}
	seeds := 0
	for _, n := range reference.All() {
		if n.Arch == nil {
			continue
		}
		if g, ok := s.Space.Seed(*n.Arch); ok {
			seeds++
			if !evaluated[s.Space.Decode(g).ID()] {
				t.Errorf("%s: not evaluated", n.Name)
			}
		}
	}
	if seeds < 8 {
		t.Errorf("%d published networks have a like in the space, TRT-ViT alone 8", seeds)
	}
}

func TestUnusable(t *testing.T) {
	for _, test := range []struct {
		name string
		mend func(*experiments.Settings)
		says string
	}{
		{"", func(*experiments.Settings) {}, "1 to 200 characters"},
		{"a\nb", func(*experiments.Settings) {}, "control characters"},
		{"x", func(s *experiments.Settings) { s.Evaluations = 0 }, "0 evaluations"},
		{"x", func(s *experiments.Settings) { s.Population = 3 }, "population of 3"},
		{"x", func(s *experiments.Settings) { s.Budget = experiments.Duration(time.Microsecond) }, "below the fastest network"},
	} {
		s := settings(t)
		test.mend(&s)
		_, err := experiments.NewPlan(ctx, test.name, s, openDevice(t, s))
		var unusable experiments.Unusable
		if !errors.As(err, &unusable) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q %+v: error %v, want one that says %q", test.name, s, err, test.says)
		}
	}
}

func TestExistingRun(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	lab := experiments.Lab{Store: st, Stop: func() bool { return true }}
	s := settings(t)
	if _, err := lab.Search(ctx, plan(t, "run", s)); err != nil {
		t.Fatal(err)
	}
	_, err := lab.Search(ctx, plan(t, "run", s))
	if !errors.Is(err, store.ErrExists) || !strings.Contains(err.Error(), "with the same settings: `trtnas resume run` goes on") {
		t.Errorf("the same settings: %v", err)
	}
	s.Seed, s.Spec.Batch = 6, 4
	_, err = lab.Search(ctx, plan(t, "run", s))
	if !errors.Is(err, store.ErrExists) || !strings.Contains(err.Error(), "with other settings (conditions, seed)") {
		t.Errorf("other settings: %v", err)
	}
}

// A run is not resumed with models other than those that began it.
func TestResumeWithOtherModels(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	s := settings(t)
	p := plan(t, "run", s)
	text, err := json.Marshal(p.Settings)
	if err != nil {
		t.Fatal(err)
	}
	models, err := device.Models(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	old := models.Conditions()
	old.Accuracy = "AVG3 of old"
	if _, err := st.CreateRun(ctx, store.NewRun{Name: "run", Settings: text, Budget: time.Millisecond, Conditions: old}); err != nil {
		t.Fatal(err)
	}
	_, err = experiments.Lab{Store: st}.Resume(ctx, "run", open(t))
	var unusable experiments.Unusable
	if !errors.As(err, &unusable) || !strings.Contains(err.Error(), "AVG3 of old") {
		t.Errorf("resumed with %v", err)
	}
}

// The descent that tells whether a budget can be met finds the very fastest
// network.
func TestNoNetworkIsFasterThanTheLeastBudget(t *testing.T) {
	s, err := space.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	set := settings(t)
	set.Space, set.Evaluations, set.Algorithm = s, 1000, experiments.Random
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	end, err := experiments.Lab{Store: st}.Search(ctx, plan(t, "all", set))
	if err != nil || end != search.Exhausted {
		t.Fatalf("%v, %v", end, err)
	}
	front, err := experiments.Front(ctx, st, "all")
	if err != nil {
		t.Fatal(err)
	}
	least := front.Points[len(front.Points)-1].Latency.Value
	for _, test := range []struct {
		factor float64
		ok     bool
	}{{1.0001, true}, {0.9999, false}} {
		set.Budget = experiments.Duration(test.factor * least * float64(time.Millisecond))
		if _, err := experiments.NewPlan(ctx, "x", set, openDevice(t, set)); (err == nil) != test.ok {
			t.Errorf("a budget of %v times the fastest: %v", test.factor, err)
		}
	}
}

const small = `schema: trtnas.space/1
name: small
width: [64, 96]
stages:
  - depth: 1..2
  - depth: 1
  - depth: 1..2
    block: [MixBlockB, MixBlockC]
    mixed: 0..1
  - depth: 1..2
    block: [Transformer, MixBlockC]
    mixed: all
`

func TestPyramidsLeaveOutWhatHasNone(t *testing.T) {
	s := settings(t)
	s.Spec.Output = trt.Features
	models, err := device.Models(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	refs, left, err := experiments.References(ctx, models)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, l := range left {
		names[l.Name] = true
	}
	if !names["DeiT-S"] || names["ResNet50"] {
		t.Errorf("left out: %v", left)
	}
	for _, r := range refs {
		if names[r.Name] {
			t.Errorf("%s is left out and in", r.Name)
		}
	}
}

// What is exported gives the same figures when it is predicted again.
func TestExportedNetworksPredictAlike(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	s := settings(t)
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(t, "run", s)); err != nil {
		t.Fatal(err)
	}
	front, err := experiments.Front(ctx, st, "run")
	if err != nil {
		t.Fatal(err)
	}
	export, err := report.NewExport(front, report.Selection{Under: 8 * time.Millisecond, Top: 3})
	if err != nil || len(export.Networks) != 3 {
		t.Fatalf("%d networks, %v", len(export.Networks), err)
	}
	models, err := device.Models(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range export.Networks {
		n, err := export.Network(want.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := experiments.Predict(ctx, models, n)
		if err != nil {
			t.Fatal(err)
		}
		a, b := fmt.Sprintf("%+v %+v", *got.Latency, *got.Top1), fmt.Sprintf("%+v %+v", *want.Latency, *want.Top1)
		if a != b {
			t.Errorf("predicted %s, exported %s", a, b)
		}
	}
}
