package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// errDamaged ends a check that found something.
var errDamaged = errors.New("the database is damaged")

func newDB() *cobra.Command {
	c := &cobra.Command{
		Use: "db", Short: "Merge, check and recover databases", Args: noCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDBMerge(), newDBCheck(), newDBRecover())
	return c
}

func newDBMerge() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "merge INTO FROM...", Short: "Add what other databases have to one",
		Long: `Add the results, timings, labels, profiles and runs of other databases to one. What
it has already is not added again, so merging can be repeated. A network that
several measured under equal conditions keeps all timings, as sessions. A run
whose name another run has gets a number.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage(fmt.Errorf("%s needs the database to add to, and others to take from", c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			st, err := store.Open(args[0], time.Now)
			if err != nil {
				return err
			}
			defer st.Close()
			m := report.Merge{Schema: report.MergeSchema, Database: args[0]}
			for _, from := range args[1:] {
				merged, err := st.Merge(c.Context(), from, time.Now)
				if err != nil {
					return err
				}
				m.From = append(m.From, report.MergedFrom{Database: from, Merged: merged})
			}
			return write(c, asJSON, m)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newDBCheck() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check DATABASE", Short: "Read a whole database and say what is damaged", Args: exactly("a database, such as ./trtnas.db"),
		RunE: func(c *cobra.Command, args []string) error {
			check := report.Check{Schema: report.CheckSchema, Database: args[0], Faults: []string{}}
			st, err := store.OpenReadOnly(args[0])
			switch {
			case errors.Is(err, store.ErrCorrupt):
				check.Faults = []string{err.Error()}
			case err != nil:
				return err
			default:
				defer st.Close()
				faults, err := st.Audit(c.Context())
				if err != nil {
					return err
				}
				check.Faults = append(check.Faults, faults...)
			}
			if err := write(c, asJSON, check); err != nil {
				return err
			}
			if len(check.Faults) > 0 {
				return errDamaged
			}
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newDBRecover() *cobra.Command {
	var asJSON bool
	var out string
	c := &cobra.Command{
		Use: "recover DATABASE -o NEW", Short: "Save what can be read of a damaged database",
		Long: `Write all that can be read of a database to a new one. A damaged page costs the
rows on it and nothing else. Runs that miss something go on from the last
generation before it; results that are kept are not measured again. The damaged
database is left as it is.`,
		Args: exactly("a database, such as ./trtnas.db"),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return usage(errors.New("--output is missing: name the new database that is to have what is saved"))
			}
			r, err := store.Recover(c.Context(), args[0], out, time.Now)
			if err != nil {
				return err
			}
			return write(c, asJSON, report.Recovery{Schema: report.RecoverySchema, Database: out, Recovery: r})
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "new database (required)")
	jsonFlag(c, &asJSON)
	return c
}
