package ui_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/experiments/ui"
)

func itoa(n int) string { return strconv.Itoa(n) }

const token = "correct-horse-battery"

func TestGuard(t *testing.T) {
	open, closed := ui.Options{DB: "none.db"}, ui.Options{DB: "none.db", Token: token}
	with := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	for _, test := range []struct {
		name         string
		options      ui.Options
		method, path string
		change       func(*http.Request)
		want         int
	}{
		{"by address", open, "GET", "/", host("127.0.0.1:8686"), 200},
		{"by name", open, "GET", "/", host("localhost:8686"), 200},
		{"by address of IPv6", open, "GET", "/api/runs", host("[::1]:8686"), 200},
		{"by a name that was made to point here", open, "GET", "/api/runs", host("rebound.example:8686"), 421},
		{"by a name that only begins well", open, "GET", "/", host("localhost.example"), 421},
		{"without a host", open, "GET", "/", host(""), 421},
		{"writing", open, "POST", "/api/runs", nil, 405},
		{"deleting", open, "DELETE", "/api/view", nil, 405},
		{"head", open, "HEAD", "/", nil, 200},
		{"without the token", closed, "GET", "/api/runs", nil, 401},
		{"page without the token", closed, "GET", "/", nil, 401},
		{"wrong token", closed, "GET", "/?token=wrong", nil, 401},
		{"token elsewhere", closed, "GET", "/api/runs?token=" + token, nil, 401},
		{"token in the address", closed, "GET", "/?token=" + token, nil, 303},
		{"bearer", closed, "GET", "/api/runs", with("Authorization", "Bearer "+token), 200},
		{"wrong bearer", closed, "GET", "/api/runs", with("Authorization", "Bearer "+token+"x"), 401},
		{"cookie", closed, "GET", "/api/runs", with("Cookie", "trtnas_token="+token), 200},
		{"wrong cookie", closed, "GET", "/api/runs", with("Cookie", "trtnas_token=x"), 401},
		{"any host with the token", closed, "GET", "/api/runs", func(r *http.Request) {
			r.Host = "gpu.example:8686"
			r.Header.Set("Authorization", "Bearer "+token)
		}, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "http://127.0.0.1:8686"+test.path, nil)
			if test.change != nil {
				test.change(r)
			}
			w := httptest.NewRecorder()
			ui.New(test.options).ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("status %d, want %d: %s", w.Code, test.want, w.Body)
			}
			checkHeaders(t, w.Header())
		})
	}
}

// checkHeaders: whatever the answer, a browser is told what it may load.
func checkHeaders(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := h.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := h.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy %s", policy)
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another site's pages may read the answer")
	}
}

func TestTokenBecomesCookie(t *testing.T) {
	w := httptest.NewRecorder()
	ui.New(ui.Options{Token: token}).ServeHTTP(w, httptest.NewRequest("GET", "http://gpu.example/?token="+token, nil))
	c := w.Result().Cookies()
	if len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || w.Header().Get("Location") != "/" {
		t.Errorf("cookies %v, to %s", c, w.Header().Get("Location"))
	}
}

func TestListen(t *testing.T) {
	for _, test := range []struct {
		addr, token string
		want        string // part of the error; empty for none
	}{
		{"127.0.0.1:0", "", ""},
		{"localhost:0", "", ""},
		{"0.0.0.0:0", "", "needs a token"},
		{":0", "", "needs a token"},
		{"192.0.2.1:0", "", "needs a token"},
		{"0.0.0.0:0", token, ""},
		{"8686", "", "is no address"},
	} {
		l, err := ui.Listen(context.Background(), test.addr, test.token)
		if err == nil {
			l.Close()
		}
		if got := errorText(err); (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.addr, got, test.want)
		}
	}
	if _, err := ui.Listen(context.Background(), ":0", ""); !errors.Is(err, ui.ErrToken) {
		t.Errorf("%v is not ErrToken", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What the policy forbids would fail only in a browser; and text from the
// database must never be read as HTML.
func TestAssetsKeepThePolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|https?://(?:[^w]|w[^w])| style="| on[a-z]+="|<script>|<style>`)
	found := 0
	err := fs.WalkDir(os.DirFS("assets"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join("assets", path))
		if err != nil {
			return err
		}
		found++
		for _, match := range forbidden.FindAll(text, -1) {
			t.Errorf("%s has %q", path, match)
		}
		w := get(t, ui.New(ui.Options{}), "/"+path, nil)
		if w.Code != 200 || w.Body.String() != string(text) || w.Header().Get("Content-Type") == "application/octet-stream" {
			t.Errorf("%s: status %d, %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		return nil
	})
	if err != nil || found < 10 {
		t.Errorf("%d assets: %v", found, err)
	}
}

// A browser that has the current version is sent nothing.
func TestUnchanged(t *testing.T) {
	h := ui.New(ui.Options{DB: database(t)})
	for _, path := range []string{"/main.js", "/api/view?run=finished"} {
		r := httptest.NewRequest("GET", "http://127.0.0.1:8686"+path, nil)
		first := httptest.NewRecorder()
		h.ServeHTTP(first, r)
		r.Header.Set("If-None-Match", first.Header().Get("ETag"))
		second := httptest.NewRecorder()
		h.ServeHTTP(second, r)
		if first.Header().Get("ETag") == "" || second.Code != http.StatusNotModified || second.Body.Len() != 0 {
			t.Errorf("%s: tag %q, then status %d with %d bytes", path, first.Header().Get("ETag"), second.Code, second.Body.Len())
		}
	}
}
