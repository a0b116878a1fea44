package page

import (
	"context"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// Read reads what a page shows of a run. db is the database as the page's
// command lines name it; empty where they need not.
func Read(ctx context.Context, st *store.Store, name, db string) (Run, error) {
	w, err := experiments.NewWatch(ctx, st, name, db)
	if err != nil {
		return Run{}, err
	}
	r := Run{View: w.View(), Candidates: w.Candidates(0)}
	for _, id := range chosen(r.View) {
		n, err := w.Network(ctx, st, id)
		if err != nil {
			return Run{}, err
		}
		r.Networks = append(r.Networks, n)
	}
	return r, nil
}
