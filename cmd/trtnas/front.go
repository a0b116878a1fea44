package main

import (
	"fmt"
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
	var asJSON, all bool
	c := &cobra.Command{
		Use: "front RUN", Short: "Show a run's Pareto front beside published networks", Args: exactly("a run's name (trtnas runs lists them)"),
		RunE: func(c *cobra.Command, args []string) error {
			front, err := readFront(c, db, args[0])
			if err != nil {
				return err
			}
			return write(c, asJSON, frontView{front, all})
		},
	}
	dbFlag(c, &db)
	c.Flags().BoolVar(&all, "all", false, "show every network of the front")
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

func newExport() *cobra.Command {
	var db, under string
	var s report.Selection
	c := &cobra.Command{
		Use: "export RUN", Short: "Write networks of a run's front as JSON", Args: exactly("a run's name (trtnas runs lists them)"),
		Example: "  trtnas export trt-vit-10ms-seed0 --under 8ms --top 1 > best.json\n  trtnas predict best.json",
		RunE: func(c *cobra.Command, args []string) error {
			if under != "" {
				d, err := experiments.ParseBudget(under)
				if err != nil {
					return usage(fmt.Errorf("--under: %w", err))
				}
				s.Under = d
			}
			if s.Top < 0 {
				return usage(fmt.Errorf("--top: %d networks: give a positive number", s.Top))
			}
			front, err := readFront(c, db, args[0])
			if err != nil {
				return err
			}
			export, err := report.NewExport(front, s)
			if err != nil {
				return usage(err)
			}
			return export.WriteText(c.OutOrStdout())
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVar(&s.ID, "id", "", "only the network with this ID (its beginning will do)")
	c.Flags().StringVar(&under, "under", "", "only networks within this latency, such as 8ms")
	c.Flags().IntVar(&s.Top, "top", 0, "only so many, the most accurate first (0 is all)")
	return c
}
