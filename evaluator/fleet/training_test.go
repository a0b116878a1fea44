package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// course is what the workers of these tests train.
var course = evaluator.Training{
	Source: evaluator.AccuracyTrained, Program: "p", Data: "photos", Fingerprint: "0123456789", Classes: 10, Validation: 50,
	Recipe: "r/1", Epochs: 9, Resolution: 64, Versions: map[string]string{"torch": "2"},
}

// school makes labels up: the top-1 is a function of the network, the epoch and
// the seed.
type school struct {
	of     evaluator.Training
	wait   func()
	begun  *atomic.Int32
	broken bool
}

func (s school) Training() evaluator.Training { return s.of }

func (s school) Train(_ context.Context, t evaluator.Training, a space.Arch, until int) (evaluator.Label, error) {
	if s.begun != nil {
		s.begun.Add(1)
	}
	if s.broken {
		return evaluator.Label{}, errors.New("the disk is full")
	}
	if s.wait != nil {
		s.wait()
	}
	return label(t, a, until), nil
}

func label(t evaluator.Training, a space.Arch, until int) evaluator.Label {
	l := evaluator.Label{ID: a.ID(), Arch: a, Epoch: until, Elapsed: time.Second}
	if n := int(a.ID()[0]) + until + int(t.Seed); n%7 == 0 {
		l.Failure = &evaluator.Failure{Class: trt.OutOfMemory, Message: "too much"}
	} else {
		l.Top1, l.Images = float64(n%100), t.Validation
	}
	return l
}

// trainer is a worker that runs until stop is called, which returns its error.
func (b *bench) trainer(name string, s school) (q *fleet.Queue, stop func() error) {
	b.t.Helper()
	q = b.connect()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	w := &fleet.TrainingWorker{Name: name, Queue: q, School: s}
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	b.t.Cleanup(func() { stop() })
	return q, stop
}

func (b *bench) trainees(t evaluator.Training) *fleet.Trainees {
	b.t.Helper()
	all, err := fleet.NewTrainees(b.connect(), t)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { all.Close() })
	return all
}

// trainAll has all networks trained at once and compares the labels with the
// school's.
func trainAll(ctx context.Context, t *testing.T, f *fleet.Trainees, c evaluator.Training, all []space.Arch, until int) {
	t.Helper()
	var wait sync.WaitGroup
	for _, a := range all {
		wait.Go(func() {
			got, err := f.Train(ctx, a, until, 1)
			want := label(c, a, until)
			same := (got.Failure == nil) == (want.Failure == nil) && (got.Failure == nil || *got.Failure == *want.Failure)
			got.Failure, want.Failure = nil, nil
			if err != nil || got != want || !same {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		})
	}
	wait.Wait()
}

// Labels belong to their networks, however many workers there are, and each is
// trained once.
func TestTrainingOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			b := newBench(t)
			var begun atomic.Int32
			for i := range workers {
				b.trainer(fmt.Sprint("w", i), school{of: course, wait: jitter, begun: &begun})
			}
			all := archs(t, 24)
			trainAll(t.Context(), t, b.trainees(course), course, all, 3)
			if n := int(begun.Load()); n != len(all) {
				t.Errorf("%d trainings of %d networks", n, len(all))
			}
		})
	}
}

// Epochs, resolution and seed are the job's, and have labels of their own.
func TestTrainingSettings(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	b.trainer("w", school{of: course, begun: &begun})
	other := course
	other.Epochs, other.Seed, other.Resolution = 27, 3, 96
	all := archs(t, 3)
	for range 2 { // the second time all are there
		trainAll(t.Context(), t, b.trainees(course), course, all, 9)
		trainAll(t.Context(), t, b.trainees(other), other, all, 9)
	}
	if n := begun.Load(); n != 6 {
		t.Errorf("%d trainings, want 6", n)
	}
	if _, err := b.trainees(course).Train(t.Context(), all[0], 9, 2); err != nil || begun.Load() != 7 {
		t.Errorf("another attempt: %v, %d trainings, want 7", err, begun.Load())
	}
}

