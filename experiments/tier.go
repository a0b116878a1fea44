package experiments

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments/device"
)

// AccuracyBy says where a search's accuracies come from. The zero one is the
// fitted model.
type AccuracyBy struct {
	Tier     AccuracyTier   `json:"tier"`
	Settings train.Settings `json:"settings"`
}

// AccuracyTier is a tier that trains.
type AccuracyTier string

// The tiers that train. What program an external one is is not kept, since its
// arguments may hold secrets.
const (
	ByTraining AccuracyTier = "train" // the script that comes with trtnas
	ByProgram  AccuracyTier = "exec"  // a program of the user's
)

// fractals are images that a formula makes.
const fractals = "fractals"

// Defaults of a search whose accuracies are trained: what a GPU trains in a day
// or two.
const (
	DefaultTrained           = 40
	DefaultTrainedPopulation = 10
)

// ParseAccuracy reads "predicted", "train:IMAGES" or "exec:PROGRAM ARGUMENTS".
// Epochs and the like are for the caller to add.
func ParseAccuracy(text string) (by AccuracyBy, program string, err error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case text == "predicted":
	case kind == string(ByTraining) && rest != "":
		by.Tier, by.Settings.Images = ByTraining, rest
		if name, _, _ := strings.Cut(rest, ":"); name != fractals {
			by.Settings.Images, err = filepath.Abs(rest)
		}
	case kind == string(ByProgram) && strings.TrimSpace(rest) != "":
		by.Tier, program = ByProgram, rest
	default:
		err = fmt.Errorf("%q: choose predicted, train:FOLDER, train:fractals, or exec:PROGRAM with its arguments", text)
	}
	return by, program, err
}

func (by AccuracyBy) validate(s Settings) error {
	switch by.Tier {
	case "":
		return nil
	case ByTraining, ByProgram:
	default:
		return fmt.Errorf("unknown tier of accuracy %q", by.Tier)
	}
	if s.Algorithm == Screened {
		return errors.New("a screened search believes of unknown networks what the fitted model says of ImageNet-1k, which is no belief about trained accuracies: choose another algorithm")
	}
	if !slices.Contains(s.objectives(), Accuracy) {
		return errors.New("accuracies are trained and are no objective: name accuracy among the objectives, or leave them predicted")
	}
	return by.Settings.Validate()
}

// Train has the device's accuracies come from the tier, for the networks within
// the budget and the limits: the others are compared by how far they are beyond.
func (s Settings) Train(d *device.Device, t evaluator.Tier) {
	d.Judge(t, func(r evaluator.Result) bool { return s.outcome(r).Violation == 0 })
}
