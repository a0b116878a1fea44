package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/store"
)

// labelFlags name results of the user's own that join the fit of the accuracy
// model.
type labelFlags struct{ training, are string }

func (f *labelFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.training, "labels", "", "refit the accuracy model with the database's labels of this training (labels_overview lists them; an unknown one is answered with those that are there)")
	c.Flags().StringVar(&f.are, "labels-are", "", "what these labels are, which has to be said: "+string(experiments.ImageNetTop1))
}

// given tells whether either flag is.
func (f *labelFlags) given(c *cobra.Command) bool { return len(changed(c, "labels", "labels-are")) > 0 }

// read takes the labels from the database; nil if none were asked for.
func (f *labelFlags) read(c *cobra.Command, db string) (*experiments.Labels, error) {
	if !f.given(c) {
		return nil, nil
	}
	if f.training == "" {
		given := strings.Join(changed(c, "labels", "labels-are"), " and ")
		return nil, usage(fmt.Errorf("%s without a training: name it with --labels, as `trtnas train` names it with its checkpoints", given))
	}
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return experiments.ReadLabels(c.Context(), st, f.training, experiments.Declared(f.are))
}

// validate says what the labels change.
func (f *labelFlags) validate(c *cobra.Command, db string, asJSON bool) error {
	labels, err := f.read(c, db)
	if err != nil {
		return err
	}
	// The same samples in every run, as for the model itself.
	r, err := labels.Refit(rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		return err
	}
	return write(c, asJSON, r)
}
