package experiments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/space"
)

// TrainingWorker trains for the searches of a queue.
type TrainingWorker struct {
	Name        string
	Program     train.Program
	Images      string // as in train.Settings
	Checkpoints string // folder, of this worker alone
	Talk        func(text string)
	Told        func(id string, e train.Event) // of what the program tells
}

// Work trains until the context ends, and finishes what it has begun then.
func (w TrainingWorker) Work(ctx context.Context, a fleet.Access, patience time.Duration) error {
	lock, err := train.Lock(w.Checkpoints)
	if err != nil {
		return err
	}
	defer lock.Close()
	s := &school{worker: w}
	// What it trains on does not depend on these.
	if s.shown, err = w.Program.Describe(ctx, train.Settings{Images: w.Images, Epochs: 1, Resolution: 224}); err != nil {
		return err
	}
	defer s.close()
	w.Talk(fmt.Sprintf("training on %v; networks and checkpoints in %s", fleet.CourseOf(s.shown), w.Checkpoints))
	q, err := fleet.Dial(ctx, a, patience, w.Talk)
	if err != nil {
		return err
	}
	defer q.Close()
	return (&fleet.TrainingWorker{Name: w.Name, Queue: q, School: s}).Run(ctx)
}

// school trains as each job wants it.
type school struct {
	worker  TrainingWorker
	shown   evaluator.Training
	trainer *train.Trainer // for the last job's training; nil before the first
}

// Training implements fleet.School.
func (s *school) Training() evaluator.Training { return s.shown }

// Train implements fleet.School.
func (s *school) Train(ctx context.Context, t evaluator.Training, a space.Arch, until int) (evaluator.Label, error) {
	if s.trainer == nil || s.trainer.Training().Key() != t.Key() {
		if err := s.open(ctx, t); err != nil {
			return evaluator.Label{}, err
		}
	}
	return s.trainer.Train(ctx, a, until)
}

func (s *school) open(ctx context.Context, t evaluator.Training) (err error) {
	if err := s.close(); err != nil {
		return err
	}
	settings := train.Settings{Images: s.worker.Images, Epochs: t.Epochs, Resolution: t.Resolution, Seed: t.Seed}
	if s.trainer, err = train.NewTrainer(ctx, s.worker.Program, settings, forgotten{}, s.worker.Checkpoints); err != nil {
		s.trainer = nil
		return err
	}
	s.trainer.Told = s.worker.Told
	if s.trainer.Training().Key() != t.Key() {
		return errors.Join(errors.New("the images or the program changed since the worker began: start it again"), s.close())
	}
	return nil
}

func (s *school) close() error {
	if s.trainer == nil {
		return nil
	}
	t := s.trainer
	s.trainer = nil
	return t.Close()
}

// forgotten keeps no labels: the queue does.
type forgotten struct{}

func (forgotten) Label(context.Context, evaluator.Training, string, int) (*evaluator.Label, error) {
	return nil, nil
}

func (forgotten) AppendLabel(context.Context, evaluator.Training, evaluator.Label) error { return nil }

func (forgotten) TrainingTime(context.Context, evaluator.Training) (time.Duration, error) {
	return 0, nil
}

// Remotely has the workers of the queue train.
func Remotely(q *fleet.Queue) func(evaluator.Training) (train.Remote, error) {
	return func(t evaluator.Training) (train.Remote, error) { return fleet.NewTrainees(q, t) }
}
