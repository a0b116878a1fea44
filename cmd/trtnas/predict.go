package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space/reference"
)

func newPredict() *cobra.Command {
	var conditions conditionFlags
	var asJSON bool
	var id string
	c := &cobra.Command{
		Use:   "predict NETWORK",
		Short: "Predict latency and accuracy of a published or exported network",
		Long: `Predict latency and accuracy of one network by the device's model. NETWORK is
the name of a published network (see trtnas arch list) or a JSON file that
trtnas export wrote.`,
		Args: exactly("a published network's name or an exported JSON file"),
		RunE: func(c *cobra.Command, args []string) error {
			spec, err := conditions.spec()
			if err != nil {
				return err
			}
			models, err := experiments.Models(spec)
			if err != nil {
				return usage(err)
			}
			network, err := findNetwork(args[0], id)
			if err != nil {
				return usage(err)
			}
			prediction, err := experiments.Predict(c.Context(), models, network)
			if err != nil {
				return usage(err)
			}
			return write(c, asJSON, prediction)
		},
	}
	conditions.add(c)
	c.Flags().StringVar(&id, "id", "", "which network of an exported file with several")
	jsonFlag(c, &asJSON)
	return c
}

// findNetwork takes what looks like a file for one.
func findNetwork(arg, id string) (reference.Network, error) {
	if !strings.HasSuffix(arg, ".json") {
		n, err := reference.Find(arg)
		if err == nil && id != "" {
			return n, fmt.Errorf("--id chooses from an exported file, and %s is a published network", arg)
		}
		return n, err
	}
	data, err := os.ReadFile(arg)
	if errors.Is(err, fs.ErrNotExist) {
		return reference.Network{}, fmt.Errorf("%s: no such file; write one with `trtnas export RUN`", arg)
	}
	if err != nil {
		return reference.Network{}, err
	}
	var e report.Export
	if err := json.Unmarshal(data, &e); err != nil {
		return reference.Network{}, fmt.Errorf("%s: not an export of trtnas: %w", arg, err)
	}
	n, err := e.Network(id)
	if err != nil {
		return n, fmt.Errorf("%s: %w", arg, err)
	}
	return n, nil
}
