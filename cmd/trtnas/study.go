package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/study"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

type studyFlags struct {
	tools              toolFlags
	device, other      string
	db, out            string
	seeds, evaluations int
	asJSON             bool
}

func newStudy() *cobra.Command {
	var f studyFlags
	c := &cobra.Command{
		Use:   "study NAME|all",
		Short: "Ask of a device what the TRT-ViT paper found on a T4",
		Long:  studyHelp(),
		Example: "  trtnas study density\n  trtnas study all --device v100 --output results\n" +
			"  trtnas study convergence --device local --seeds 3 --evals 200",
		Args: exactly("a study's name, or all"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	c.Flags().StringVar(&f.device, "device", device.Auto, "auto, local (this machine's GPU), a device profile such as t4 or v100, sim:PROFILE or replay:FOLDER")
	c.Flags().StringVar(&f.other, "other", "", "device whose fronts transfer takes to this one (default v100, or t4 for others than t4)")
	c.Flags().IntVar(&f.seeds, "seeds", 0, "searches in each space (default 10, or 3 that measure)")
	c.Flags().IntVar(&f.evaluations, "evals", 0, "different networks to evaluate in a search (default 10000, or 200 that are measured)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "folder for the page with its tables (CSV) and plots (SVG), instead of Markdown on standard output")
	f.tools.add(c)
	dbFlag(c, &f.db)
	jsonFlag(c, &f.asJSON)
	return c
}

func studyHelp() string {
	text := `Each study asks one question of a device. Latencies are predicted or measured
as --device says, and every figure is labelled. Measurements and searches are kept
in the database: a study that was stopped goes on when the same command is given
again.

`
	for _, s := range study.All() {
		text += fmt.Sprintf("  %-12s %s\n", s.Name, s.Question)
	}
	return text
}

func (f *studyFlags) run(c *cobra.Command, name string) error {
	studies := study.All()
	if name != "all" {
		s, err := study.Find(name)
		if err != nil {
			return usage(err)
		}
		studies = []study.Study{s}
	}
	if f.seeds < 0 || f.evaluations < 0 {
		return usage(fmt.Errorf("--seeds %d, --evals %d: need 1 or more", f.seeds, f.evaluations))
	}
	st, err := store.Open(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	subject, err := f.subject(c, st)
	if err != nil {
		return err
	}
	defer subject.Close()
	var results []study.Result
	for _, s := range studies {
		r, err := s.Run(c.Context(), subject)
		if err != nil {
			return f.stopped(c, err)
		}
		results = append(results, r)
	}
	page := study.NewPage(subject, results)
	if f.out != "" {
		if err := page.Save(f.out); err != nil || !f.asJSON {
			return err
		}
	}
	return write(c, f.asJSON, page)
}

func (f *studyFlags) stopped(c *cobra.Command, err error) error {
	if c.Context().Err() == nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintln(c.ErrOrStderr(), "stopped; the same command goes on with what was found")
	return context.Canceled
}

func (f *studyFlags) subject(c *cobra.Command, st *store.Store) (*study.Subject, error) {
	if f.device == device.Auto {
		f.device = device.Preferred()
	}
	if f.other == "" {
		f.other = "t4"
		if f.device == f.other {
			f.other = "v100"
		}
	}
	s, err := study.NewSubject(c.Context(), study.Options{
		Device: f.device, Open: f.open(c, f.device), Other: f.other, OpenOther: f.open(c, f.other),
		Store: st, Seeds: f.seeds, Evaluations: f.evaluations,
		Progress: func(text string) { fmt.Fprintln(c.ErrOrStderr(), text) },
	})
	if err != nil && c.Context().Err() == nil {
		return nil, usage(err)
	}
	return s, err
}

func (f *studyFlags) open(c *cobra.Command, name string) study.Open {
	return func(ctx context.Context, spec trt.Spec) (*device.Device, error) {
		o, err := f.tools.options(name)
		if err != nil {
			return nil, err
		}
		spec.Device = name
		return device.Open(ctx, spec, o, withProfiles(c, f.tools.find(), f.db))
	}
}
