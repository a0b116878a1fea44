package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// TrainingJob asks for a network's accuracy after an epoch of a training. It
// carries the network itself, and nothing that a worker would run or open.
type TrainingJob struct {
	Schema   string             `json:"schema"`
	ID       string             `json:"id"` // of Arch
	Arch     space.Arch         `json:"arch"`
	Training evaluator.Training `json:"training"`
	Until    int                `json:"until"`   // epoch after which the accuracy is counted
	Attempt  int                `json:"attempt"` // from 1; a further one does not find the outcome of the one before
}

// TrainingOutcome is what became of a TrainingJob: an accuracy, or why there is none.
type TrainingOutcome struct {
	Schema   string             `json:"schema"`
	ID       string             `json:"id"`
	Training string             `json:"training"` // TrainingJob.Conditions
	Until    int                `json:"until"`
	Attempt  int                `json:"attempt"`
	Worker   string             `json:"worker"`
	Top1     float64            `json:"top1"`              // per cent
	Images   int                `json:"validation_images"` // that it was counted on
	Elapsed  time.Duration      `json:"elapsed_ns"`
	Failure  *evaluator.Failure `json:"failure,omitempty"` // of the network
}

const (
	trainingSchema = "trtnas.training-job/1"
	labelSchema    = "trtnas.training-outcome/1"
)

// Bounds of messages. A description of what is trained on has at most some 20 KB
// (train.Event).
const (
	maxTraining = 32 << 10
	maxLabel    = 8 << 10
	maxEpochs   = 100_000
	minSide     = 32 // the last stage is at 1/32
	maxAttempts = 1000
)

// Course is what has to be equal for a network to get the same label, besides
// what a job says: epochs, resolution and seed.
type Course struct {
	Program string `json:"program"`
	Data    string `json:"data"`   // name and fingerprint of the images
	Recipe  string `json:"recipe"` // with its version
	Key     string `json:"key"`    // 16 hexadecimal digits, of all of the training
}

// CourseOf is that of a training.
func CourseOf(t evaluator.Training) Course {
	t.Epochs, t.Resolution, t.Seed = 0, 0, 0
	return Course{Program: t.Program, Data: t.DataName(), Recipe: t.Recipe, Key: contentKey(t)}
}

func (c Course) String() string {
	return fmt.Sprintf("%s by %s of %s (%s)", c.Data, c.Recipe, c.Program, c.Key[:min(8, len(c.Key))])
}

func (j TrainingJob) crew() string { return CourseOf(j.Training).Key }

// Conditions names the job's training by its content: 16 hexadecimal digits.
func (j TrainingJob) Conditions() string { return contentKey(j.Training) }

func (j TrainingJob) key() string {
	return fmt.Sprintf("%s.%d.%d.%s", j.Conditions(), j.Until, j.Attempt, j.ID)
}

func (o TrainingOutcome) key() string {
	return fmt.Sprintf("%s.%d.%d.%s", o.Training, o.Until, o.Attempt, o.ID)
}

// parseTraining reads a job and refuses all that no search sends.
func parseTraining(data []byte) (TrainingJob, error) {
	var j TrainingJob
	err := decode(data, maxTraining, &j)
	if err == nil {
		err = j.validate()
	}
	if err != nil {
		return j, fmt.Errorf("training job: %w", err)
	}
	return j, nil
}

func (j TrainingJob) validate() error {
	if err := checkSchema(j.Schema, trainingSchema); err != nil {
		return err
	}
	if err := checkArch(j.Arch, j.ID); err != nil {
		return err
	}
	t := j.Training
	if err := trt.CheckInput(1, [2]int{t.Resolution, t.Resolution}); err != nil {
		return err
	}
	switch {
	case t.Resolution < minSide:
		return fmt.Errorf("images of %dx%d, need %d at least", t.Resolution, t.Resolution, minSide)
	case t.Epochs < 1 || t.Epochs > maxEpochs:
		return fmt.Errorf("%d epochs, need 1 to %d", t.Epochs, maxEpochs)
	case j.Until < 1 || j.Until > t.Epochs:
		return fmt.Errorf("until epoch %d of %d", j.Until, t.Epochs)
	case j.Attempt < 1 || j.Attempt > maxAttempts:
		return fmt.Errorf("attempt %d, need 1 to %d", j.Attempt, maxAttempts)
	}
	return nil
}

// parseLabel reads an outcome of the job and refuses one that can't be its.
func parseLabel(data []byte, j TrainingJob) (TrainingOutcome, error) {
	var o TrainingOutcome
	err := decode(data, maxLabel, &o)
	if err == nil {
		err = o.validate(j)
	}
	if err != nil {
		return o, fmt.Errorf("outcome of the training of network %s: %w", j.ID, err)
	}
	return o, nil
}

