package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

func newValidateAccuracy() *cobra.Command {
	var db, run string
	var labels labelFlags
	var asJSON, alternatives, worth bool
	c := &cobra.Command{
		Use: "validate-accuracy", Short: "Cross-validate the accuracy model, or say which networks of a front it tells apart", Args: noArgs,
		Long: `Print how well the accuracy model orders and predicts networks of families that
it was not fitted on, with its scales tuned anew without them: beside its
predecessor, FLOPs, parameters, activations, the ranks of parameters and
activations together, and zero-cost proxies; over networks of equal FLOPs and of
equal latency; by distance from the data; on pairs that differ by a small edit;
on families that it was never fitted on; and on what TRT-ViT says of its
networks. It takes some seconds.

With --run, say how many networks of that run's front the model tells apart.

With --labels, say what the results of a training of yours (trtnas train) would
change: for each network the estimate before and after, and what the model
expects of it without its result.

With --worth-of-labels, say how much such results are worth: lines of published
families stand in for a user's.`,
		Example: "  trtnas validate-accuracy\n  trtnas validate-accuracy --run trt-vit-10ms-seed0\n  trtnas validate-accuracy --labels 1a2b3c4d --labels-are imagenet-top1",
		RunE: func(c *cobra.Command, _ []string) error {
			if asked := changed(c, "run", "labels", "worth-of-labels", "alternatives"); len(asked) > 1 {
				return usage(fmt.Errorf("%s ask for different things: give one of them", strings.Join(asked, " and ")))
			}
			// The same samples in every run: the figures are to be compared.
			rng := rand.New(rand.NewPCG(1, 2))
			switch {
			case labels.given(c):
				return labels.validate(c, db, asJSON)
			case c.Flags().Changed("run"):
				return validateFront(c, db, run, asJSON)
			case worth:
				w, err := experiments.WorthOfLabels(rng)
				if err != nil {
					return err
				}
				return write(c, asJSON, w)
			}
			a, err := experiments.ValidateAccuracy(rng, alternatives)
			if err != nil {
				return err
			}
			return write(c, asJSON, a)
		},
	}
	c.Flags().StringVar(&run, "run", "", "a run's name (trtnas runs lists them)")
	c.Flags().BoolVar(&alternatives, "alternatives", false, "also judge the model with its features chosen anew without each line of families, and learnt from differences within families alone (a minute)")
	c.Flags().BoolVar(&worth, "worth-of-labels", false, "say how much results of a user's own are worth, by published ones in their place (some seconds)")
	labels.add(c)
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}

// changed are those of the flags that were given.
func changed(c *cobra.Command, names ...string) []string {
	var given []string
	for _, name := range names {
		if c.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

func validateFront(c *cobra.Command, db, run string, asJSON bool) error {
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return err
	}
	defer st.Close()
	told, err := experiments.ToldApart(c.Context(), st, run)
	if err != nil {
		return err
	}
	return write(c, asJSON, told)
}
