package ui_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/experiments/ui"
	"github.com/trtnas/trtnas/internal/jsonschema/schematest"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

func clock() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

func settings(t testing.TB, deviceName string, evaluations int) experiments.Settings {
	t.Helper()
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	return experiments.Settings{
		Space: s, Device: device.Options{Name: deviceName},
		Spec:   trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier},
		Budget: experiments.Duration(10 * time.Millisecond), Evaluations: evaluations, Algorithm: experiments.NSGA2, Population: 20, Seed: 1,
	}
}

// search runs a search under a name; stop ends it early.
func search(t testing.TB, db, name string, s experiments.Settings, stop func() bool) {
	t.Helper()
	ctx := context.Background()
	d, err := device.Open(ctx, s.Spec, s.Device, device.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	plan, err := experiments.NewPlan(ctx, name, s, d)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(db, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := (experiments.Lab{Store: st, Stop: stop}).Search(ctx, plan); err != nil {
		t.Fatal(err)
	}
}

// database has a finished run, one that was stopped, one that measured on a
// flawed device, and one of which every network failed.
func database(t testing.TB) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "runs.db")
	search(t, db, "finished", settings(t, "t4", 200), nil)
	search(t, db, "stopped <b>&", settings(t, "t4", 200), func() bool { return true })
	measured := settings(t, "sim:t4?crash=0.1", 60)
	measured.Finalists = 2
	search(t, db, "measured", measured, nil)
	failed := settings(t, "sim:t4?wrong=1", 20)
	failed.Spec.Batch = 4 // under conditions of its own, or it would share what the other measured
	search(t, db, "failed", failed, nil)
	return db
}

func get(t testing.TB, h http.Handler, path string, parameters url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8686"+path+"?"+parameters.Encode(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func read[T any](t testing.TB, h http.Handler, path string, parameters url.Values) T {
	t.Helper()
	w := get(t, h, path, parameters)
	if w.Code != http.StatusOK {
		t.Fatalf("%s?%s: status %d: %s", path, parameters.Encode(), w.Code, w.Body)
	}
	checkSchema(t, w.Body.Bytes())
	var v T
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s?%s: %v", path, parameters.Encode(), err)
	}
	return v
}

// checkSchema holds an answer to the schema that it names.
func checkSchema(t testing.TB, body []byte) {
	t.Helper()
	var named struct{ Schema string }
	if err := json.Unmarshal(body, &named); err != nil {
		t.Fatal(err)
	}
	if err := (schematest.Schemas{Folder: "../../docs/schemas"}).Check(named.Schema, body); err != nil {
		t.Errorf("%s: %v", named.Schema, err)
	}
}

func run(name string) url.Values { return url.Values{"run": {name}} }

func TestRuns(t *testing.T) {
	missing := read[ui.Runs](t, ui.New(ui.Options{DB: filepath.Join(t.TempDir(), "none.db"), Named: "none.db"}), "/api/runs", nil)
	if missing.Schema != ui.RunsSchema || len(missing.Runs) != 0 || missing.Search != "trtnas search --budget 10ms --db none.db" {
		t.Errorf("without a database: %+v", missing)
	}
	var names []string
	for _, r := range read[ui.Runs](t, ui.New(ui.Options{DB: database(t)}), "/api/runs", nil).Runs {
		names = append(names, r.Name+" "+r.State)
	}
	if want := []string{"failed finished", "measured finished", "stopped <b>& unfinished", "finished finished"}; !slices.Equal(names, want) {
		t.Errorf("runs %q, want %q", names, want)
	}
}

// The view of a run is the front that `trtnas front` shows, and its columns are
// those of the candidates.
func TestView(t *testing.T) {
	db := database(t)
	h := ui.New(ui.Options{DB: db})
	st, err := store.OpenReadOnly(db)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, name := range []string{"finished", "stopped <b>&", "measured", "failed"} {
		v := read[report.View](t, h, "/api/view", run(name))
		c := read[report.Candidates](t, h, "/api/candidates", run(name))
		f, err := experiments.Front(context.Background(), st, name)
		if err != nil {
			t.Fatal(err)
		}
		if v.Schema != report.ViewSchema || c.Schema != report.CandidatesSchema || v.Evaluated != f.Evaluated || len(c.ID) != f.Evaluated {
			t.Errorf("%s: view of %d networks, %d candidates, front of %d", name, v.Evaluated, len(c.ID), f.Evaluated)
		}
		for i, p := range f.Points {
			if v.Front.ID[i] != p.ID || c.ID[v.Front.Candidate[i]] != p.ID || v.Front.Source[i] != p.Latency.Source {
				t.Errorf("%s: point %d of the front is %s (%s), want %s", name, i, v.Front.ID[i], v.Front.Source[i], p.ID)
			}
		}
		for _, column := range []int{len(v.Front.ID), len(v.Front.Low), len(v.Front.Top1High), len(v.Front.Top1From), len(v.Front.Rows), len(v.Front.Spread)} {
			if column != len(f.Points) {
				t.Errorf("%s: a column of %d for a front of %d", name, column, len(f.Points))
			}
		}
	}
}

