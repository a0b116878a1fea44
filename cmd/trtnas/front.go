package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/store"
)

// frontView shows a front, all of it or a selection.
type frontView struct {
	report.Front
	all bool
}

// WriteText implements view.
func (f frontView) WriteText(w io.Writer) error { return f.Front.WriteText(w, f.all) }

func newFront() *cobra.Command {
	var db string
	var asJSON, asCSV, all bool
	c := &cobra.Command{
		Use: "front RUN", Short: "Show a run's Pareto front beside published networks", Args: exactly("a run's name (trtnas runs lists them)"),
		RunE: func(c *cobra.Command, args []string) error {
			if asCSV && (asJSON || all) {
				return usage(errors.New("--csv is a form of its own and has every network: leave out --json and --all"))
			}
			front, err := readFront(c, db, args[0])
			if err != nil {
				return err
			}
			if asCSV {
				return front.WriteCSV(c.OutOrStdout())
			}
			return write(c, asJSON, frontView{front, all})
		},
	}
	dbFlag(c, &db)
	c.Flags().BoolVar(&all, "all", false, "show every network of the front")
	c.Flags().BoolVar(&asCSV, "csv", false, "write every network of the front as a table for other programs")
	jsonFlag(c, &asJSON)
	return c
}

func readFront(c *cobra.Command, db, run string) (report.Front, error) {
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return report.Front{}, err
	}
	defer st.Close()
	return experiments.Front(c.Context(), st, run)
}
