package main

import (
	"fmt"
	"strconv"
	"strings"

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
	h, w, err := parseResolution(f.resolution)
	if err != nil {
		return trt.Spec{}, usage(fmt.Errorf("--resolution: %w", err))
	}
	if f.batch < 1 || f.batch > maxBatch {
		return trt.Spec{}, usage(fmt.Errorf("--batch: %d, need 1 to %d", f.batch, maxBatch))
	}
	s := trt.Spec{Device: f.device, Precision: precision, Batch: f.batch, Resolution: [2]int{h, w}, Output: trt.Classifier}
	if f.features {
		s.Output = trt.Features
	}
	return s, nil
}

// Beyond these no GPU of today has the memory; they catch mistyped numbers.
const (
	maxBatch = 4096
	maxSide  = 8192
)

// parseResolution reads "800x1333" or "224".
func parseResolution(s string) (h, w int, err error) {
	a, b, two := strings.Cut(s, "x")
	if !two {
		b = a
	}
	h, errH := strconv.Atoi(a)
	w, errW := strconv.Atoi(b)
	if errH != nil || errW != nil || h < 1 || w < 1 || h > maxSide || w > maxSide {
		return 0, 0, fmt.Errorf("%q is no size: write HEIGHTxWIDTH such as 224x224, up to %d", s, maxSide)
	}
	return h, w, nil
}
