package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// named is the run that a request names.
func (s *server) named(r *http.Request, st *store.Store) (*experiments.Watch, error) {
	return s.look(r.Context(), st, r.URL.Query().Get("run"))
}

// look brings a run up to date.
func (s *server) look(ctx context.Context, st *store.Store, name string) (*experiments.Watch, error) {
	s.uses++
	if w := s.watches[name]; w != nil {
		run, err := st.Run(ctx, name)
		if err != nil {
			return nil, err
		}
		if w.Same(run) {
			w.used = s.uses
			_, err := w.Look(ctx, st)
			return w.Watch, err
		}
	}
	w, err := experiments.NewWatch(ctx, st, name, s.options.Named)
	if err != nil {
		return nil, err
	}
	s.watches[name] = &watched{w, s.uses}
	s.forget()
	return w, nil
}

// forget drops the run that was not asked for the longest, beyond those that
// are kept.
func (s *server) forget() {
	if len(s.watches) <= kept {
		return
	}
	oldest := ""
	for name, w := range s.watches {
		if oldest == "" || w.used < s.watches[oldest].used {
			oldest = name
		}
	}
	delete(s.watches, oldest)
}

func (s *server) view(r *http.Request, st *store.Store) (answer, error) {
	w, err := s.named(r, st)
	if err != nil {
		return answer{}, err
	}
	a, err := asJSON(w.View())
	a.etag = fmt.Sprintf(`"%s"`, w.Version())
	return a, err
}

func (s *server) candidates(r *http.Request, st *store.Store) (answer, error) {
	first := 0
	if from := r.URL.Query().Get("from"); from != "" {
		n, err := strconv.Atoi(from)
		if err != nil || n < 0 {
			return answer{}, fmt.Errorf("%w: from=%s is no number of a network, from 0", errNothing, from)
		}
		first = n
	}
	w, err := s.named(r, st)
	if err != nil {
		return answer{}, err
	}
	return asJSON(w.Candidates(first))
}

func (s *server) network(r *http.Request, st *store.Store) (answer, error) {
	w, err := s.named(r, st)
	if err != nil {
		return answer{}, err
	}
	n, err := w.Network(r.Context(), st, r.URL.Query().Get("id"))
	if err != nil {
		return answer{}, err
	}
	return asJSON(n)
}

// frontJSON is what `trtnas front RUN --json` writes.
func (s *server) frontJSON(r *http.Request, st *store.Store) (answer, error) {
	name := r.URL.Query().Get("run")
	front, err := experiments.Front(r.Context(), st, name)
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err = e.Encode(front)
	return answer{kind: "application/json", file: name + "-front.json", body: b.Bytes()}, err
}

// frontCSV is the front as a table.
func (s *server) frontCSV(r *http.Request, st *store.Store) (answer, error) {
	name := r.URL.Query().Get("run")
	front, err := experiments.Front(r.Context(), st, name)
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	err = front.WriteCSV(&b)
	return answer{kind: "text/csv; charset=utf-8", file: name + "-front.csv", body: b.Bytes()}, err
}
