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

	"golang.org/x/sync/errgroup"

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

// Trainer trains networks, each at most once: one after the other on this
// machine, or many at once on others. It is the tier of labels.
type Trainer struct {
	program  Program
	settings Settings
	training evaluator.Training
	labels   Labels
	remote   Remote // nil trains on this machine
	folder   string // of the networks and their checkpoints, on this machine
	lock     *os.File
	cost     time.Duration
	turns    sync.Map   // of mutexes, by what only one may do at a time
	telling  sync.Mutex // one event at a time

	Told  func(id string, e Event) // of what the program tells; nil is nobody
	Retry bool                     // whether a stored failure is tried again
}

// NewTrainer asks the program what it trains on. Networks and checkpoints live
// in a folder of their own below the given one, for as long as the user likes;
// only one process at a time may work there.
func NewTrainer(ctx context.Context, p Program, s Settings, labels Labels, folder string) (*Trainer, error) {
	t, err := newTrainer(ctx, p, s, labels)
	if err != nil {
		return nil, err
	}
	if t.folder, err = filepath.Abs(filepath.Join(folder, t.training.Key())); err != nil {
		return nil, err
	}
	if t.lock, err = Lock(t.folder); err != nil {
		return nil, err
	}
	return t, nil
}

// newTrainer asks the program what it trains on.
func newTrainer(ctx context.Context, p Program, s Settings, labels Labels) (*Trainer, error) {
	if err := s.Validate(); err != nil {
		return nil, SetupError{err.Error()}
	}
	training, err := p.Describe(ctx, s)
	if err != nil {
		return nil, err
	}
	cost, err := labels.TrainingTime(ctx, training)
	return &Trainer{program: p, settings: s, training: training, labels: labels, cost: cost}, err
}

// Lock makes a folder, and lets nobody else train in it until what it returns is
// closed or the process ends, however it does.
func Lock(folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("folder of checkpoints: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock of the checkpoints: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(SetupError{fmt.Sprintf("another trtnas trains in %s: wait for it, or choose another folder", folder)}, f.Close())
	}
	return f, nil
}

// Close lets others train in the folder, or leaves the other machines.
func (t *Trainer) Close() error {
	if t.remote != nil {
		return t.remote.Close()
	}
	return t.lock.Close()
}

// Training is what the labels depend on.
func (t *Trainer) Training() evaluator.Training { return t.training }

// Folder is where checkpoints are kept; empty is on other machines.
func (t *Trainer) Folder() string { return t.folder }

// Scale implements evaluator.Tier.
func (t *Trainer) Scale() evaluator.Scale { return t.training.Scale() }

// Cost implements evaluator.Tier: the mean of what networks took under these
// conditions.
func (t *Trainer) Cost() time.Duration { return t.cost }

// Judge implements evaluator.Tier by training to the end.
func (t *Trainer) Judge(ctx context.Context, archs []space.Arch) ([]evaluator.Judgement, error) {
	labels, err := t.all(ctx, archs, t.settings.Epochs)
	if err != nil {
		return nil, err
	}
	out := make([]evaluator.Judgement, len(archs))
	for i, l := range labels {
		if out[i].Failure = l.Failure; l.Failure == nil {
			out[i].Accuracy = l.Accuracy(t.training.Source)
		}
	}
	return out, nil
}

// all trains the networks up to an epoch, and returns their labels in their
// order.
func (t *Trainer) all(ctx context.Context, archs []space.Arch, until int) ([]evaluator.Label, error) {
	labels := make([]evaluator.Label, len(archs))
	group, ctx := errgroup.WithContext(ctx)
	if t.remote == nil {
		group.SetLimit(1) // and in their order
	}
	for i, a := range archs {
		group.Go(func() (err error) {
			labels[i], err = t.Train(ctx, a, until)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return labels, nil
}

// Train trains the network up to an epoch of the schedule, unless there is a
// label of that already. The network's failure is part of its label.
func (t *Trainer) Train(ctx context.Context, a space.Arch, until int) (evaluator.Label, error) {
	defer t.turn(a.ID())()
	known, err := t.labels.Label(ctx, t.training, a.ID(), until)
	if err != nil {
		return evaluator.Label{}, err
	}
	if known != nil && (known.Failure == nil || !t.Retry) {
		return *known, nil
	}
	l, err := t.label(ctx, a, until, known)
	if err != nil {
		return l, err
	}
	// What is done is kept, even if the user is leaving at this moment.
	return l, t.labels.AppendLabel(context.WithoutCancel(ctx), t.training, l)
}

// turn waits until nobody else trains the network, or, on this machine, any: a
// training takes all of it.
func (t *Trainer) turn(id string) (over func()) {
	if t.remote == nil {
		id = ""
	}
	one, _ := t.turns.LoadOrStore(id, new(sync.Mutex))
	one.(*sync.Mutex).Lock()
	return one.(*sync.Mutex).Unlock
}

// label trains the network, of which a failed attempt may be known.
func (t *Trainer) label(ctx context.Context, a space.Arch, until int, known *evaluator.Label) (evaluator.Label, error) {
	if t.remote != nil {
		return t.ofRemote(ctx, a, until, known)
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
	return l, nil
}

// tell tells of an event, one at a time.
func (t *Trainer) tell(id string, e Event) {
	if t.Told == nil {
		return
	}
	t.telling.Lock()
	defer t.telling.Unlock()
	t.Told(id, e)
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
	return t.program.ask(ctx, Request{
		Contract: Contract, Do: Train, Settings: t.settings,
		Network: id, Folder: folder, Checkpoints: filepath.Join(folder, "checkpoints"), Until: until,
	}, func(e Event) { t.tell(id, e) })
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
