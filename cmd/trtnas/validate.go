package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/latency"
)

func newValidate() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "validate", Short: "Cross-validate the latency model, FLOPs beside it", Args: noArgs,
		Long: `Print how well the latency model predicts networks that it was not fitted on:
each network left out, and each family of networks left out, beside what FLOPs
and parameters would have predicted. For accuracies see validate-accuracy.`,
		RunE: func(c *cobra.Command, _ []string) error {
			v := report.Validation{Schema: report.ValidationSchema}
			near, far, err := experiments.T4Samples()
			if err != nil {
				return err
			}
			if v.Latency, err = latency.CrossValidate(near, far, latency.T4Priors()); err != nil {
				return err
			}
			return write(c, asJSON, v)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newFit() *cobra.Command {
	var profile, out string
	c := &cobra.Command{
		Use: "fit", Short: "Fit a built-in latency profile anew on its published rows", Args: noArgs,
		Long: `Fit the constants of a built-in latency profile anew on the embedded published
rows and write it as JSON. The same rows give the same bytes: the files built into
trtnas are predictor/latency/data/t4.json and v100.json. (The accuracy model is fitted on its
rows whenever trtnas starts.)`,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := experiments.FitProfile(profile)
			if err != nil {
				return err
			}
			if out == "" {
				return p.Write(c.OutOrStdout())
			}
			f, err := os.Create(out)
			if err != nil {
				return err
			}
			if err := p.Write(f); err != nil {
				f.Close()
				return err
			}
			return f.Close()
		},
	}
	c.Flags().StringVar(&profile, "profile", "t4", "t4 or v100")
	c.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	return c
}
