package study

import (
	"bytes"
	"context"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

var update = flag.Bool("update", false, "write testdata anew")

func openAs(name string) Open {
	return func(ctx context.Context, spec trt.Spec) (*device.Device, error) {
		spec.Device = name
		return device.Open(ctx, spec, device.Options{Name: name}, device.Tools{})
	}
}

// subject is a device with a store of its own and tiny searches.
func subject(t *testing.T, name, db string) *Subject {
	t.Helper()
	st, err := store.Open(db, func() time.Time { return time.Unix(0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSubject(context.Background(), Options{
		Device: name, Open: openAs(name), Other: "v100", OpenOther: openAs("v100"), Store: st, Seeds: 2, Evaluations: 240, Random: 200,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func run(t *testing.T, s *Subject, of Study) Result {
	t.Helper()
	r, err := of.Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Each study has something to show, with a source for every latency.
func TestStudies(t *testing.T) {
	s := subject(t, "t4", filepath.Join(t.TempDir(), "db"))
	for _, of := range All() {
		r := run(t, s, of)
		if len(r.Tables) == 0 || len(r.Plots) == 0 || len(r.Notes) == 0 || r.Question == "" {
			t.Errorf("%s: %d tables, %d plots, %d notes", of.Name, len(r.Tables), len(r.Plots), len(r.Notes))
		}
		for _, table := range r.Tables {
			if len(table.Rows) == 0 {
				t.Errorf("%s: table %s is empty", of.Name, table.Name)
			}
			for _, row := range table.Rows {
				if len(row) != len(table.Header) {
					t.Fatalf("%s: table %s: %d cells under %d headers: %v", of.Name, table.Name, len(row), len(table.Header), row)
				}
			}
		}
		for _, p := range r.Plots {
			for _, series := range p.Series {
				if len(series.Points) == 0 {
					t.Errorf("%s: plot %s: %s has no points", of.Name, p.Name, series.Name)
				}
			}
		}
	}
}

// The page of a study whose figures depend on the T4's latency profile alone.
func TestPageGolden(t *testing.T) {
	s := subject(t, "t4", filepath.Join(t.TempDir(), "db"))
	folder := t.TempDir()
	if err := NewPage(s, []Result{run(t, s, density)}).Save(folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "claims.csv", "density.csv", "density-ratios.csv", "density.svg"} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "density", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s: run with -update and read the diff", name, golden)
		}
	}
}

// A study that was stopped goes on, and gives what an undisturbed one gives.
func TestStudyGoesOn(t *testing.T) {
	want := run(t, subject(t, "t4", filepath.Join(t.TempDir(), "db")), convergence)
	s := subject(t, "t4", filepath.Join(t.TempDir(), "db"))
	ctx, stop := context.WithCancel(context.Background())
	told := 0
	s.Progress = func(string) {
		if told++; told == 4 {
			stop()
		}
	}
	if _, err := convergence.Run(ctx, s); err == nil {
		t.Fatal("was not stopped")
	}
	got := run(t, s, convergence)
	for i := range want.Tables {
		if got.Tables[i].Markdown() != want.Tables[i].Markdown() {
			t.Errorf("after a stop:\n%s\nundisturbed:\n%s", got.Tables[i].Markdown(), want.Tables[i].Markdown())
		}
	}
}

// What is measured is kept, and labelled: a second look measures nothing.
func TestMeasuredOnce(t *testing.T) {
	s := subject(t, "sim:t4", filepath.Join(t.TempDir(), "db"))
	first := run(t, s, blocks)
	if source := first.Tables[0].Rows[0][2]; source != string(evaluator.LatencySimulated) {
		t.Errorf("labelled %q", source)
	}
	conditions := s.devices[paperSpec].Conditions()
	list, err := named("PVT-Medium")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Store.Timings(context.Background(), conditions, []string{list[0].ID()})
	if err != nil || len(kept[list[0].ID()]) != 1 {
		t.Fatalf("%d timings, %v", len(kept[list[0].ID()]), err)
	}
	if again := run(t, s, blocks); again.Tables[0].Markdown() != first.Tables[0].Markdown() {
		t.Error("a second look gives other figures")
	}
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		name string
		c    Claim
		want Verdict
	}{
		{"above", ratioClaim("", "", interval{2, 1.5, 2.5}), Reproduced},
		{"below", ratioClaim("", "", interval{0.5, 0.4, 0.6}), NotReproduced},
		{"a tie", ratioClaim("", "", interval{1.1, 0.9, 1.3}), Unresolved},
		{"the value", valueClaim("", 2.2, interval{2, 1.5, 2.5}), Reproduced},
		{"another value", valueClaim("", 4, interval{2, 1.5, 2.5}), NotReproduced},
		{"value of a tie", valueClaim("", 4, interval{1.1, 0.9, 1.3}), Unresolved},
		{"equal", equalClaim("", interval{1.05, 0.8, 1.3}), Reproduced},
		{"perhaps equal", equalClaim("", interval{1.2, 0.9, 1.5}), Unresolved},
		{"unequal", equalClaim("", interval{1.5, 1.2, 1.8}), NotReproduced},
		{"gain", gainClaim("", "", interval{0.5, 0.1, 0.9}), Reproduced},
		{"small gain", gainClaim("", "", interval{0.5, -0.1, 1.1}), Unresolved},
		{"figure", figureClaim("", "", 1, 3, interval{2, 1, 3}), Reproduced},
		{"other figure", figureClaim("", "", 1, 3.1, interval{2, 1, 3}), NotReproduced},
	}
	for _, test := range tests {
		if test.c.Verdict != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.c.Verdict, test.want)
		}
	}
}

// By hand: exp(hypot(ln 1.2, ln 1.2)) = 1.2941, and with three quarters of it
// 1.2133.
func TestRatio(t *testing.T) {
	a, b := interval{12, 10, 14.4}, interval{6, 5, 7.2}
	for k, factor := range map[kin]float64{alien: 1.2941, akin: 1.2133} {
		r := a.over(b, k)
		if r.value != 2 || math.Abs(r.high/2-factor) > 1e-4 || math.Abs(2/r.low-factor) > 1e-4 {
			t.Errorf("%v: %+v", k, r)
		}
	}
	if d := (interval{80, 79, 81}).minus(interval{79, 78, 80}); d.value != 1 || math.Abs(d.high-1-math.Sqrt2) > 1e-12 {
		t.Errorf("%+v", d)
	}
}

// A block's time inside a network is exact where latencies are additive.
func TestCosts(t *testing.T) {
	s := subject(t, "t4", filepath.Join(t.TempDir(), "db"))
	all, source, err := s.costs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if source != evaluator.LatencyPredicted || len(all) != len(variants) {
		t.Errorf("%s, %d variants", source, len(all))
	}
	// ResNet's BottleNeck has 2*256*64 + 9*64*64 = 69,632 MACs a pixel of 56x56 in
	// every stage.
	for i, c := range all[0] {
		if want := 69632. * 56 * 56; c.macs != want {
			t.Errorf("BottleNeck in stage %d: %v MACs, want %v", i+2, c.macs, want)
		}
	}
}

func TestTraits(t *testing.T) {
	list, err := named("TRT-ViT-C")
	if err != nil {
		t.Fatal(err)
	}
	c := *list[0].Arch // 3-4-9-6, two MixBlockC in stage 4 and six in stage 5, R 0.5, K 7, S 2 in stage 4
	want := []float64{0, 6. / 8, math.Log2(15. / 7), 6. / 22, 1, 1, 0.5, 0.5, 1, 7}
	for i, tr := range traits {
		if v, defined := tr.of(c); !defined || math.Abs(v-want[i]) > 1e-12 {
			t.Errorf("%s: %v %v, want %v", tr.what, v, defined, want[i])
		}
	}
	list, err = named("ResNet50")
	if err != nil {
		t.Fatal(err)
	}
	var undefined []string
	for _, tr := range traits {
		if _, defined := tr.of(*list[0].Arch); !defined {
			undefined = append(undefined, tr.guideline)
		}
	}
	if !slices.Equal(undefined, []string{"1 Transformers late", "3 mixed blocks", "4 global, then local", "R", "S", "K"}) {
		t.Errorf("undefined for ResNet50: %v", undefined)
	}
}

// Fronts that are all deeper than chance in each of ten seeds hold the
// guideline; two seeds can't.
func TestContrasts(t *testing.T) {
	at := func(depth int) evaluator.Result {
		r := evaluator.Result{Arch: resnet([4]int{2, 2, depth, 2}, space.BottleNeck)}
		r.Score.Latency.Value = 5 * time.Millisecond
		return r
	}
	var samples []sample
	for seed := range 10 {
		samples = append(samples, sample{front: []evaluator.Result{at(8 + seed)}, random: []evaluator.Result{at(2), at(3)}})
	}
	deep := func(n int) contrast {
		all := contrasts(map[string][]sample{openSpace: samples[:n]}, []space.Arch{at(4).Arch})
		i := slices.IndexFunc(all, func(c contrast) bool {
			return c.space == openSpace && strings.HasPrefix(c.trait.what, "log2 of blocks")
		})
		return all[i]
	}
	if c := deep(10); c.papers != math.Log2(6./4) {
		t.Errorf("TRT-ViT's mean is %v", c.papers)
	}
	if c := deep(10); c.outcome() != "holds" || c.direction() != 1 || c.test.effect != 1 || len(c.front) != 10 {
		t.Errorf("%s: %+v", c.outcome(), c.test)
	}
	if c := deep(2); c.outcome() != "not decided" || c.direction() != 0 {
		t.Errorf("%s: %+v", c.outcome(), c.test)
	}
	up, none := deep(10), deep(2)
	for _, test := range []struct {
		latency, accuracy contrast
		want              string
	}{{up, none, "latency"}, {none, up, "accuracy model"}, {up, up, "either alone"}, {none, none, "only both together"}} {
		if got := decider(up, test.latency, test.accuracy); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	if got := decider(none, up, up); got != "neither" {
		t.Errorf("undecided by %q", got)
	}
}

func TestDistances(t *testing.T) {
	at := func(ms, bound float64) evaluator.Result {
		var r evaluator.Result
		r.Score.Latency.Value, r.Score.Accuracy.Bound = time.Duration(ms*1e6), bound
		return r
	}
	d := distancesOf(at(10, 80).Score, []found{{
		front:     []evaluator.Result{at(4, 79), at(6, 80), at(9, 81), at(12, 83)},
		evaluated: []evaluator.Result{at(12, 83), at(10, 80), at(9, 81), at(6, 80), at(4, 79)},
	}})
	if !slices.Equal(d.points, []float64{1}) || !slices.Equal(d.until, []float64{3}) || math.Abs(d.percent[0]-40) > 1e-9 {
		t.Errorf("%+v", d)
	}
	front := []evaluator.Result{at(4, 79), at(8, 81)}
	if l := lost(front, []evaluator.Result{at(4, 78), at(8, 80)}, 10); math.Abs(l-1) > 1e-9 {
		t.Errorf("lost %v", l)
	}
}
