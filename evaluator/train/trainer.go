package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/torch"
	"github.com/trtnas/trtnas/trt"
)

// Labels keeps labels for good.
type Labels interface {
	// Label is the last attempt's, nil if there was none.
	Label(ctx context.Context, t evaluator.Training, id string, epoch int) (*evaluator.Label, error)
	AppendLabel(ctx context.Context, t evaluator.Training, l evaluator.Label) error
	// TrainingTime is what the labels' networks took each, on average; 0 without any.
	TrainingTime(ctx context.Context, t evaluator.Training) (time.Duration, error)
}

// Trainer trains networks one after the other, each at most once. It is the
// tier of labels.
type Trainer struct {
	program  Program
	settings Settings
	training evaluator.Training
	labels   Labels
	folder   string // of the networks and their checkpoints
	lock     *os.File
	cost     time.Duration
	one      sync.Mutex // one network at a time, whoever asks: a training takes the whole machine

	Told  func(id string, e Event) // of what the program tells; nil is nobody
	Retry bool                     // whether a stored failure is tried again
}

// NewTrainer asks the program what it trains on. Networks and checkpoints live
// in a folder of their own below the given one, for as long as the user likes;
// only one process at a time may work there.
func NewTrainer(ctx context.Context, p Program, s Settings, labels Labels, folder string) (*Trainer, error) {
	if err := s.Validate(); err != nil {
		return nil, SetupError{err.Error()}
	}
	training, err := p.Describe(ctx, s)
	if err != nil {
		return nil, err
	}
	t := &Trainer{program: p, settings: s, training: training, labels: labels}
	if t.folder, err = filepath.Abs(filepath.Join(folder, training.Key())); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(t.folder, 0o755); err != nil {
		return nil, fmt.Errorf("folder of checkpoints: %w", err)
	}
	if t.lock, err = lock(filepath.Join(t.folder, "lock")); err != nil {
		return nil, err
	}
	t.cost, err = labels.TrainingTime(ctx, training)
	return t, err
}

// lock goes with the process, however that ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock of the checkpoints: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(SetupError{fmt.Sprintf("another trtnas trains in %s: wait for it, or choose another folder", filepath.Dir(path))}, f.Close())
	}
	return f, nil
}

// Close lets others train in the folder.
func (t *Trainer) Close() error { return t.lock.Close() }

// Training is what the labels depend on.
func (t *Trainer) Training() evaluator.Training { return t.training }

// Folder is where checkpoints are kept.
func (t *Trainer) Folder() string { return t.folder }

// Scale implements evaluator.Tier.
func (t *Trainer) Scale() evaluator.Scale { return t.training.Scale() }

// Cost implements evaluator.Tier: the mean of what networks took under these
// conditions.
func (t *Trainer) Cost() time.Duration { return t.cost }

// Judge implements evaluator.Tier by training to the end.
func (t *Trainer) Judge(ctx context.Context, archs []space.Arch) ([]evaluator.Judgement, error) {
	out := make([]evaluator.Judgement, len(archs))
	for i, a := range archs {
		l, err := t.Train(ctx, a, t.settings.Epochs)
		if err != nil {
			return nil, err
		}
		if out[i].Failure = l.Failure; l.Failure == nil {
			out[i].Accuracy = l.Accuracy(t.training.Source)
		}
	}
	return out, nil
}

// Train trains the network up to an epoch of the schedule, unless there is a
// label of that already. The network's failure is part of its label.
func (t *Trainer) Train(ctx context.Context, a space.Arch, until int) (evaluator.Label, error) {
	t.one.Lock()
	defer t.one.Unlock()
	known, err := t.labels.Label(ctx, t.training, a.ID(), until)
	if err != nil {
		return evaluator.Label{}, err
	}
	if known != nil && (known.Failure == nil || !t.Retry) {
		return *known, nil
	}
	l := evaluator.Label{ID: a.ID(), Arch: a, Epoch: until}
	begun := time.Now()
	event, failure, err := t.ask(ctx, a, until)
	if err != nil {
		return l, err
	}
	l.Elapsed, l.Failure = time.Since(begun), failure
	if failure == nil {
		l.Top1, l.Images = event.Top1, event.Validation
	}
	// What is done is kept, even if the user is leaving at this moment.
	return l, t.labels.AppendLabel(context.WithoutCancel(ctx), t.training, l)
}

func (t *Trainer) ask(ctx context.Context, a space.Arch, until int) (Event, *evaluator.Failure, error) {
	id := a.ID()
	folder := filepath.Join(t.folder, id)
	if err := t.write(folder, a); err != nil {
		var invalid invalidError
		if errors.As(err, &invalid) {
			return Event{}, &evaluator.Failure{Class: trt.InvalidNetwork, Message: err.Error()}, nil
		}
		return Event{}, nil, err
	}
	var tell func(Event)
	if t.Told != nil {
		tell = func(e Event) { t.Told(id, e) }
	}
	return t.program.ask(ctx, Request{
		Contract: Contract, Do: Train, Settings: t.settings,
		Network: id, Folder: folder, Checkpoints: filepath.Join(folder, "checkpoints"), Until: until,
	}, tell)
}

// invalidError tells that a network doesn't take the images.
type invalidError struct{ error }

// write writes the network as the program gets it.
func (t *Trainer) write(folder string, a space.Arch) error {
	side := t.settings.Resolution
	g, err := a.Lower(space.Input{Batch: 1, Height: side, Width: side})
	if err != nil {
		return invalidError{fmt.Errorf("images of %dx%d: %w; a greater resolution may do", side, side, err)}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if t.program.ONNX {
		if err := onnx.Export(filepath.Join(folder, "model.onnx"), g, onnx.Options{DynamicBatch: true}); err != nil {
			return err
		}
	}
	return errors.Join(
		create(filepath.Join(folder, "model.py"), func(w io.Writer) error { return torch.WriteModule(w, a, torch.Text{}) }),
		create(filepath.Join(folder, "arch.json"), func(w io.Writer) error { return json.NewEncoder(w).Encode(a) }),
	)
}

func create(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

var _ evaluator.Tier = (*Trainer)(nil)
