package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/trt"
)

// conditionFlags are the flags that say under which conditions latencies are
// wanted.
type conditionFlags struct {
	device, resolution, precision string
	batch                         int
	features                      bool
}

func (f *conditionFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.device, "device", device.Auto, "auto, local (this machine's GPU), a device profile such as t4, sim:PROFILE or replay:FOLDER")
	c.Flags().IntVar(&f.batch, "batch", 8, "images a batch")
	c.Flags().StringVar(&f.resolution, "resolution", "224x224", "input as HEIGHTxWIDTH, or one number")
	c.Flags().StringVar(&f.precision, "precision", "fp16", "fp16 or fp32")
	c.Flags().BoolVar(&f.features, "features", false, "time the backbone's feature pyramid instead of the classifier")
}

// measuringOnly makes the GPU of this machine the default of a command that
// can't do with a model.
func measuringOnly(c *cobra.Command, f *conditionFlags) {
	flag := c.Flags().Lookup("device")
	f.device, flag.DefValue, flag.Usage = device.Local, device.Local, "local, sim:PROFILE or replay:FOLDER"
}

// spec reads the flags. The device stays as it was asked for.
func (f *conditionFlags) spec() (trt.Spec, error) {
	precision, err := trt.ParsePrecision(f.precision)
	if err != nil {
		return trt.Spec{}, usage(fmt.Errorf("--precision: %w", err))
	}
	resolution, err := trt.ParseResolution(f.resolution)
	if err != nil {
		return trt.Spec{}, usage(fmt.Errorf("--resolution: %w", err))
	}
	if err := trt.CheckInput(f.batch, resolution); err != nil {
		return trt.Spec{}, usage(fmt.Errorf("--batch: %w", err))
	}
	s := trt.Spec{Device: f.device, Precision: precision, Batch: f.batch, Resolution: resolution, Output: trt.Classifier}
	if f.features {
		s.Output = trt.Features
	}
	return s, nil
}
