package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
)

var update = flag.Bool("update", false, "write testdata/schema.sql anew")

var ctx = context.Background()

func clock() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

var conditions = evaluator.Conditions{
	Spec:    trt.Spec{Device: "t4", TensorRT: "8.0", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier},
	Latency: "roofline 1", Accuracy: "AVG3 1",
}

func openStore(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Check(ctx); err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return s
}

// results are made-up scores of the published networks that are architectures.
func results() []evaluator.Result {
	var all []evaluator.Result
	for i, n := range reference.All() {
		if n.Arch == nil {
			continue
		}
		ms := time.Duration(i+1) * time.Millisecond
		all = append(all, evaluator.Result{Arch: *n.Arch, ID: n.Arch.ID(), Score: evaluator.Score{
			Params: int64(i), MACs: int64(2 * i),
			Latency:  evaluator.Latency{Value: ms, Low: ms / 2, High: 2 * ms, Level: .8, Source: evaluator.LatencyPredicted},
			Accuracy: evaluator.Accuracy{Value: 80.1, Low: 79, High: 81, Level: .8, Bound: 79.5, Source: evaluator.AccuracyPredicted, Extrapolated: i%2 == 0},
		}})
	}
	all[0].Score, all[0].Failure = evaluator.Score{}, &evaluator.Failure{Class: trt.OutOfMemory, Message: "12 GiB wanted"}
	return all
}

func ids(results []evaluator.Result) []string {
	var all []string
	for _, r := range results {
		all = append(all, r.ID)
	}
	return all
}

func TestResultsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?.db") // a name that a URI must escape
	s := openStore(t, path)
	want := results()
	if err := s.Append(ctx, conditions, want[:3]); err != nil {
		t.Fatal(err)
	}
	got, err := s.Lookup(ctx, conditions, ids(want))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		if i >= 3 {
			if r != nil {
				t.Errorf("%s was never kept, and is there", want[i].ID)
			}
			continue
		}
		if r == nil || !reflect.DeepEqual(*r, want[i]) {
			t.Errorf("got %+v, want %+v", r, want[i])
		}
	}
	other := conditions
	other.Batch = 1
	got, err = s.Lookup(ctx, other, ids(want[:3]))
	if err != nil || slices.ContainsFunc(got, func(r *evaluator.Result) bool { return r != nil }) {
		t.Errorf("results under other conditions: %v, error %v", got, err)
	}
}

