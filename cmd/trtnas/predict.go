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
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
)

func newPredict() *cobra.Command {
	var conditions conditionFlags
	var asJSON bool
	var id, db string
	c := &cobra.Command{
		Use:   "predict NETWORK",
		Short: "Predict latency and accuracy of a published or exported network",
		Long: `Predict latency and accuracy of one network by the device's model. NETWORK is
the name of a published network (see trtnas arch list), a JSON file that
trtnas export wrote, or an ONNX file of any vision network. An ONNX file is
predicted for the batch and resolution that it is made for; --batch and
--resolution serve where it leaves them open.`,
		Example: "  trtnas predict ResNet50\n  trtnas predict model.onnx",
		Args:    exactly("a published network's name, an exported JSON file or an ONNX file"),
		RunE: func(c *cobra.Command, args []string) error {
			spec, err := conditions.spec()
			if err != nil {
				return err
			}
			profiles := experiments.StoredProfiles(c.Context(), db)
			if strings.HasSuffix(args[0], ".onnx") {
				prediction, err := predictModel(c, args[0], spec, profiles)
				if err != nil {
					return usage(err)
				}
				return write(c, asJSON, prediction)
			}
			models, err := profiles.Models(spec)
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
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}

func predictModel(c *cobra.Command, path string, asked trt.Spec, profiles device.Profiles) (report.Prediction, error) {
	for _, flag := range []string{"id", "features"} {
		if c.Flags().Changed(flag) {
			return report.Prediction{}, fmt.Errorf("--%s: an ONNX file has one network with outputs of its own; leave the flag out", flag)
		}
	}
	m, err := openModel(c, path, asked)
	if err != nil {
		return report.Prediction{}, err
	}
	models, err := profiles.Models(m.Spec(asked))
	if err != nil {
		return report.Prediction{}, err
	}
	return experiments.PredictModel(models, m)
}

// openModel reads a model's file; flags that contradict it are an error.
func openModel(c *cobra.Command, path string, asked trt.Spec) (experiments.ModelFile, error) {
	m, err := experiments.ReadModel(path, asked)
	if errors.Is(err, fs.ErrNotExist) {
		return experiments.ModelFile{}, fmt.Errorf("%s: no such file", path)
	}
	if err != nil {
		return experiments.ModelFile{}, err
	}
	spec := m.Spec(asked)
	if c.Flags().Changed("batch") && spec.Batch != asked.Batch {
		return experiments.ModelFile{}, fmt.Errorf("--batch %d: %s is for batches of %d: leave the flag out, or export the model with that batch or an open one", asked.Batch, path, spec.Batch)
	}
	if c.Flags().Changed("resolution") && spec.Resolution != asked.Resolution {
		return experiments.ModelFile{}, fmt.Errorf("--resolution: %s is for images of %dx%d: leave the flag out, or export the model for the other", path, spec.Resolution[0], spec.Resolution[1])
	}
	return m, nil
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
