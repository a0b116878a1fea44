// Command trtnas searches for vision networks with the best accuracy within a
// latency budget under NVIDIA TensorRT.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/compare"
	"github.com/trtnas/trtnas/experiments/export"
	"github.com/trtnas/trtnas/experiments/live"
	"github.com/trtnas/trtnas/experiments/optuna"
	"github.com/trtnas/trtnas/store"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, live.NewScreen(os.Stderr, live.Detect(os.Stderr, os.Getenv))))
}

// Exit codes.
const (
	exitFailure      = 1   // it did not work
	exitUsage        = 2   // it was asked for something impossible
	exitNothingFound = 3   // the search finished, with nothing under the budget
	exitInterrupted  = 130 // stopped by Ctrl-C, resumable
)

// usageError is an error that the user mends by another command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// errNothingFound ends a search whose front is empty.
var errNothingFound = errors.New("no network within the budget was found")

// errInterrupted is what people are told of a context that was cancelled.
var errInterrupted = errors.New("interrupted")

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := interruptible(stderr)
	defer stop()
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	code := exitCode(err)
	if code == exitInterrupted {
		err = errInterrupted
	}
	tell(stderr, wantsJSON(c, args, os.Getenv), err, code)
	return code
}

// impossible are the errors that the user mends by another command line.
var impossible = []error{store.ErrNone, store.ErrForeign, store.ErrNewer, store.ErrExists, store.ErrUnknown, export.ErrExists, compare.ErrSides, optuna.ErrExists}

func exitCode(err error) int {
	var wrong usageError
	var unusable experiments.Unusable
	switch {
	case errors.As(err, &wrong), errors.As(err, &unusable),
		slices.ContainsFunc(impossible, func(target error) bool { return errors.Is(err, target) }):
		return exitUsage
	case errors.Is(err, errNothingFound):
		return exitNothingFound
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "trtnas",
		Short: "Search for vision networks with the best accuracy within a TensorRT latency budget",
		Long: `trtnas searches for the vision network with the best accuracy within a latency
budget on a GPU, by TensorRT latency instead of FLOPs. Without a GPU it works
on a device model fitted on published measurements, and every number says
whether it was measured or predicted.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing within the budget,
130 interrupted (resume the run).`,
		Example:           "  trtnas search --budget 10ms\n  trtnas predict ResNet50",
		Version:           version().String(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              noCommand,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return fromEnvironment(c, os.Getenv) },
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetUsageTemplate(root.UsageTemplate() + environmentHelp)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w; `%s --help` lists the flags", err, c.CommandPath()))
	})
	root.AddCommand(newSearch(), newResume(), newRuns(), newFront(), newCompare(), newImportance(), newExport(), newPredict(), newMeasure(), newTrain(), newZeroCost(), newCalibrate(), newProfile(), newDoctor(), newValidate(), newValidateAccuracy(), newFit(), newArch(), newSpace(), newStudy(), newUI(), newReport(), newWorker(), newWorkers(), newDB(), newVersion(), newMan())
	return root
}

// noCommand is for commands that only have others below them.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	guess := ""
	if like := c.SuggestionsFor(args[0]); len(like) > 0 {
		guess = " (did you mean " + strings.Join(like, " or ") + "?)"
	}
	return usage(fmt.Errorf("unknown command %q%s; `%s --help` lists the commands", args[0], guess, c.CommandPath()))
}

// noArgs and exactly are cobra's checks as usage errors.
func noArgs(c *cobra.Command, args []string) error { return usage(cobra.NoArgs(c, args)) }

func exactly(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("%s needs one argument: %s", c.CommandPath(), what))
		}
		return nil
	}
}
