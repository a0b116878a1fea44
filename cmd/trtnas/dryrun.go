package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// preview shows what the search would do.
func (f *searchFlags) preview(c *cobra.Command, p experiments.Plan) error {
	st, err := store.OpenReadOnly(f.db)
	switch {
	case err == nil:
		defer st.Close()
	case !errors.Is(err, store.ErrNone):
		return err
	}
	plan, err := p.Preview(c.Context(), st)
	if err != nil {
		return err
	}
	return write(c, f.asJSON, plan)
}

// checkDryRun refuses what would have an effect.
func (f *searchFlags) checkDryRun() error {
	if f.dry && f.workers.queue.access.URL != "" {
		return usage(fmt.Errorf("--dry-run with --workers would start a queue, and its devices are not known: leave --workers out, and give the workers' --device"))
	}
	return nil
}
