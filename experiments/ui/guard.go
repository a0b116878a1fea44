package ui

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// cookie keeps the token in a browser, so that it does not stay in addresses.
const cookie = "trtnas_token"

// policy lets pages load what this server has and nothing else: neither inline
// scripts, nor other hosts, nor frames.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard answers what may be answered: reading requests, from a page of this
// server's own address, with the token where there is one.
func guard(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache, private")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			fail(w, http.StatusMethodNotAllowed, "this server only reads: use GET")
		case token == "" && !loopback(r.Host):
			// Another site's name that was made to point here (DNS rebinding).
			fail(w, http.StatusMisdirectedRequest, "open the dashboard by 127.0.0.1 or localhost")
		case token == "" || authorised(r, token):
			next.ServeHTTP(w, r)
		case r.URL.Path == "/" && equal(r.URL.Query().Get("token"), token):
			http.SetCookie(w, &http.Cookie{
				Name: cookie, Value: token, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
			})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			fail(w, http.StatusUnauthorized, "this dashboard needs its token: open the address that `trtnas ui` printed")
		}
	})
}

func authorised(r *http.Request, token string) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return equal(bearer, token)
	}
	c, err := r.Cookie(cookie)
	return err == nil && equal(c.Value, token)
}

// equal takes the same time wherever the texts differ, and however long they
// are.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// loopback tells whether the host of an address, with or without a port, is
// this machine itself.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
