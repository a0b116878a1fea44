// Package ui serves the dashboard: pages that draw runs in the browser, and the
// JSON that they read. It only reads, and never blocks a search that writes.
package ui

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/trtnas/trtnas/store"
)

// Options of a dashboard.
type Options struct {
	// DB is the database. It need not be there yet.
	DB string
	// Named is DB as command lines name it; empty where they need not.
	Named string
	// Token is asked of every request. Without one, only requests to this
	// machine's own address are answered.
	Token string
}

// Dashboard answers a browser's requests.
type Dashboard struct {
	server *server
	http.Handler
}

// New makes a dashboard.
func New(o Options) *Dashboard {
	s := &server{options: o, watches: map[string]*watched{}}
	mux := http.NewServeMux()
	for path, q := range map[string]query{
		runsPath:          s.runs,
		"/api/view":       s.view,
		"/api/candidates": s.candidates,
		"/api/network":    s.network,
		"/api/front.json": s.frontJSON,
		"/api/front.csv":  s.frontCSV,
	} {
		mux.Handle(path, s.reading(q))
	}
	mux.Handle("/", assets())
	return &Dashboard{s, guard(o.Token, mux)}
}

// Prepare reads the newest run, so that the first who asks for it need not
// wait. What goes wrong is told to them.
func (d *Dashboard) Prepare(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return
	}
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	d.server.read(r, func(r *http.Request, st *store.Store) (answer, error) {
		runs, err := st.Runs(ctx)
		if err != nil || len(runs) == 0 {
			return answer{}, err
		}
		_, err = d.server.look(ctx, st, runs[len(runs)-1].Name)
		return answer{}, err
	})
}

// ErrToken tells that an address is open to others, and there is no token.
var ErrToken = errors.New("an address that others can reach needs a token")

// Listen opens the address, which must be this machine's own unless there is a
// token.
func Listen(ctx context.Context, addr, token string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("%q is no address: write HOST:PORT, such as 127.0.0.1:8686", addr)
	}
	if token == "" && !loopback(addr) {
		return nil, fmt.Errorf("%s: %w", addr, ErrToken)
	}
	var c net.ListenConfig
	return c.Listen(ctx, "tcp", addr)
}

// Serve answers on l until the context ends.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Answers are short: what is under way ends within a second or two.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close()
	}
	return nil
}
