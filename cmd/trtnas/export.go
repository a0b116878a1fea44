package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/export"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space/reference"
)

// exportFlags say what to write of a network.
type exportFlags struct {
	out  string
	seed uint64
	open bool
}

func (f *exportFlags) add(c *cobra.Command, folder string) {
	c.Flags().StringVar(&f.out, "out", "", "folder for the networks' folders ("+folder+")")
	c.Flags().Uint64Var(&f.seed, "weights-seed", 0, "seed of the untrained weights")
	c.Flags().BoolVar(&f.open, "dynamic-batch", false, "leave the batch of the ONNX models open")
}

func (f *exportFlags) folder(dir string, n export.Network) error {
	o := export.Options{DynamicBatch: f.open}
	o.Weights.Seed = f.seed
	return export.Folder(dir, n, o)
}

func newExport() *cobra.Command {
	var f exportFlags
	var storage optunaFlags
	var db, under string
	var s report.Selection
	var asJSON bool
	c := &cobra.Command{
		Use: "export RUN", Short: "Write networks of a run's front as ONNX and PyTorch", Args: exactly("a run's name (trtnas runs lists them)"),
		Long: `Write networks of a run's front, each as a folder: ONNX in fp32 and fp16, a
PyTorch module that needs nothing but torch, weights, the architecture, and a
README with the figures and how to time it. The weights are untrained. Prints
the folders' names.

--format optuna writes the whole run as a storage that Optuna and its dashboard
open.`,
		Example: "  trtnas export trt-vit-10ms-seed0 --under 8ms\n  trtnas export trt-vit-10ms-seed0 --format optuna -o run.db\n  trtnas export trt-vit-10ms-seed0 --top 0 --json > front.json",
		RunE: func(c *cobra.Command, args []string) error {
			if asked, err := storage.check(c); err != nil {
				return err
			} else if asked {
				return storage.write(c, db, args[0])
			}
			if under != "" {
				d, err := experiments.ParseBudget(under)
				if err != nil {
					return usage(fmt.Errorf("--under: %w", err))
				}
				s.Under = d
			}
			if s.Top < 0 {
				return usage(fmt.Errorf("--top: %d networks: give a positive number, or 0 for all", s.Top))
			}
			front, err := readFront(c, db, args[0])
			if err != nil {
				return err
			}
			e, err := report.NewExport(front, s)
			if err != nil {
				return usage(err)
			}
			if asJSON {
				return e.WriteText(c.OutOrStdout())
			}
			if f.out == "" {
				f.out = args[0]
			}
			return f.folders(c, e)
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVar(&s.ID, "id", "", "only the network with this ID (its beginning will do)")
	c.Flags().StringVar(&under, "under", "", "only networks within this latency, such as 8ms")
	c.Flags().IntVar(&s.Top, "top", 1, "only so many, the most accurate first (0 is all)")
	f.add(c, "default the run's name")
	storage.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write the architectures as JSON to standard output instead")
	return c
}

// folders writes each network of the export.
func (f *exportFlags) folders(c *cobra.Command, e report.Export) error {
	for _, p := range e.Networks {
		n, err := e.Network(p.ID)
		if err != nil {
			return err
		}
		dir := filepath.Join(f.out, p.ID)
		if err := f.folder(dir, export.Network{Network: n, Point: p, Conditions: e.Conditions, Run: e.Run}); err != nil {
			return err
		}
		if err := write(c, false, report.NewFiles(dir)); err != nil {
			return err
		}
	}
	return nil
}

func newArchExport() *cobra.Command {
	var f exportFlags
	var conditions conditionFlags
	var asJSON bool
	c := &cobra.Command{
		Use: "export NETWORK", Short: "Write a published network as ONNX, and as PyTorch where a space has it", Args: exactly("a network's name"),
		RunE: func(c *cobra.Command, args []string) error {
			spec, err := conditions.spec()
			if err != nil {
				return err
			}
			n, err := reference.Find(args[0])
			if err != nil {
				return usage(err)
			}
			models, err := device.Models(spec)
			if err != nil {
				return usage(err)
			}
			p, err := experiments.Predict(c.Context(), models, n)
			if err != nil {
				return usage(err)
			}
			if f.out == "" {
				f.out = "."
			}
			dir := filepath.Join(f.out, n.Name)
			if err := f.folder(dir, export.Network{Network: n, Point: p.Point, Conditions: p.Conditions}); err != nil {
				return err
			}
			return write(c, asJSON, report.NewFiles(dir))
		},
	}
	conditions.add(c)
	f.add(c, "default is here")
	jsonFlag(c, &asJSON)
	return c
}
