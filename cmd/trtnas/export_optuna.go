package main

import (
	"errors"
	"fmt"
	"math/rand"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/optuna"
	"github.com/trtnas/trtnas/store"
)

// The forms of an export.
const (
	formatFolders = "folders"
	formatOptuna  = "optuna"
)

// optunaFlags are those of `export --format`.
type optunaFlags struct{ format, output string }

func (f *optunaFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", formatFolders, "folders of networks, or optuna: all of the run as a storage of Optuna")
	c.Flags().StringVarP(&f.output, "output", "o", "", "file of the storage, such as run.db")
}

// check says whether a storage is asked for, and refuses flags that have no
// meaning then.
func (f *optunaFlags) check(c *cobra.Command) (asked bool, err error) {
	switch f.format {
	case formatFolders:
		if f.output != "" {
			return false, usage(errors.New("--output is the file of --format optuna: give --out for folders"))
		}
		return false, nil
	case formatOptuna:
	default:
		return false, usage(fmt.Errorf("--format: unknown format %q: choose folders or optuna", f.format))
	}
	if f.output == "" {
		return true, usage(errors.New("--output is missing: give the file of Optuna's storage, such as --output run.db"))
	}
	for _, name := range []string{"id", "under", "top", "out", "weights-seed", "dynamic-batch", "json"} {
		if c.Flags().Changed(name) {
			return true, usage(fmt.Errorf("--%s is for networks, and --format optuna writes all of the run: leave it out", name))
		}
	}
	return true, nil
}

func (f *optunaFlags) write(c *cobra.Command, db, run string) error {
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return err
	}
	defer st.Close()
	record, err := experiments.ReadRecord(c.Context(), st, run)
	if err != nil {
		return err
	}
	sittings, err := st.Sittings(c.Context(), record.Run)
	if err != nil {
		return err
	}
	study, err := optuna.NewStudy(record, sittings, rand.New(rand.NewSource(0)))
	if err != nil {
		return err
	}
	if err := optuna.Write(c.Context(), f.output, study); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), f.output)
	return err
}
