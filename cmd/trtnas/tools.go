package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/trt"
)

// toolFlags are the flags that say how a device is measured on.
type toolFlags struct {
	tools  device.Tools
	driver string
	index  int
	cold   bool
}

func (f *toolFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.driver, "driver", "auto", "way to TensorRT: trtexec, python, device (trtnas-device) or auto")
	c.Flags().IntVar(&f.index, "gpu", 0, "which GPU of this machine")
	f.addTools(c)
}

// addTools adds the flags that may differ when a run is resumed.
func (f *toolFlags) addTools(c *cobra.Command) {
	c.Flags().StringVar(&f.tools.Trtexec, "trtexec", "", "trtexec program (default: the one on the PATH)")
	c.Flags().StringVar(&f.tools.Python, "python", "", "Python with TensorRT's bindings or ONNX Runtime (default: python3)")
	c.Flags().StringVar(&f.tools.Program, "device-program", "", "trtnas-device program (default: the one beside trtnas)")
	c.Flags().StringVar(&f.tools.Caches, "timing-caches", "", "folder of timing caches (default: trtnas in the user's cache folder)")
	c.Flags().BoolVar(&f.cold, "cold", false, "build without a timing cache")
	c.Flags().StringVar(&f.tools.Record, "record", "", "folder to keep every measurement in as a file, for --device replay:FOLDER")
	c.Flags().BoolVar(&f.tools.Busy, "busy-gpu", false, "measure even if other programs compute on the GPU")
	c.Flags().DurationVar(&f.tools.Build, "build-limit", 10*time.Minute, "longest build of one engine")
}

func (f *toolFlags) options(name string) (device.Options, error) {
	o := device.Options{Name: name, Index: f.index}
	switch f.driver {
	case "auto":
	case "trtexec", "python":
		o.Access = trt.Access(f.driver)
	case "device":
		o.Access = trt.AccessProgram
	default:
		return o, usage(fmt.Errorf("--driver: unknown driver %q: choose trtexec, python, device or auto", f.driver))
	}
	return o, nil
}

// find completes the tools by their defaults.
func (f *toolFlags) find() device.Tools {
	t := f.tools
	if t.Caches == "" && !f.cold {
		if folder, err := os.UserCacheDir(); err == nil {
			t.Caches = filepath.Join(folder, "trtnas", "timing-caches")
		}
	}
	return t
}