func TestResultsAreNeverChanged(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	first := results()[1:2]
	second := results()[1:2]
	second[0].Score.Latency.Value *= 2
	for _, r := range [][]evaluator.Result{first, second} {
		if err := s.Append(ctx, conditions, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Lookup(ctx, conditions, ids(first))
	if err != nil || !reflect.DeepEqual(*got[0], first[0]) {
		t.Errorf("got %+v, error %v; want the first", got[0], err)
	}
}

func newRun(t *testing.T, s *Store, name string) Run {
	t.Helper()
	r, err := s.CreateRun(ctx, NewRun{Name: name, Settings: []byte(`{"seed":1}`), Budget: 10 * time.Millisecond, Conditions: conditions})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func generation(number, evaluated int, ids ...string) Generation {
	return Generation{Number: number, State: json.RawMessage(fmt.Sprintf(`{"n":%d}`, number)), Hypervolume: float64(number), Evaluated: evaluated, IDs: ids}
}

func TestRunsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := openStore(t, path)
	all := results()
	if err := s.Append(ctx, conditions, all); err != nil {
		t.Fatal(err)
	}
	run := newRun(t, s, "one")
	if _, ok, err := s.LastGeneration(ctx, run); ok || err != nil {
		t.Errorf("a new run has a generation, or %v", err)
	}
	for i, g := range []Generation{generation(1, 2, all[2].ID, all[1].ID), generation(2, 3, all[0].ID)} {
		if err := s.SaveGeneration(ctx, run, g); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := s.FinishRun(ctx, run, "budget spent"); err != nil {
		t.Fatal(err)
	}

	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got, err := reader.Run(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	want := Run{NewRun: run.NewRun, ID: run.ID, Created: clock(), Evaluated: 3, Reason: "budget spent"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var order []evaluator.Result
	for r, err := range reader.Evaluations(ctx, got) {
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, r)
	}
	if want := []evaluator.Result{all[2], all[1], all[0]}; !reflect.DeepEqual(order, want) {
		t.Errorf("evaluations %v, want %v", ids(order), ids(want))
	}
	last, ok, err := reader.LastGeneration(ctx, got)
	if !ok || err != nil || last.Number != 2 || string(last.State) != `{"n":2}` {
		t.Errorf("last generation %+v, %v, %v", last, ok, err)
	}
	generations, err := reader.Generations(ctx, got)
	if err != nil || len(generations) != 2 || generations[0].Evaluated != 2 {
		t.Errorf("generations %+v, %v", generations, err)
	}
}

func TestGenerationIsAllOrNothing(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	all := results()
	if err := s.Append(ctx, conditions, all[:1]); err != nil {
		t.Fatal(err)
	}
	run := newRun(t, s, "one")
	if err := s.SaveGeneration(ctx, run, generation(1, 2, all[0].ID, "never kept")); err == nil {
		t.Fatal("a generation with an unknown network was accepted")
	}
	if _, ok, err := s.LastGeneration(ctx, run); ok || err != nil {
		t.Errorf("half a generation is there, or %v", err)
	}
}

// The schema is what users query by hand; a change of it is a decision.
func TestSchema(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	rows, err := s.db.Query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got strings.Builder
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		got.WriteString(text + ";\n")
	}
	golden := "testdata/schema.sql"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the schema is not that of %s: a released schema changes by a new migration; refresh with -update", golden)
	}
}

// The front has extrapolated accuracies only of runs that let them compete.
func TestFrontWithinRange(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	all := results()[1:4]
	for i := range all {
		a := &all[i].Score.Accuracy
		all[i].Score.Latency.Value = time.Duration(i+5) * time.Millisecond
		a.Bound, a.Extrapolated = float64(70+i), i > 0
	}
	all[2].Score.Accuracy.Source = evaluator.AccuracyTrained
	if err := s.Append(ctx, conditions, all); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{"guarded": `{}`, "refused": `{"extrapolate":false}`, "open": `{"extrapolate":true}`} {
		run, err := s.CreateRun(ctx, NewRun{Name: name, Settings: []byte(settings), Budget: 10 * time.Millisecond, Conditions: conditions})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SaveGeneration(ctx, run, generation(1, len(all), ids(all)...)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][]string{
		"guarded": {all[0].ID, all[2].ID}, "refused": {all[0].ID, all[2].ID}, "open": ids(all),
	} {
		if got := query(t, s, "SELECT architecture FROM front WHERE run = '"+name+"' ORDER BY latency_ms"); !slices.Equal(got, want) {
			t.Errorf("%s: front has %v, want %v", name, got, want)
		}
	}
}

// The views agree with what the run evaluated.
func TestViews(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	all := results()[1:]
	bound := []float64{70, 72, 71, 75, 75, 80} // 10 ms is the budget: what is slower stays outside
	for i := range all {
		all[i].Score.Accuracy.Extrapolated = false
		all[i].Score.Latency.Value = time.Duration(i+5) * time.Millisecond
		all[i].Score.Accuracy.Bound = 90
		if i < len(bound) {
			all[i].Score.Accuracy.Bound = bound[i]
		}
	}
	if err := s.Append(ctx, conditions, all); err != nil {
		t.Fatal(err)
	}
	run := newRun(t, s, "one")
	if err := s.SaveGeneration(ctx, run, generation(1, len(all), ids(all)...)); err != nil {
		t.Fatal(err)
	}
	if got, want := query(t, s, "SELECT architecture FROM front WHERE run = 'one' ORDER BY latency_ms"),
		[]string{all[0].ID, all[1].ID, all[3].ID, all[5].ID}; !slices.Equal(got, want) {
		t.Errorf("front has %v, want %v", got, want)
	}
	if got := query(t, s, "SELECT device || ' ' || batch || ' ' || latency_ms FROM measurements WHERE architecture = '"+all[0].ID+"'"); !slices.Equal(got, []string{"t4 8 5.0"}) {
		t.Errorf("measurements has %v", got)
	}
	if got := query(t, s, "SELECT name || ' ' || evaluated || ' ' || state FROM runs_overview"); !slices.Equal(got, []string{fmt.Sprintf("one %d unfinished", len(all))}) {
		t.Errorf("runs_overview has %v", got)
	}
}

func query(t *testing.T, s *Store, text string) []string {
	t.Helper()
	rows, err := s.db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// Looking up a generation costs the same however much is kept: SQLite must
// start with the IDs.
func TestLookupReadsOnlyWhatIsAsked(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	plan := explain(t, s, "EXPLAIN QUERY PLAN "+lookup, "[]", "{}")
	if !strings.Contains(plan, "SEARCH r USING PRIMARY KEY (conditions=? AND architecture=?)") {
		t.Errorf("plan:\n%s", plan)
	}
}

func explain(t *testing.T, s *Store, text string, args ...any) string {
	t.Helper()
	rows, err := s.db.Query(text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		all.WriteString(detail + "\n")
	}
	return all.String()
}

var _ evaluator.Results = (*Store)(nil)

func BenchmarkAppend(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "x.db"), clock)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := results()[1]
	b.ReportAllocs()
	batch := make([]evaluator.Result, 100)
	for i := 0; b.Loop(); i++ {
		for j := range batch {
			batch[j] = r
			batch[j].ID = fmt.Sprintf("%016x", i*len(batch)+j)
		}
		if err := s.Append(ctx, conditions, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "results/s")
}

// A database of an earlier program is brought up to date by whoever opens it.
func TestEarlierSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earlier.db")
	earlier, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= 4; version++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%03d.sql", version))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := earlier.Exec(string(script)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := json.Marshal(conditions)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 4", applicationID),
		"INSERT INTO conditions VALUES (1, '" + string(c) + "')",
		`INSERT INTO architectures VALUES ('0123456789abcdef', '{"name": "x"}')`,
		"INSERT INTO results VALUES (1, '0123456789abcdef', 5,6, 7,7,7,0.8,'measured',0, 80,79,81,0.8,79,'predicted',0, NULL,NULL, 9)",
	} {
		if _, err := earlier.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Lookup(t.Context(), conditions, []string{"0123456789abcdef"})
	if err != nil || got[0] == nil || got[0].Score.Engine != (evaluator.Engine{Memory: 9}) {
		t.Errorf("%+v, %v", got[0], err)
	}
}
