package fleet

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
)

func newTrainingJob(t testing.TB) TrainingJob {
	t.Helper()
	a := network(t)
	return TrainingJob{
		Schema: trainingSchema, ID: a.ID(), Arch: a, Until: 3, Attempt: 1,
		Training: evaluator.Training{Program: "p", Data: "d", Fingerprint: "f", Recipe: "r", Classes: 2, Validation: 1, Epochs: 9, Resolution: 64, Versions: map[string]string{"a": "1"}},
	}
}

func newLabel(j TrainingJob) TrainingOutcome {
	return TrainingOutcome{Schema: labelSchema, ID: j.ID, Training: j.Conditions(), Until: j.Until, Attempt: 1, Worker: "w", Top1: 50, Images: 100, Elapsed: time.Second}
}

func TestTrainingIsRefused(t *testing.T) {
	good := newTrainingJob(t)
	if got, err := parseTraining(text(t, good)); err != nil || !reflect.DeepEqual(got, good) {
		t.Fatalf("%+v, %v; want %+v", got, err, good)
	}
	for name, test := range map[string]struct {
		change func(*TrainingJob)
		says   string
	}{
		"schema":           {func(j *TrainingJob) { j.Schema = jobSchema }, "use one version of trtnas"},
		"another network":  {func(j *TrainingJob) { j.ID = strings.Repeat("0", 16) }, "carries " + good.ID},
		"impossible depth": {func(j *TrainingJob) { j.Arch.Stages[0].Depth = 1e6 }, "depth 1000000"},
		"epochs":           {func(j *TrainingJob) { j.Training.Epochs = maxEpochs + 1 }, "epochs, need 1 to"},
		"no epoch":         {func(j *TrainingJob) { j.Until = 0 }, "until epoch 0 of 9"},
		"beyond":           {func(j *TrainingJob) { j.Until = 10 }, "until epoch 10 of 9"},
		"attempt":          {func(j *TrainingJob) { j.Attempt = 0 }, "attempt 0"},
		"resolution":       {func(j *TrainingJob) { j.Training.Resolution = 1 << 30 }, "resolution"},
		"small":            {func(j *TrainingJob) { j.Training.Resolution = 31 }, "need 32"},
		"too long":         {func(j *TrainingJob) { j.Training.Recipe = strings.Repeat("r", maxTraining) }, "bytes, at most"},
	} {
		j := newTrainingJob(t)
		test.change(&j)
		if _, err := parseTraining(text(t, j)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	for name, data := range map[string]string{
		"unknown field": strings.Replace(string(text(t, good)), "{", `{"command":"rm",`, 1),
		"two values":    string(text(t, good)) + "{}",
		"no JSON":       "GIF89a",
	} {
		if j, err := parseTraining([]byte(data)); err == nil {
			t.Errorf("%s: %+v was accepted", name, j)
		}
	}
}

func TestLabelIsRefused(t *testing.T) {
	j := newTrainingJob(t)
	good := newLabel(j)
	if got, err := parseLabel(text(t, good), j); err != nil || got != good {
		t.Fatalf("%+v, %v; want %+v", got, err, good)
	}
	for name, test := range map[string]struct {
		change func(*TrainingOutcome)
		says   string
	}{
		"schema":           {func(o *TrainingOutcome) { o.Schema = "" }, "use one version of trtnas"},
		"another network":  {func(o *TrainingOutcome) { o.ID = "0" }, "another job"},
		"another training": {func(o *TrainingOutcome) { o.Training = "0" }, "another job"},
		"another epoch":    {func(o *TrainingOutcome) { o.Until = 9 }, "another job"},
		"another attempt":  {func(o *TrainingOutcome) { o.Attempt = 2 }, "another job"},
		"too good":         {func(o *TrainingOutcome) { o.Top1 = 100.1 }, "need 0 to 100"},
		"too bad":          {func(o *TrainingOutcome) { o.Top1 = -1 }, "need 0 to 100"},
		"no images":        {func(o *TrainingOutcome) { o.Images = 0 }, "of 0 images"},
		"time":             {func(o *TrainingOutcome) { o.Elapsed = -1 }, "it took -1ns"},
		"both":             {func(o *TrainingOutcome) { o.Failure = &evaluator.Failure{Class: "c"} }, "an accuracy and a failure"},
		"no class":         {func(o *TrainingOutcome) { o.Top1, o.Images, o.Failure = 0, 0, &evaluator.Failure{} }, "needs a class"},
	} {
		o := newLabel(j)
		test.change(&o)
		if _, err := parseLabel(text(t, o), j); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}

// Labels are comparable if all but epochs, resolution and seed is equal.
func TestCourse(t *testing.T) {
	base := newTrainingJob(t).Training
	for name, test := range map[string]struct {
		change func(*evaluator.Training)
		same   bool
	}{
		"nothing":  {func(*evaluator.Training) {}, true},
		"settings": {func(r *evaluator.Training) { r.Epochs, r.Resolution, r.Seed = 1, 32, 7 }, true},
		"data":     {func(r *evaluator.Training) { r.Fingerprint = "g" }, false},
		"recipe":   {func(r *evaluator.Training) { r.Recipe = "s" }, false},
		"program":  {func(r *evaluator.Training) { r.Program = "q" }, false},
		"versions": {func(r *evaluator.Training) { r.Versions = map[string]string{"a": "2"} }, false},
		"source":   {func(r *evaluator.Training) { r.Source = evaluator.AccuracyExternal }, false},
	} {
		other := base
		test.change(&other)
		if got := CourseOf(other) == CourseOf(base); got != test.same {
			t.Errorf("%s: same course %v, want %v", name, got, test.same)
		}
	}
}

func FuzzTraining(f *testing.F) {
	j := newTrainingJob(f)
	f.Add(text(f, j))
	f.Add([]byte(`{"schema":"trtnas.training-job/1","arch":{"stages":[]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseTraining(data)
		if err != nil {
			return
		}
		again, err := parseTraining(text(t, j))
		if err != nil || again.key() != j.key() || again.crew() != j.crew() {
			t.Errorf("%+v was accepted, and is %+v, %v when it is sent on", j, again, err)
		}
	})
}

func FuzzLabel(f *testing.F) {
	j := newTrainingJob(f)
	f.Add(text(f, newLabel(j)))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseLabel(data, j)
		if err != nil {
			return
		}
		if again, err := parseLabel(text(t, o), j); err != nil || again.key() != o.key() {
			t.Errorf("%+v was accepted, and is not when it is sent on: %v", o, err)
		}
	})
}
