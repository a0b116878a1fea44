package main

import (
	"math/rand"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/importance"
	"github.com/trtnas/trtnas/store"
)

func newImportance() *cobra.Command {
	var db string
	var seed int64
	var asJSON bool
	c := &cobra.Command{
		Use: "importance RUN", Short: "Say which decisions matter for latency and accuracy", Args: exactly("a run's name (trtnas runs lists them)"),
		Long: `Say which decisions of the space matter in a run: how much of the variance of
latency and of accuracy each explains by itself, by functional ANOVA on a random
forest that is fitted on the run's networks. Where the forest can't tell how
networks are that it was not fitted on, there is not enough data.`,
		RunE: func(c *cobra.Command, args []string) error {
			st, err := store.OpenReadOnly(db)
			if err != nil {
				return err
			}
			defer st.Close()
			record, err := experiments.ReadRecord(c.Context(), st, args[0])
			if err != nil {
				return err
			}
			r, err := importance.New(record, rand.New(rand.NewSource(seed)))
			if err != nil {
				return err
			}
			return write(c, asJSON, r)
		},
	}
	dbFlag(c, &db)
	c.Flags().Int64Var(&seed, "seed", 0, "seed of the forest")
	jsonFlag(c, &asJSON)
	return c
}
