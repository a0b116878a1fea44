package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/store"
)

// timeLimits stop a run that can be resumed.
type timeLimits struct {
	wall, device time.Duration
}

func (l *timeLimits) add(c *cobra.Command) {
	c.Flags().DurationVar(&l.wall, "time", 0, "stop after this long, resumable (0 is no limit)")
	c.Flags().DurationVar(&l.device, "device-time", 0, "stop when the device was used for this long, resumable (0 is no limit)")
}

// lab is a laboratory that keeps to the limits, and the context of its run. What
// is measured when time is up is lost, what was measured is not.
func (l timeLimits) lab(c *cobra.Command, st *store.Store) (experiments.Lab, context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.Context())
	if l.wall > 0 {
		ctx, cancel = context.WithTimeout(c.Context(), l.wall)
	}
	used := time.Duration(0)
	lab := experiments.Lab{Store: st, Measured: func(r evaluator.Result) {
		if r.Measurement != nil {
			used += r.Measurement.Elapsed
		}
		if l.device > 0 && used >= l.device {
			cancel()
		}
	}}
	return lab, ctx, cancel
}

func newResume() *cobra.Command {
	var db string
	var limits timeLimits
	var asJSON bool
	var tools toolFlags
	var accuracy string
	var trainer trainerFlags
	var workers workersFlags
	c := &cobra.Command{
		Use: "resume RUN", Short: "Go on with a run that was stopped or killed", Args: exactly("a run's name (trtnas runs lists them)"),
		RunE: func(c *cobra.Command, args []string) error {
			st, err := store.OpenExisting(db, time.Now)
			if err != nil {
				return err
			}
			defer st.Close()
			defer trainer.close()
			found := withProfiles(c, tools.find(), db)
			queue, free, err := workers.open(c, db)
			if err != nil {
				return err
			}
			defer free()
			found.Workers, trainer.queue = queue, queue
			lab, ctx, cancel := limits.lab(c, st)
			defer cancel()
			if lab.Scorer, err = scorerOfRun(c, st, tools.tools.Python, args[0]); err != nil {
				return err
			}
			defer closeScorer(lab.Scorer)
			unwatch, err := watchStored(c, &lab, st, args[0], db)
			if err != nil {
				return err
			}
			end, err := lab.Resume(ctx, args[0], func(_ context.Context, s experiments.Settings) (*device.Device, error) {
				d, err := openDevices(c, s.Wanted(), found)
				if err != nil {
					return nil, err
				}
				return d, trainer.again(c, st, db, accuracy, tools.tools.Python, s, d)
			})
			unwatch()
			if err != nil {
				return err
			}
			return conclude(c, st, args[0], db, end, asJSON)
		},
	}
	dbFlag(c, &db)
	tools.addTools(c)
	workers.add(c, measureOnWorkers)
	c.Flags().StringVar(&accuracy, "accuracy", "", "exec:PROGRAM with its arguments, of a run whose accuracies a program of yours trains")
	trainer.addTools(c)
	limits.add(c)
	jsonFlag(c, &asJSON)
	return c
}

// conclude shows where the run stands and what to do next.
func conclude(c *cobra.Command, st *store.Store, name, db string, end search.End, asJSON bool) error {
	at, talk := atDB(db), c.ErrOrStderr()
	if end == search.Stopped {
		fmt.Fprintf(talk, "stopped; `trtnas resume %s%s` goes on\n", name, at)
		if c.Context().Err() != nil {
			return context.Canceled
		}
		if !asJSON {
			return nil
		}
	}
	if end == search.Exhausted {
		fmt.Fprintf(talk, "the search met every network that it could reach and ended early\n")
	}
	front, err := experiments.Front(context.WithoutCancel(c.Context()), st, name)
	if err != nil {
		return err
	}
	if err := write(c, asJSON, frontView{front, false}); err != nil || end == search.Stopped {
		return err
	}
	if len(front.Points) == 0 {
		return nothingFound(front)
	}
	fmt.Fprintf(talk, "\nnext: trtnas export %s%s         the best network as ONNX and PyTorch\n      trtnas front %s%s --all    the whole front\n", name, at, name, at)
	return nil
}

// nothingFound says why a front may be empty, and what to do.
func nothingFound(f report.Front) error {
	among, do := fmt.Sprint(f.Evaluated), "raise --budget or --evals"
	if f.Rejected > 0 {
		among += fmt.Sprintf(", of which %d are outside the range of published networks that the accuracy model was fitted on", f.Rejected)
	}
	if f.Guarded && (f.Rejected > 0 || f.Evaluated == 0) {
		do += ", or let networks outside the accuracy model's range compete by --extrapolate"
	}
	return fmt.Errorf("%w among %s: %s", errNothingFound, among, do)
}
