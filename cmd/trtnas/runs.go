package main

import (
	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
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
			list, err := experiments.Runs(c.Context(), st)
			if err != nil {
				return err
			}
			return write(c, asJSON, list)
		},
	}
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}
