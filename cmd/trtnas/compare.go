package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/compare"
	"github.com/trtnas/trtnas/store"
)

// comparisonView shows a comparison, with all networks or a selection.
type comparisonView struct {
	compare.Comparison
	all bool
}

// WriteText implements view.
func (v comparisonView) WriteText(w io.Writer) error { return v.Comparison.WriteText(w, v.all) }

func newCompare() *cobra.Command {
	var db string
	var asJSON, all bool
	c := &cobra.Command{
		Use: "compare RUN RUN", Short: "Compare two runs, or two searches over several seeds",
		Long: `Compare two runs: first in what their conditions and settings differ, then the
hypervolume of their fronts, then how long the same networks take in both.
RUN may be a pattern such as 'nsga2-seed*' for runs that differ in their seed
alone: only several seeds tell a difference from chance. A difference that
chance or the intervals explain is shown as ~.`,
		Example: "  trtnas compare trt-vit-10ms-seed0 open-10ms-seed0\n  trtnas compare 'nsga2-seed*' 'random-seed*'",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(fmt.Errorf("%s needs two arguments: names of runs, or patterns such as 'nsga2-seed*' (trtnas runs lists them)", c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			st, err := store.OpenReadOnly(db)
			if err != nil {
				return err
			}
			defer st.Close()
			a, err := compare.ReadSide(c.Context(), st, args[0])
			if err != nil {
				return err
			}
			b, err := compare.ReadSide(c.Context(), st, args[1])
			if err != nil {
				return err
			}
			found, err := compare.New(c.Context(), st, a, b)
			if err != nil {
				return err
			}
			return write(c, asJSON, comparisonView{found, all})
		},
	}
	dbFlag(c, &db)
	c.Flags().BoolVar(&all, "all", false, "show every network that both have")
	jsonFlag(c, &asJSON)
	return c
}
