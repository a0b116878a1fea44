package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

type measureFlags struct {
	conditions conditionFlags
	tools      toolFlags
	db, id     string
	space      string
	again      bool
	asJSON     bool
	lines      bool
}

func newMeasure() *cobra.Command {
	var f measureFlags
	c := &cobra.Command{
		Use:   "measure NETWORK...",
		Short: "Build and time networks on the GPU of this machine",
		Long: `Build an engine of each network and time it on the GPU of this machine, with a
reference network before and after, and compare its outputs. NETWORK is the
name of a published network (see trtnas arch list), a JSON file that trtnas
export wrote, an ONNX file of any vision network, or "all" for all published
ones. Results are kept; what was measured under the same conditions is shown,
or measured anew with --again.

With --jsonl any optimiser can search with this device: each line of standard
input, such as {"decisions": [2, 0, ...]}, chooses a network of --space by
indices into the lists of trtnas space show --json (the width, then for each
stage depth, scale, block, mixed, r, s, k), and gets a line with its latency
and accuracy in reply. Nothing is kept then.`,
		Example: "  trtnas measure ResNet50 TRT-ViT-C\n  trtnas measure model.onnx --layers\n  trtnas measure ResNet50 --device sim:t4",
		RunE: func(c *cobra.Command, args []string) error {
			if f.lines {
				return f.serve(c, args)
			}
			if len(args) == 0 {
				return usage(fmt.Errorf("%s needs an argument: a published network's name, an exported JSON file or an ONNX file", c.CommandPath()))
			}
			return f.run(c, args)
		},
	}
	f.conditions.add(c)
	measuringOnly(c, &f.conditions)
	f.tools.add(c)
	dbFlag(c, &f.db)
	c.Flags().StringVar(&f.id, "id", "", "which network of an exported file with several")
	c.Flags().BoolVar(&f.lines, "jsonl", false, "serve as an objective function: read networks of --space from standard input, a line of JSON each")
	c.Flags().StringVar(&f.space, "space", "trt-vit", "space of the networks that --jsonl reads")
	c.Flags().BoolVar(&f.again, "again", false, "build and time anew what was measured before, in another session")
	c.Flags().BoolVar(&f.tools.tools.Layers, "layers", false, "time each layer too, in a run of its own")
	jsonFlag(c, &f.asJSON)
	return c
}

// errNotMeasured ends a command that measured less than it was asked for.
var errNotMeasured = errors.New("not measured")

func (f *measureFlags) run(c *cobra.Command, args []string) error {
	targets, err := f.targets(args)
	if err != nil {
		return usage(err)
	}
	st, err := store.Open(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	m := measurer{flags: f, c: c, st: st}
	defer func() { m.close() }()
	var failed []string
	for _, t := range targets {
		result, err := m.measure(t)
		if err != nil {
			return err
		}
		if err := write(c, f.asJSON, result); err != nil {
			return err
		}
		if result.Failure != nil {
			failed = append(failed, t.name())
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%w: %s", errNotMeasured, strings.Join(failed, ", "))
	}
	return nil
}

// serve answers lines of JSON.
func (f *measureFlags) serve(c *cobra.Command, args []string) error {
	if err := noArgs(c, args); err != nil {
		return err
	}
	s, err := space.Load(f.space)
	if err != nil {
		return usage(fmt.Errorf("--space: %w", err))
	}
	spec, err := f.conditions.spec()
	if err != nil {
		return err
	}
	m := measurer{flags: f, c: c}
	defer m.close()
	d, err := m.open(spec)
	if err != nil {
		return err
	}
	return experiments.ObjectiveFunction(c.Context(), s, d.Evaluator(), c.InOrStdin(), c.OutOrStdout())
}

// target is a network to measure: from a table, or a file.
type target struct {
	network reference.Network
	path    string
}

func (t target) name() string {
	if t.path != "" {
		return t.path
	}
	return t.network.Name
}

func (f *measureFlags) targets(args []string) ([]target, error) {
	var all []target
	for _, arg := range args {
		switch {
		case strings.HasSuffix(arg, ".onnx"):
			all = append(all, target{path: arg})
		case arg == "all":
			for _, n := range reference.All() {
				if !f.conditions.features || !n.NoPyramid {
					all = append(all, target{network: n})
				}
			}
		default:
			n, err := findNetwork(arg, f.id)
			if err != nil {
				return nil, err
			}
			all = append(all, target{network: n})
		}
	}
	return all, nil
}

// measurer keeps the device open as long as the conditions stay.
type measurer struct {
	flags  *measureFlags
	c      *cobra.Command
	st     *store.Store
	device *device.Device
	spec   trt.Spec // that the device was opened for
}

func (m *measurer) close() {
	if m.device != nil {
		m.device.Close()
		m.device = nil
	}
}

func (m *measurer) measure(t target) (report.Measured, error) {
	spec, err := m.flags.conditions.spec()
	if err != nil {
		return report.Measured{}, err
	}
	ctx := m.c.Context()
	if t.path == "" {
		d, err := m.open(spec)
		if err != nil {
			return report.Measured{}, err
		}
		return experiments.Measure(ctx, m.st, d, t.network, m.flags.again)
	}
	model, err := openModel(m.c, t.path, spec)
	if err != nil {
		return report.Measured{}, usage(err)
	}
	d, err := m.open(model.Spec(spec))
	if err != nil {
		return report.Measured{}, err
	}
	if err := model.CheckTiming(d.Conditions().Spec); err != nil {
		return report.Measured{}, usage(err)
	}
	return experiments.MeasureModel(ctx, m.st, d, model, m.flags.again)
}

func (m *measurer) open(spec trt.Spec) (*device.Device, error) {
	if m.device != nil && m.spec == spec {
		return m.device, nil
	}
	m.close()
	o, err := m.flags.tools.options(m.flags.conditions.device)
	if err != nil {
		return nil, err
	}
	d, err := openDevice(m.c, spec, o, m.flags.tools.find())
	if err != nil {
		return nil, err
	}
	if !d.Measures {
		d.Close()
		return nil, usage(fmt.Errorf("--device %s only predicts: `trtnas predict` does that; measuring needs --device local", o.Name))
	}
	fmt.Fprintf(m.c.ErrOrStderr(), "device %s: %s\n", d.Conditions().Device, d.Note)
	m.device, m.spec = d, spec
	return d, nil
}
