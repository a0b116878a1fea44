package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// trainerFlags say how networks are trained. They need not be those of an
// earlier call, but for the settings, of which each set has its own labels.
type trainerFlags struct {
	settings       train.Settings
	program        string // and its arguments; empty is the script that comes with trtnas
	checkpoints    string
	limit, silence time.Duration
	memory         int64 // MiB
	retry          bool
}

// add adds the flags; prefix tells the settings' from others of the command.
func (f *trainerFlags) add(c *cobra.Command, prefix string) {
	c.Flags().IntVar(&f.settings.Epochs, prefix+"epochs", 27, "epochs of a whole training")
	c.Flags().IntVar(&f.settings.Resolution, prefix+"resolution", 128, "side of the images to train on")
	c.Flags().Int64Var(&f.settings.Seed, prefix+"seed", 0, "seed of the weights and of the order of the images")
	c.Flags().StringVar(&f.checkpoints, "checkpoints", "", "folder of checkpoints (default: the database's name and .train)")
	c.Flags().DurationVar(&f.limit, "train-limit", 0, "longest training of one network, from one rung to the next (0 is no limit)")
	c.Flags().DurationVar(&f.silence, "silence", train.DefaultSilence, "longest that a training may say nothing")
	c.Flags().Int64Var(&f.memory, "train-memory", 0, "most MiB of the machine's memory for a training (0 is no limit)")
	c.Flags().BoolVar(&f.retry, "retry", false, "train networks again whose training failed")
}

// open starts a trainer; close ends it.
func (f *trainerFlags) open(c *cobra.Command, st *store.Store, db, python string) (t *train.Trainer, free func(), err error) {
	p, remove, err := f.find(python)
	if err != nil {
		return nil, nil, setup(err)
	}
	p.Time, p.Silence, p.Memory = f.limit, f.silence, f.memory<<20
	folder := f.checkpoints
	if folder == "" {
		folder = db + ".train"
	}
	t, err = train.NewTrainer(c.Context(), p, f.settings, st, folder)
	if err != nil {
		return nil, nil, errors.Join(setup(err), remove())
	}
	t.Retry = f.retry
	w := &trainingWriter{out: c.ErrOrStderr(), now: time.Now}
	t.Told = w.write
	return t, func() { _ = errors.Join(t.Close(), remove()) }, nil
}

// setup: that nothing can be trained is for the user to mend.
func setup(err error) error {
	if errors.As(err, new(train.SetupError)) {
		return usage(err)
	}
	return err
}

func (f *trainerFlags) find(python string) (train.Program, func() error, error) {
	if f.program == "" {
		return train.Script(python)
	}
	words := strings.Fields(f.program)
	path, err := exec.LookPath(words[0])
	if err != nil {
		return train.Program{}, nil, train.SetupError{Message: fmt.Sprintf("%s: not a program that can be run: %v", words[0], err)}
	}
	return train.Program{Name: filepath.Base(path), Source: evaluator.AccuracyExternal, Path: path, Args: words[1:], ONNX: true},
		func() error { return nil }, nil
}

// trainingWriter writes a line for each epoch, and in between every ten seconds.
type trainingWriter struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
}

func (w *trainingWriter) write(id string, e train.Event) {
	switch e.Event {
	case train.Top1, train.Done:
		fmt.Fprintf(w.out, "%s epoch %d: %.2f %% of %d images\n", id, e.Epoch, e.Top1, e.Validation)
	case train.Failed:
		fmt.Fprintf(w.out, "%s: %s\n", id, e.Class)
	case train.Progress:
		if w.now().Sub(w.last) < 10*time.Second {
			return
		}
		left := ""
		if e.ETA > 0 && e.ETA < math.MaxInt32 {
			left = fmt.Sprintf(", %v to epoch %d", time.Duration(e.ETA*float64(time.Second)).Round(time.Second), e.Epochs)
		}
		fmt.Fprintf(w.out, "%s after epoch %d: loss %.3f%s\n", id, e.Epoch, e.Loss, left)
	}
	w.last = w.now()
}

type trainFlags struct {
	trainer    trainerFlags
	chosen     experiments.Selected
	python, db string
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
	c.Flags().IntVar(&f.chosen.Top, "top", 9, "networks to train, the most accurate of the front")
	c.Flags().DurationVar(&f.chosen.Under, "under", 0, "only networks with at most this latency")
	c.Flags().IntVar(&f.chosen.Eta, "eta", train.DefaultEta, "from rung to rung one of so many goes on; 0 trains all to the end")
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
	t, free, err := f.trainer.open(c, st, f.db, f.python)
	if err != nil {
		return err
	}
	defer free()
	talk := c.ErrOrStderr()
	fmt.Fprintf(talk, "training on %s by %s; checkpoints in %s\n", t.Training().DataName(), t.Training().Recipe, t.Folder())
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