func (o TrainingOutcome) validate(j TrainingJob) error {
	if err := checkSchema(o.Schema, labelSchema); err != nil {
		return err
	}
	scored := o.Failure == nil
	switch {
	case o.key() != j.key():
		return fmt.Errorf("it is that of another job (%s, not %s)", o.key(), j.key())
	case o.Elapsed < 0:
		return fmt.Errorf("it took %v", o.Elapsed)
	case scored && (o.Top1 < 0 || o.Top1 > 100 || o.Images < 1):
		return fmt.Errorf("top-1 %v of %d images: need 0 to 100 per cent of 1 image at least", o.Top1, o.Images)
	case !scored && (o.Top1 != 0 || o.Images != 0):
		return errors.New("it has an accuracy and a failure")
	case !scored && (o.Failure.Class == "" || len(o.Failure.Message) > maxMessage):
		return errors.New("a failure needs a class, and a message that is not long")
	}
	return nil
}

// Trainees has networks trained by workers, several at once.
type Trainees struct {
	desk[TrainingJob, TrainingOutcome]
	training evaluator.Training
	course   Course
}

// NewTrainees has workers train as the training says. Closing it leaves the
// queue open.
func NewTrainees(q *Queue, t evaluator.Training) (*Trainees, error) {
	all := &Trainees{training: t, course: CourseOf(t)}
	all.queue, all.line, all.parse, all.lacks = q, &q.training, parseLabel, all.lacking
	return all, all.attend(TrainingJob{Training: t}.Conditions() + ".>")
}

// lacking says that no worker trains so.
func (t *Trainees) lacking(members []Member) string {
	if slices.ContainsFunc(members, func(m Member) bool { return m.Course != nil && *m.Course == t.course }) {
		return ""
	}
	return fmt.Sprintf("waiting for a worker that trains on %v (%s): data, program, recipe and versions must be equal; `trtnas worker --queue ADDRESS --train IMAGES` or `--train-exec PROGRAM` starts one", t.course, describeOthers(members))
}

// Train waits for the network's label after an epoch, in the given attempt. Many
// may wait at once.
func (t *Trainees) Train(ctx context.Context, a space.Arch, until, attempt int) (evaluator.Label, error) {
	l := evaluator.Label{ID: a.ID(), Arch: a, Epoch: until}
	j := TrainingJob{Schema: trainingSchema, ID: l.ID, Arch: a, Training: t.training, Until: until, Attempt: attempt}
	o, err := t.await(ctx, j, turn{over: make(chan struct{})})
	l.Top1, l.Images, l.Elapsed, l.Failure = o.Top1, o.Images, o.Elapsed, o.Failure
	return l, err
}

// School trains networks one at a time, under any settings of its course.
type School interface {
	// Training is what it trains on.
	Training() evaluator.Training
	// Train trains a network up to an epoch; its failure is part of its label. An
	// error is the school's, such as that it can't train as t says.
	Train(ctx context.Context, t evaluator.Training, a space.Arch, until int) (evaluator.Label, error)
}

// TrainingWorker trains networks of a queue.
type TrainingWorker struct {
	Name   string
	Queue  *Queue
	School School
}

// Run takes jobs until the context ends, and finishes the one that it has then.
// An error is the school's: it can train nothing any more.
func (w *TrainingWorker) Run(ctx context.Context) error {
	if err := CheckName(w.Name); err != nil {
		return err
	}
	c := CourseOf(w.School.Training())
	h := hand{
		queue: w.Queue, line: &w.Queue.training, crew: c.Key, entry: Entry{Name: w.Name, Course: &c, State: Idle},
		read: func(data []byte) (order, error) { return w.read(data, c) },
	}
	return h.run(ctx)
}

// read makes a job an order.
func (w *TrainingWorker) read(data []byte, c Course) (order, error) {
	j, err := parseTraining(data)
	if err == nil && j.crew() != c.Key {
		err = errors.New("training job: it is for another course")
	}
	blank := TrainingOutcome{Schema: labelSchema, ID: j.ID, Training: j.Conditions(), Until: j.Until, Attempt: j.Attempt, Worker: w.Name}
	return order{
		key: j.key(), network: j.ID, as: Training,
		check: func(data []byte) error { _, err := parseLabel(data, j); return err },
		refuse: func(f evaluator.Failure) any {
			o := blank
			o.Failure = &f
			return o
		},
		do: func(ctx context.Context) (any, bool, error) {
			l, err := w.School.Train(ctx, j.Training, j.Arch, j.Until)
			o := blank
			o.Top1, o.Images, o.Elapsed, o.Failure = l.Top1, l.Images, l.Elapsed, shorten(l.Failure)
			return o, l.Failure != nil, err
		},
	}, err
}
