package main

import (
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
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/store"
)

// trainerFlags say how networks are trained. They need not be those of an
// earlier call, but for the settings, of which each set has its own labels.
type trainerFlags struct {
	settings       train.Settings
	program        string // and its arguments; empty is the script that comes with trtnas
	checkpoints    string
	limit, silence time.Duration
	memory         int64        // MiB
	queue          *fleet.Queue // whose workers train; nil trains on this machine
	opened         []func() error
}

// add adds the flags; prefix tells the settings' from others of the command.
func (f *trainerFlags) add(c *cobra.Command, prefix string) {
	c.Flags().IntVar(&f.settings.Epochs, prefix+"epochs", 27, "epochs of a whole training")
	c.Flags().IntVar(&f.settings.Resolution, prefix+"resolution", 128, "side of the images to train on")
	c.Flags().Int64Var(&f.settings.Seed, prefix+"seed", 0, "seed of the weights and of the order of the images")
	f.addTools(c)
}

// addTools adds the flags that may differ when a run is resumed.
func (f *trainerFlags) addTools(c *cobra.Command) {
	c.Flags().StringVar(&f.checkpoints, "checkpoints", "", "folder of trained networks and their checkpoints (default: the database's name and .train)")
	c.Flags().DurationVar(&f.limit, "train-limit", 0, "longest training of one network at a time (0 is no limit)")
	c.Flags().DurationVar(&f.silence, "train-silence", train.DefaultSilence, "longest that a training may say nothing")
	c.Flags().Int64Var(&f.memory, "train-memory", 0, "most MiB of the machine's memory for a training (0 is no limit)")
}

// open starts a trainer, which close ends.
func (f *trainerFlags) open(c *cobra.Command, st *store.Store, db, python string) (*train.Trainer, error) {
	p, err := f.find(python)
	if err != nil {
		return nil, err
	}
	folder := f.checkpoints
	if folder == "" {
		folder = db + ".train"
	}
	var t *train.Trainer
	if f.queue != nil {
		t, err = train.NewRemote(c.Context(), p, f.settings, st, experiments.Remotely(f.queue))
	} else {
		t, err = train.NewTrainer(c.Context(), p, f.settings, st, folder)
	}
	if err != nil {
		return nil, setup(err)
	}
	f.opened = append(f.opened, t.Close)
	w := &trainingWriter{out: c.ErrOrStderr(), now: time.Now}
	t.Told = w.write
	where := "networks and checkpoints in " + t.Folder()
	if f.queue != nil {
		where = "networks and checkpoints are the workers'"
	}
	fmt.Fprintf(w.out, "training on %s by %s; %s\n", t.Training().DataName(), t.Training().Recipe, where)
	if cost := t.Cost(); cost > 0 {
		fmt.Fprintf(w.out, "networks took %v each until now\n", cost.Round(time.Second))
	}
	return t, nil
}

func (f *trainerFlags) close() {
	for _, free := range f.opened {
		_ = free() // what is to be kept is in the database
	}
	f.opened = nil
}

// setup: that nothing can be trained is for the user to mend.
func setup(err error) error {
	if errors.As(err, new(train.SetupError)) {
		return usage(err)
	}
	return err
}

// find finds the program, and sets its limits.
func (f *trainerFlags) find(python string) (p train.Program, err error) {
	defer func() { p.Time, p.Silence, p.Memory = f.limit, f.silence, f.memory<<20 }()
	if f.program == "" {
		p, remove, err := train.Script(python)
		if err == nil {
			f.opened = append(f.opened, remove)
		}
		return p, setup(err)
	}
	words := strings.Fields(f.program)
	path, err := exec.LookPath(words[0])
	if err != nil {
		return train.Program{}, usage(fmt.Errorf("%s: not a program that can be run: %w", words[0], err))
	}
	return train.Program{Name: filepath.Base(path), Source: evaluator.AccuracyExternal, Path: path, Args: words[1:], ONNX: true}, nil
}

// accuracy reads where a search's accuracies come from.
func (f *trainerFlags) accuracy(text string) (experiments.AccuracyBy, error) {
	by, program, err := experiments.ParseAccuracy(text)
	if err != nil {
		return by, usage(fmt.Errorf("--accuracy: %w", err))
	}
	f.program = program
	if by.Tier != "" {
		f.settings.Images = by.Settings.Images
		by.Settings = f.settings
	}
	return by, nil
}

// judge has the device's accuracies come from where the run's settings say.
func (f *trainerFlags) judge(c *cobra.Command, st *store.Store, db, python string, s experiments.Settings, d *device.Device) error {
	if s.Accuracy.Tier == "" {
		return nil
	}
	t, err := f.open(c, st, db, python)
	if err != nil {
		return err
	}
	s.Train(d, t)
	return nil
}

// again does so for a run that is resumed; text is --accuracy. The device is
// closed if that fails.
func (f *trainerFlags) again(c *cobra.Command, st *store.Store, db, text, python string, s experiments.Settings, d *device.Device) error {
	f.settings = s.Accuracy.Settings
	err := error(nil)
	if text != "" {
		var by experiments.AccuracyBy
		by, f.program, err = experiments.ParseAccuracy(text)
		if err == nil && by.Tier != experiments.ByProgram {
			err = errors.New("give it only for a program of yours, as exec:PROGRAM: the rest is in the run")
		}
	}
	switch {
	case err == nil && s.Accuracy.Tier == experiments.ByProgram && f.program == "":
		err = errors.New("a program of yours trains the networks of this run, and is not stored: give it again as --accuracy 'exec:PROGRAM ARGUMENTS'")
	case err == nil && s.Accuracy.Tier != experiments.ByProgram && f.program != "":
		err = errors.New("no program of yours trains the networks of this run: leave it out")
	}
	if err == nil {
		err = f.judge(c, st, db, python, s, d)
	} else {
		err = usage(fmt.Errorf("--accuracy: %w", err))
	}
	if err != nil {
		err = errors.Join(err, d.Close())
	}
	return err
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
