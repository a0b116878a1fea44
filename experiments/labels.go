package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
)

// Labels are results of the user's own that join the fit of the accuracy model.
// They are part of a run's settings as they were when it began, so that labels
// which come later don't change its trajectory.
type Labels struct {
	Training evaluator.Training `json:"training"`
	Networks []Labelled         `json:"networks"`
}

// Labelled is a network's label at the end of the training.
type Labelled struct {
	Arch   space.Arch `json:"arch"`
	Top1   float64    `json:"top1"` // per cent
	Images int        `json:"validation_images"`
}

// Declared is what the user says that labels are. No program can tell it from
// the images, so it has to be said.
type Declared string

// ImageNetTop1 says that labels are top-1 accuracies on ImageNet-1k's
// validation images, by a recipe like those of the published results: hundreds
// of epochs from scratch, with augmentation.
const ImageNetTop1 Declared = "imagenet-top1"

// What ImageNet-1k (ILSVRC 2012) has, and the side that the model is for.
const (
	imagenetClasses    = 1000
	imagenetValidation = 50_000
	labelResolution    = 224
)

// enoughLabels are as many as improved the order of published networks that stood
// in for a user's; two and five did not (docs/results/worth-of-labels.txt).
const enoughLabels = 10

// Warning says where the labels are too few for a search to gain from them, else
// it is empty.
func (l *Labels) Warning() string {
	if l == nil || len(l.Networks) >= enoughLabels {
		return ""
	}
	return fmt.Sprintf("%d labels join the accuracy model: fewer than %d told where a recipe's level is, but did not improve the order of networks (`trtnas validate-accuracy --worth-of-labels`); a search without them orders as well",
		len(l.Networks), enoughLabels)
}

// ReadLabels takes the labels of a training, which is named by its key, from the
// store. Only networks that were trained to the end of the schedule count.
func ReadLabels(ctx context.Context, st *store.Store, key string, what Declared) (*Labels, error) {
	all, err := st.Labels(ctx, nil)
	if err != nil {
		return nil, err
	}
	labels := &Labels{}
	for _, l := range all {
		if l.Training.Key() != key {
			continue
		}
		labels.Training = l.Training
		if l.Failure == nil && l.Epoch == l.Training.Epochs {
			labels.Networks = append(labels.Networks, Labelled{l.Arch, l.Top1, l.Images})
		}
	}
	if labels.Training.Epochs == 0 {
		return nil, Unusable{fmt.Errorf("no training %q in the database, which has %s", key, trainings(all))}
	}
	if what != ImageNetTop1 {
		return nil, Unusable{fmt.Errorf("labels %s: only top-1 accuracies on ImageNet-1k can join the accuracy model: if that is what they are, by a recipe like the published ones (hundreds of epochs from scratch, with augmentation), say so with --labels-are %s", key, ImageNetTop1)}
	}
	if err := labels.validate(); err != nil {
		return nil, Unusable{err}
	}
	return labels, nil
}

// trainings lists those of the labels, for people.
func trainings(all []store.Labelled) string {
	var lines []string
	known := map[string]bool{}
	for _, l := range all {
		if key := l.Training.Key(); !known[key] {
			known[key] = true
			lines = append(lines, fmt.Sprintf("%s (%s on %s, %d epochs at %dx%d, seed %d)", key, l.Training.Recipe, l.Training.DataName(),
				l.Training.Epochs, l.Training.Resolution, l.Training.Resolution, l.Training.Seed))
		}
	}
	return cmp.Or(strings.Join(lines, ", "), "no labels: `trtnas train` makes some")
}

// validate says what can't be ImageNet-1k's top-1 at 224x224, whatever was said.
func (l *Labels) validate() error {
	if l == nil {
		return nil
	}
	t := l.Training
	refuse := func(format string, a ...any) error {
		return fmt.Errorf("labels of training %s can't join the accuracy model: %s", t.Key(), fmt.Sprintf(format, a...))
	}
	switch {
	case t.Classes != imagenetClasses:
		return refuse("%s has %d classes and ImageNet-1k has %d; what a network reaches on other classes is on another scale, and says nothing of its top-1 there", t.DataName(), t.Classes, imagenetClasses)
	case strings.HasPrefix(t.Data, fractals):
		return refuse("they are of images that a formula made, not of ImageNet-1k")
	case t.Resolution != labelResolution:
		return refuse("they are of images of %dx%d, and the model's are of %dx%d; train with --resolution %d", t.Resolution, t.Resolution, labelResolution, labelResolution, labelResolution)
	case len(l.Networks) == 0:
		return refuse("no network was trained to the end of the schedule (%d epochs); train with --eta 0", t.Epochs)
	}
	return nil
}

// rows for the accuracy model.
func (l *Labels) rows() ([]accuracy.Row, error) {
	rows := make([]accuracy.Row, len(l.Networks))
	for i, n := range l.Networks {
		g, err := n.Arch.Lower(space.Input{Batch: 1, Height: labelResolution, Width: labelResolution})
		if err == nil {
			rows[i], err = accuracy.NewRow(n.Arch.ID(), "", g, n.Top1, n.sampling())
		}
		if err != nil {
			return nil, Unusable{fmt.Errorf("label of network %s: %w", n.Arch.ID(), err)}
		}
	}
	return rows, nil
}

// sampling is the standard deviation, in per cent, of an accuracy that was
// counted on fewer images than the published ones: these are all on the same
// 50,000, whose choice they share.
func (n Labelled) sampling() float64 {
	p := n.Top1 / 100
	return 100 * math.Sqrt(p*(1-p)*max(0, 1/float64(max(n.Images, 1))-1./imagenetValidation))
}

// Refit fits the accuracy model with the labels and says what that changed; rng
// draws bootstrap samples.
func (l *Labels) Refit(rng *rand.Rand) (report.Refit, error) {
	rows, err := l.rows()
	if err != nil {
		return report.Refit{}, err
	}
	m, r, err := accuracy.RefitWith(rows, rng)
	if err != nil {
		return report.Refit{}, err
	}
	return report.Refit{Schema: report.RefitSchema, Model: m.Title(), Training: l.Training, Refit: *r}, nil
}

// Estimator is the model that estimates the run's accuracies: the built-in one,
// or refitted with the run's labels.
func (s Settings) Estimator() (*accuracy.Model, error) {
	if s.Labels == nil {
		return accuracy.Default(), nil
	}
	rows, err := s.Labels.rows()
	if err != nil {
		return nil, err
	}
	return accuracy.Fit(append(accuracy.TrainedAlike(accuracy.Rows()), rows...))
}

// estimate has the device's accuracies come from the run's own model.
func (s Settings) estimate(d *device.Device) error {
	if s.Labels == nil {
		return nil
	}
	m, err := s.Estimator()
	if err == nil {
		d.Estimate(m)
	}
	return err
}

// validateLabels also says that a search can't have both labels in the fit and
// as the objective.
func (s Settings) validateLabels() error {
	if s.Labels != nil && s.Accuracy.Tier != "" {
		return errors.New("labels refit the accuracy model, and this search trains its networks instead: leave out one of --labels and --accuracy")
	}
	return s.Labels.validate()
}