func TestMeasuredView(t *testing.T) {
	h := ui.New(ui.Options{DB: database(t)})
	v := read[report.View](t, h, "/api/view", run("measured"))
	// 60 networks of which a tenth crash, and two finalists timed again.
	if v.Health == nil || len(v.Health.Time) < 40 || len(v.Health.Time) != len(v.Health.Reference) {
		t.Fatalf("health %+v", v.Health)
	}
	hv := v.Hypervolume
	if n := len(hv.Evaluated); n == 0 || len(hv.DeviceS) != n || !slices.IsSorted(hv.DeviceS) || hv.DeviceS[n-1] <= 0 {
		t.Errorf("hypervolume %+v", hv)
	}
	if len(v.Failures) != 1 || v.Failures[0].Class != string(trt.Crash) || v.Failures[0].Networks == 0 {
		t.Errorf("failures %+v", v.Failures)
	}
	n := read[report.NetworkView](t, h, "/api/network", url.Values{"run": {"measured"}, "id": {v.Front.ID[0]}})
	if len(n.Sessions) != 2 || n.Rebuilt == nil || len(n.Places) != 6 || len(n.Commands) != 2 {
		t.Errorf("network %+v", n)
	}
	failed := read[report.NetworkView](t, h, "/api/network", url.Values{"run": {"measured"}, "id": {v.Failures[0].Example}})
	if failed.Failure == nil || failed.Latency != nil || len(failed.Commands) != 0 {
		t.Errorf("failed network %+v", failed)
	}
	if all := read[report.View](t, h, "/api/view", run("failed")); len(all.Front.ID) != 0 || all.Failures[0].Share != 1 {
		t.Errorf("a run without a front: %+v", all.Failures)
	}
}

func TestDownloads(t *testing.T) {
	h := ui.New(ui.Options{DB: database(t)})
	f := read[report.Front](t, h, "/api/front.json", run("finished"))
	w := get(t, h, "/api/front.csv", run("finished"))
	records, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(records) != len(f.Points)+1 || records[1][0] != f.Points[0].ID {
		t.Errorf("%v: %d records for %d points", err, len(records), len(f.Points))
	}
	name := get(t, h, "/api/front.json", run("stopped <b>&")).Header().Get("Content-Disposition")
	if want := "attachment; filename*=UTF-8''stopped%20%3Cb%3E%26-front.json"; name != want {
		t.Errorf("file %s, want %s", name, want)
	}
}

func TestUnknown(t *testing.T) {
	h := ui.New(ui.Options{DB: database(t)})
	for _, test := range []struct {
		path       string
		parameters url.Values
		want       string
	}{
		{"/api/view", run("none"), "unknown run"},
		{"/api/network", url.Values{"run": {"finished"}, "id": {"none"}}, "unknown network"},
		{"/api/candidates", url.Values{"run": {"finished"}, "from": {"-1"}}, "no number"},
		{"/server.go", nil, "no such page"},
		{"/assets", nil, "no such page"},
	} {
		w := get(t, h, test.path, test.parameters)
		checkSchema(t, w.Body.Bytes())
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), test.want) || !strings.Contains(w.Body.String(), report.ErrorSchema) {
			t.Errorf("%s?%s: status %d: %s", test.path, test.parameters.Encode(), w.Code, w.Body)
		}
	}
}

// A page that follows a search sees it grow, disturbs it in nothing, and ends
// with what a new page sees.
func TestFollowsWriter(t *testing.T) {
	db := filepath.Join(t.TempDir(), "runs.db")
	h := ui.New(ui.Options{DB: db})
	done := make(chan struct{})
	go func() {
		defer close(done)
		search(t, db, "live", settings(t, "t4", 3000), nil)
	}()
	seen, sizes := []string{}, map[int]bool{}
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		w := get(t, h, "/api/candidates", url.Values{"run": {"live"}, "from": {"0"}})
		if w.Code == http.StatusNotFound {
			continue // it has not begun
		}
		if w.Code != http.StatusOK {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		more := read[report.Candidates](t, h, "/api/candidates", url.Values{"run": {"live"}, "from": {itoa(len(seen))}})
		seen = append(seen, more.ID...)
		sizes[len(seen)] = true
	}
	if len(sizes) < 3 {
		t.Errorf("the page saw the run at sizes %v only", sizes)
	}
	fresh := read[report.Candidates](t, ui.New(ui.Options{DB: db}), "/api/candidates", run("live"))
	if !slices.Equal(seen, fresh.ID) || len(seen) != 3000 {
		t.Errorf("followed %d networks, a new page has %d", len(seen), len(fresh.ID))
	}
	old, anew := get(t, h, "/api/view", run("live")), get(t, ui.New(ui.Options{DB: db}), "/api/view", run("live"))
	if old.Body.String() != anew.Body.String() {
		t.Error("a page that followed the run shows another view than a new one")
	}
}