// What was trained while no search was there is found by the next one.
func TestLabelWaits(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	_, stop := b.trainer("w", school{of: course, begun: &begun, wait: sleeping(patience)})
	all := archs(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	f := b.trainees(course)
	go func() {
		for begun.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := f.Train(ctx, all[0], 9, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a search that was stopped: %v", err)
	}
	if err := stop(); err != nil { // finishes what it began
		t.Fatal(err)
	}
	trainAll(t.Context(), t, f, course, all, 9) // there is no worker now
	if begun.Load() != 1 {
		t.Errorf("it was trained %d times", begun.Load())
	}
}

// A search that is stopped takes back what no worker began.
func TestTrainingWithdrawn(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := b.trainees(course).Train(ctx, archs(t, 1)[0], 9, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	var begun atomic.Int32
	b.trainer("late", school{of: course, begun: &begun})
	time.Sleep(2 * patience)
	if n := begun.Load(); n != 0 {
		t.Errorf("%d networks were trained that nobody waits for", n)
	}
}

// A network of a worker that went without a word, or can train no more, is
// trained by another.
func TestTrainingWorkerDies(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	hung := make(chan bool)
	dying, _ := b.trainer("dying", school{of: course, begun: &begun, wait: func() { <-hung }})
	t.Cleanup(func() { close(hung) })
	go func() {
		for begun.Load() == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		dying.Close()
		_, stop := b.trainer("broken", school{of: course, broken: true})
		eventually(t, func() bool { return begun.Load() == 1 })
		time.Sleep(3 * patience) // in which the broken one gets the job
		if err := stop(); err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("the broken worker ended with %v", err)
		}
		b.trainer("living", school{of: course})
	}()
	trainAll(t.Context(), t, b.trainees(course), course, archs(t, 3), 9)
}

// A training that takes longer than the patience is not given to another.
func TestLongTrainingsKeepTheirWorker(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	for _, name := range []string{"a", "b"} {
		b.trainer(name, school{of: course, begun: &begun, wait: sleeping(3 * patience)})
	}
	trainAll(t.Context(), t, b.trainees(course), course, archs(t, 1), 9)
	if begun.Load() != 1 {
		t.Errorf("it was trained %d times", begun.Load())
	}
}

// Whoever trains otherwise gets no jobs, and the search says what it waits for;
// so do searches that wait for workers that measure.
func TestOtherCourse(t *testing.T) {
	b := newBench(t)
	said := make(chan string, 100)
	b.talk = func(text string) { said <- text }
	var begun atomic.Int32
	other := course
	other.Versions = map[string]string{"torch": "3"}
	b.trainer("other", school{of: other, begun: &begun})
	q := b.connect()
	eventually(t, func() bool { m, err := q.Workers(t.Context()); return err == nil && len(m) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 10*patience)
	defer cancel()
	go func() {
		for text := range said {
			if strings.Contains(text, "waiting for a worker that trains on photos (10 classes, 01234567) by r/1 of p") && strings.Contains(text, "1 of other kinds") {
				cancel()
			}
		}
	}()
	if _, err := b.trainees(course).Train(ctx, archs(t, 1)[0], 9, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: it did not say what it waits for", err)
	}
	if begun.Load() != 0 {
		t.Error("a worker trains what is another's")
	}
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if f, err := q.Gather(ctx, func(fleet.Fingerprint) bool { return true }); err == nil {
		t.Errorf("a worker that trains is taken for a GPU: %v", f)
	}
	members, err := q.Workers(t.Context())
	if err != nil || !slices.ContainsFunc(members, func(m fleet.Member) bool { return m.Course != nil && *m.Course == fleet.CourseOf(other) }) {
		t.Errorf("%+v, %v: want the other's course", members, err)
	}
}
