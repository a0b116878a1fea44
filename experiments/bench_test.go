package experiments_test

import (
	"path/filepath"
	"testing"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// BenchmarkSearch is the whole of a search of the default space, the database
// on disk included.
func BenchmarkSearch(b *testing.B) {
	s := settings(b)
	s.Evaluations, s.Population = 10_000, experiments.DefaultPopulation
	for b.Loop() {
		st, err := store.Open(filepath.Join(b.TempDir(), "x.db"), clock)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := (experiments.Lab{Store: st}).Search(ctx, plan(b, "run", s)); err != nil {
			b.Fatal(err)
		}
		st.Close()
	}
	b.ReportMetric(float64(b.N*s.Evaluations)/b.Elapsed().Seconds(), "networks/s")
}
