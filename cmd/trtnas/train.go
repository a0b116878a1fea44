package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

type trainFlags struct {
	trainer    trainerFlags
	workers    workersFlags
	chosen     experiments.Selected
	python, db string
	retry      bool // networks whose training failed
	asJSON     bool
}

func newTrain() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train RUN",
		Short: "Train the best networks of a run's front on your images, and set what they reach beside the estimate",
		Long: `Train the most accurate networks of a run's front on a folder of images with one
folder for each class (or train/ and val/ with these), on images of fractals that
a formula makes, or by a program of yours. Successive halving stops early what
falls behind. Every label is kept with what it depends on; a training that was
stopped or killed goes on when the same command is given again.

The script that comes with trtnas wants a Python with torch, numpy and pillow, and
takes one GPU if PyTorch sees one. What a program has to do: docs/training.md.`,
		Example: "  trtnas train night --images photos --python ~/venv/bin/python\n  trtnas train night --images fractals --epochs 9 --resolution 64\n  trtnas train night --exec './submit.sh --queue a100'",
		Args:    exactly("a run's name (trtnas runs lists them)"),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	c.Flags().StringVar(&f.trainer.settings.Images, "images", "", "folder of images, fractals or fractals:CLASSESxTRAINxVALIDATION")
	c.Flags().StringVar(&f.trainer.program, "exec", "", "program with its arguments that trains in place of the script")
	f.trainer.add(c, "")
	f.workers.add(c, "train on the workers of this queue that train just so")
	c.Flags().IntVar(&f.chosen.Top, "top", 9, "networks to train, the most accurate of the front")
	c.Flags().DurationVar(&f.chosen.Under, "under", 0, "only networks with at most this latency")
	c.Flags().IntVar(&f.chosen.Eta, "eta", train.DefaultEta, "from rung to rung one of so many goes on; 0 trains all to the end")
	c.Flags().BoolVar(&f.retry, "retry", false, "train networks again whose training failed")
	c.Flags().StringVar(&f.python, "python", "", "Python with torch, numpy and pillow (default: python3)")
	dbFlag(c, &f.db)
	jsonFlag(c, &f.asJSON)
	return c
}

func (f *trainFlags) run(c *cobra.Command, name string) error {
	if f.trainer.settings.Images == "" && f.trainer.program == "" {
		return usage(errors.New("nothing to train on: give --images FOLDER, --images fractals, or --exec PROGRAM"))
	}
	if f.chosen.Top < 1 {
		return usage(fmt.Errorf("--top: %d networks: need at least 1", f.chosen.Top))
	}
	st, err := store.OpenExisting(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	if _, err := st.Run(c.Context(), name); err != nil {
		return err
	}
	queue, free, err := f.workers.open(c, f.db)
	if err != nil {
		return err
	}
	defer free()
	f.trainer.queue = queue
	defer f.trainer.close()
	t, err := f.trainer.open(c, st, f.db, f.python)
	if err != nil {
		return err
	}
	t.Retry = f.retry
	talk := c.ErrOrStderr()
	trained, err := experiments.TrainRun(c.Context(), st, t, name, f.chosen)
	if err != nil {
		if c.Context().Err() != nil {
			fmt.Fprintln(talk, "stopped; the same command goes on where it was")
			return context.Canceled
		}
		return setup(err)
	}
	if err := write(c, f.asJSON, trained); err != nil {
		return err
	}
	fmt.Fprintf(talk, "\nnext: trtnas front %s%s    the labels beside the whole front\n", name, at(f.db))
	return nil
}
