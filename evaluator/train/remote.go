package train

import (
	"context"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// Remote trains networks on other machines, many at once.
type Remote interface {
	// Train returns the network's label after an epoch. A further attempt, counted
	// from 1, trains again what failed in the one before.
	Train(ctx context.Context, a space.Arch, until, attempt int) (evaluator.Label, error)
	Close() error
}

// NewRemote has others train what the program, which is here too, would train:
// it says what the labels depend on, and open finds those who train just so.
func NewRemote(ctx context.Context, p Program, s Settings, labels Labels, open func(evaluator.Training) (Remote, error)) (*Trainer, error) {
	t, err := newTrainer(ctx, p, s, labels)
	if err != nil {
		return nil, err
	}
	if t.remote, err = open(t.training); err != nil {
		return nil, err
	}
	return t, nil
}

// ofRemote has a network trained elsewhere, and tells of its end.
func (t *Trainer) ofRemote(ctx context.Context, a space.Arch, until int, known *evaluator.Label) (evaluator.Label, error) {
	attempt := 1
	if known != nil {
		attempt = known.Attempt + 1
	}
	l, err := t.remote.Train(ctx, a, until, attempt)
	switch {
	case err != nil:
	case l.Failure != nil:
		t.tell(l.ID, Event{Event: Failed, Class: l.Failure.Class, Message: l.Failure.Message})
	default:
		t.tell(l.ID, Event{Event: Done, Epoch: l.Epoch, Top1: l.Top1, Validation: l.Images})
	}
	return l, err
}
