package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
)

// errNotReady ends a diagnosis that found that nothing can be measured.
var errNotReady = errors.New("networks can't be measured on this machine")

func newDoctor() *cobra.Command {
	var conditions conditionFlags
	var tools toolFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what measuring needs, and test it",
		Long: `Look for a GPU, the ways to TensorRT and ONNX Runtime on this machine, say what is
missing and how to get it, measure a small network, and guess how long a search
would take. Exits with 1 if networks can't be measured.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			spec, err := conditions.spec()
			if err != nil {
				return err
			}
			o, err := tools.options(conditions.device)
			if err != nil {
				return err
			}
			d, err := experiments.Diagnose(c.Context(), spec, o, tools.find(), time.Now)
			if err != nil {
				return err
			}
			if err := write(c, asJSON, d); err != nil {
				return err
			}
			if !d.Ready {
				return errNotReady
			}
			return nil
		},
	}
	conditions.add(c)
	measuringOnly(c, &conditions)
	tools.add(c)
	jsonFlag(c, &asJSON)
	return c
}
