package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// RunsSchema names the JSON format of Runs, which only the dashboard has.
const RunsSchema = "trtnas.ui-runs/1"

// Runs is what the list of runs shows.
type Runs struct {
	Schema string       `json:"schema"`
	DB     string       `json:"db"`
	Search string       `json:"search"` // a command that begins a run
	Runs   []report.Run `json:"runs"`   // the newest first
}

const runsPath = "/api/runs"

// kept is how many runs stay in memory.
const kept = 4

type server struct {
	options Options
	mu      sync.Mutex
	watches map[string]*watched
	uses    int
}

// watched is a run with when it was last asked for.
type watched struct {
	*experiments.Watch
	used int
}

// query answers a request from an open database.
type query func(*http.Request, *store.Store) (answer, error)

// answer is a body with its kind.
type answer struct {
	kind, etag string
	file       string // name under which it is saved; empty for what is not
	body       []byte
}

func asJSON(v any) (answer, error) {
	body, err := json.Marshal(v)
	return answer{kind: "application/json", body: body}, err
}

// errNothing is a request that names nothing there is.
var errNothing = errors.New("not found")

// reading opens the database for one request: nothing is held between two, so
// it may grow, be replaced or come into being. Requests take turns.
func (s *server) reading(f query) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		a, err := s.read(r, f)
		if err != nil {
			fail(w, status(err), err.Error())
			return
		}
		send(w, r, a)
	})
}

func (s *server) read(r *http.Request, f query) (answer, error) {
	st, err := store.OpenReadOnly(s.options.DB)
	if errors.Is(err, store.ErrNone) && r.URL.Path == runsPath {
		return s.runList(nil)
	}
	if err != nil {
		return answer{}, err
	}
	defer st.Close()
	return f(r, st)
}

func status(err error) int {
	switch {
	case errors.Is(err, store.ErrUnknown), errors.Is(err, store.ErrNone), errors.Is(err, experiments.ErrNoNetwork), errors.Is(err, errNothing):
		return http.StatusNotFound
	case errors.Is(err, store.ErrBusy):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func send(w http.ResponseWriter, r *http.Request, a answer) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	if a.file != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", percent(a.file)))
	}
	if a.etag != "" {
		h.Set("ETag", a.etag)
		if r.Header.Get("If-None-Match") == a.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.Write(a.body) // a browser that went away needs no answer
}

// percent writes a file's name as RFC 5987 wants it.
func percent(name string) string {
	var b bytes.Buffer
	for _, c := range []byte(name) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || bytes.IndexByte([]byte("-._"), c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func fail(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(report.NewError(message, 0))
}

// runs lists the runs.
func (s *server) runs(r *http.Request, st *store.Store) (answer, error) {
	runs, err := st.Runs(r.Context())
	if err != nil {
		return answer{}, err
	}
	return s.runList(report.NewRunList(runs).Runs)
}

func (s *server) runList(runs []report.Run) (answer, error) {
	list := Runs{Schema: RunsSchema, DB: s.options.DB, Search: "trtnas search --budget 10ms", Runs: []report.Run{}}
	if s.options.Named != "" {
		list.Search += " --db " + s.options.Named
	}
	for i := range runs {
		list.Runs = append(list.Runs, runs[len(runs)-1-i])
	}
	return asJSON(list)
}
