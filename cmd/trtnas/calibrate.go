package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

type calibrateFlags struct {
	conditions      conditionFlags
	tools           toolFlags
	space, name, db string
	networks        int
	seed            int64
	force, asJSON   bool
}

func newCalibrate() *cobra.Command {
	var f calibrateFlags
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Fit a latency profile of the GPU of this machine",
		Long: `Measure the networks of a space that tell most about this device, fit a latency
profile on them and keep it, with its cross-validated error. Searches and
predictions then take it as --device NAME, also where there is no GPU.
Measurements are kept as they come: a calibration that was stopped goes on when
the same command is given again.`,
		Example: "  trtnas calibrate\n  trtnas calibrate --precision fp32 --batch 1 --name edge\n  trtnas profile list",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.conditions.add(c)
	measuringOnly(c, &f.conditions)
	f.tools.add(c)
	c.Flags().StringVar(&f.space, "space", "trt-vit", "built-in space (trtnas space list) or a YAML file")
	c.Flags().IntVar(&f.networks, "networks", experiments.DefaultNetworks, "networks to measure, besides a reference network")
	c.Flags().Int64Var(&f.seed, "seed", 0, "seed of the networks to choose from")
	c.Flags().StringVar(&f.name, "name", "", "name of the profile (default from device and precision)")
	c.Flags().BoolVar(&f.force, "force", false, "replace another profile of that name")
	dbFlag(c, &f.db)
	jsonFlag(c, &f.asJSON)
	return c
}

func (f *calibrateFlags) run(c *cobra.Command) error {
	spec, err := f.conditions.spec()
	if err != nil {
		return err
	}
	s, err := space.Load(f.space)
	if err != nil {
		return usage(fmt.Errorf("--space: %w", err))
	}
	o, err := f.tools.options(f.conditions.device)
	if err != nil {
		return err
	}
	d, err := openDevice(c, spec, o, withProfiles(c, f.tools.find(), f.db))
	if err != nil {
		return err
	}
	defer d.Close()
	if !d.Measures {
		return usage(fmt.Errorf("--device %s only predicts, and a profile is fitted on what was measured: give --device local", o.Name))
	}
	talk := c.ErrOrStderr()
	fmt.Fprintf(talk, "device %s: %s\n", d.Conditions().Device, d.Note)
	st, err := store.Open(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	file, err := experiments.Calibrate(c.Context(), st, d, experiments.Calibration{
		Name: f.name, Space: s, Networks: f.networks, Seed: f.seed, Replace: f.force,
		Measured: func(s experiments.CalibrationStep) { writeStep(talk, s) },
	})
	if err != nil {
		if c.Context().Err() != nil {
			fmt.Fprintln(talk, "stopped; the same command goes on with what was measured")
			return context.Canceled
		}
		return err
	}
	if err := write(c, f.asJSON, report.Profile(file)); err != nil {
		return err
	}
	fmt.Fprintf(talk, "\nnext: trtnas search --budget 10ms --device %s%s\n", file.Profile.Name, at(f.db))
	return nil
}

func writeStep(w io.Writer, s experiments.CalibrationStep) {
	if s.Failure != nil {
		fmt.Fprintf(w, "%d of %d: %s: %s: %s; another takes its place\n", s.Done, s.Networks, s.ID, s.Failure.Class, s.Failure.Message)
		return
	}
	fmt.Fprintf(w, "%d of %d: %s %.3f ms %s, %.3f expected\n", s.Done, s.Networks, s.ID, s.MS, s.Source, s.Expected)
}

// withProfiles lets --device name a profile of the database.
func withProfiles(c *cobra.Command, t device.Tools, db string) device.Tools {
	t.Profiles = experiments.StoredProfiles(c.Context(), db)
	return t
}

// at is the flag that leads to the database.
func at(db string) string {
	if db == defaultDB {
		return ""
	}
	return " --db " + db
}
