package main

import (
	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

func newRuns() *cobra.Command {
	var db string
	var asJSON bool
	c := &cobra.Command{
		Use: "runs", Short: "List the runs in the database", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			st, err := store.OpenReadOnly(db)
			if err != nil {
				return err
			}
			defer st.Close()
			runs, err := st.Runs(c.Context())
			if err != nil {
				return err
			}
			return write(c, asJSON, report.NewRunList(runs))
		},
	}
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}
