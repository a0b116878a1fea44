package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

//go:embed assets
var files embed.FS

// assets serves the pages, scripts and styles, each with a tag by its content,
// so that a browser keeps what a new version did not change.
func assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Clean(r.URL.Path)
		if name == "/" {
			name = "/index.html"
		}
		body, err := fs.ReadFile(files, "assets"+name)
		if err != nil {
			fail(w, http.StatusNotFound, "there is no such page; the dashboard is at /")
			return
		}
		sum := sha256.Sum256(body)
		send(w, r, answer{kind: kindOf(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`, body: body})
	})
}

// kinds that a machine's own table may lack or have otherwise.
var kinds = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

func kindOf(name string) string {
	if kind := kinds[path.Ext(name)]; kind != "" {
		return kind
	}
	return "application/octet-stream"
}
