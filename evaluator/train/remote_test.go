package train

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// elsewhere trains as the fake program does, once all networks of a rung are
// there, and in another order. A network fails in its first attempt.
type elsewhere struct {
	mu     sync.Mutex
	come   *sync.Cond
	rungs  map[int]int // networks that each is to have, by their epoch
	there  map[int]int
	fails  string // ID
	asked  int
	closed bool
}

func (e *elsewhere) Close() error { e.closed = true; return nil }

func (e *elsewhere) Train(_ context.Context, a space.Arch, until, attempt int) (evaluator.Label, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	e.there[until]++
	for e.come.Broadcast(); e.there[until] < e.rungs[until]; {
		e.come.Wait()
	}
	l := evaluator.Label{ID: a.ID(), Arch: a, Epoch: until, Elapsed: time.Second}
	if l.ID == e.fails && attempt == 1 {
		l.Failure = &evaluator.Failure{Class: trt.OutOfMemory}
	} else {
		l.Top1, l.Images = fakeTop1(l.ID, until), 50
	}
	return l, nil
}

// locked is memory for many at once, in which attempts are counted as in the store.
type locked struct {
	mu sync.Mutex
	memory
}

func (l *locked) Label(ctx context.Context, t evaluator.Training, id string, epoch int) (*evaluator.Label, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.memory.Label(ctx, t, id, epoch)
}

func (l *locked) AppendLabel(ctx context.Context, t evaluator.Training, label evaluator.Label) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	label.Attempt = 1
	for _, before := range l.labels {
		if before.ID == label.ID && before.Epoch == label.Epoch {
			label.Attempt++
		}
	}
	return l.memory.AppendLabel(ctx, t, label)
}

// All networks of a rung are trained at once elsewhere, the labels are those of
// training here, and a failure that is tried again is another attempt.
func TestRemote(t *testing.T) {
	archs := someArchs(t, 9)
	other := &elsewhere{rungs: map[int]int{1: 9, 3: 3, 9: 1}, there: map[int]int{}, fails: archs[4].ID()}
	other.come = sync.NewCond(&other.mu)
	kept := &locked{}
	trainer, err := NewRemote(t.Context(), fake("good"), settings, kept, func(of evaluator.Training) (Remote, error) {
		if of.Data != "made up" || of.Epochs != settings.Epochs {
			t.Errorf("the others are asked to train %+v", of)
		}
		return other, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	trainer.Told = func(id string, e Event) { told = append(told, id+string(e.Event)) }
	rungs := Rungs(len(archs), settings.Epochs, DefaultEta)
	labels, err := trainer.Halve(t.Context(), archs, rungs)
	if err != nil {
		t.Fatal(err)
	}
	here, err := newHere(t, fake("good", archs[4].ID()), &memory{}).Halve(t.Context(), archs, rungs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range labels {
		if labels[i].ID != here[i].ID || labels[i].Epoch != here[i].Epoch || labels[i].Top1 != here[i].Top1 || (labels[i].Failure == nil) != (here[i].Failure == nil) {
			t.Errorf("network %d: %+v, and %+v where it is trained here", i, labels[i], here[i])
		}
	}
	if len(kept.labels) != 13 || len(told) != 13 || !slices.Contains(told, archs[4].ID()+string(Failed)) {
		t.Errorf("%d labels were kept, and %q told", len(kept.labels), told)
	}
	again, err := trainer.Halve(t.Context(), archs, rungs)
	for i := range again {
		again[i].Attempt = 0 // which the labels' keeper counts
	}
	if err != nil || other.asked != 13 || !reflect.DeepEqual(again, labels) {
		t.Errorf("again: %d trainings, error %v", other.asked, err)
	}
	trainer.Retry = true
	if l, err := trainer.Train(t.Context(), archs[4], 1); err != nil || l.Failure != nil || l.Top1 != fakeTop1(l.ID, 1) {
		t.Errorf("tried again: %+v, %v", l, err)
	}
	if err := trainer.Close(); err != nil || !other.closed || trainer.Folder() != "" {
		t.Errorf("closed %v, folder %q, %v", other.closed, trainer.Folder(), err)
	}
}

// A network that is asked for twice at once is trained once.
func TestRemoteTrainsOnce(t *testing.T) {
	a := someArchs(t, 1)[0]
	other := &elsewhere{there: map[int]int{}}
	other.come = sync.NewCond(&other.mu)
	trainer, err := NewRemote(t.Context(), fake("good"), settings, &locked{}, func(evaluator.Training) (Remote, error) { return other, nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Judge(t.Context(), []space.Arch{a, a, a}); err != nil || other.asked != 1 {
		t.Errorf("%d trainings, error %v", other.asked, err)
	}
}
