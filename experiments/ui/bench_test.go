package ui_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/trtnas/trtnas/experiments/ui"
	"github.com/trtnas/trtnas/experiments/ui/page"
	"github.com/trtnas/trtnas/store"
)

// BenchmarkLarge answers what a page of 20,000 candidates asks for, by a server
// that has just been started and by one that knows the run.
func BenchmarkLarge(b *testing.B) {
	db := filepath.Join(b.TempDir(), "runs.db")
	search(b, db, "large", settings(b, "t4", 20_000), nil)
	warm := ui.New(ui.Options{DB: db})
	warm.Prepare(context.Background())
	for _, bench := range []struct {
		name, path string
		cold       bool
	}{{"first view", "/api/view", true}, {"view", "/api/view", false}, {"candidates", "/api/candidates", false}} {
		b.Run(bench.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				h := warm
				if bench.cold {
					h = ui.New(ui.Options{DB: db})
				}
				w := get(b, h, bench.path, run("large"))
				if w.Code != 200 {
					b.Fatalf("status %d: %s", w.Code, w.Body)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// BenchmarkReport writes the page of 5,000 candidates.
func BenchmarkReport(b *testing.B) {
	db := filepath.Join(b.TempDir(), "runs.db")
	search(b, db, "five", settings(b, "t4", 5000), nil)
	st, err := store.OpenReadOnly(db)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	var text bytes.Buffer
	for b.Loop() {
		text.Reset()
		r, err := page.Read(context.Background(), st, "five", "")
		if err != nil {
			b.Fatal(err)
		}
		if err := page.HTML(&text, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(text.Len()), "bytes")
}
