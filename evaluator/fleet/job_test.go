package fleet

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
)

func network(t testing.TB) space.Arch {
	t.Helper()
	n, err := reference.Find("TRT-ViT-C")
	if err != nil {
		t.Fatal(err)
	}
	return *n.Arch
}

func newJob(t testing.TB) Job {
	t.Helper()
	a := network(t)
	return Job{
		Schema: jobSchema, ID: a.ID(), Arch: a, Access: trt.AccessSim, Session: 1,
		Spec: trt.Spec{Device: "sim:t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier},
	}
}

func newOutcome(j Job) Outcome {
	samples := []time.Duration{time.Millisecond, time.Millisecond}
	return Outcome{
		Schema: outcomeSchema, ID: j.ID, Conditions: j.Conditions(), Session: j.Session, Worker: "w",
		Measurement: &trt.Measurement{Samples: samples, Median: trt.MedianOf(samples), Simulated: true, Checked: trt.CheckedFP32},
	}
}

func text(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJobComesBack(t *testing.T) {
	want := newJob(t)
	got, err := parseJob(text(t, want))
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if a, b := newJob(t), newJob(t); a.key() != b.key() {
		t.Errorf("equal jobs have the keys %s and %s", a.key(), b.key())
	}
}

// A worker does nothing that no search asks for.
func TestJobIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Job)
		says   string
	}{
		"schema":           {func(j *Job) { j.Schema = "trtnas.job/2" }, "use one version of trtnas"},
		"another network":  {func(j *Job) { j.ID = strings.Repeat("0", 16) }, "carries " + newJob(t).ID},
		"impossible depth": {func(j *Job) { j.Arch.Stages[0].Depth = 1e6 }, "depth 1000000"},
		"not canonical":    {func(j *Job) { j.Arch.Stages[0].K = 5 }, "not canonical"},
		"session":          {func(j *Job) { j.Session = 0 }, "session 0"},
		"batch":            {func(j *Job) { j.Spec.Batch = 1 << 30 }, "batch"},
		"resolution":       {func(j *Job) { j.Spec.Resolution[1] = -1 }, "resolution 224x-1"},
		"precision":        {func(j *Job) { j.Spec.Precision = "int8" }, "int8"},
		"output":           {func(j *Job) { j.Spec.Output = "/etc/passwd" }, "unknown output"},
	} {
		j := newJob(t)
		test.change(&j)
		if _, err := parseJob(text(t, j)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	for name, data := range map[string]string{
		"unknown field": strings.Replace(string(text(t, newJob(t))), "{", `{"command":"rm",`, 1),
		"two values":    string(text(t, newJob(t))) + "{}",
		"too long":      strings.Repeat(" ", maxJob) + string(text(t, newJob(t))),
		"no JSON":       "GIF89a",
	} {
		if j, err := parseJob([]byte(data)); err == nil {
			t.Errorf("%s: %+v was accepted", name, j)
		}
	}
}

// A search believes nothing that no worker can have measured.
func TestOutcomeIsRefused(t *testing.T) {
	j := newJob(t)
	good := newOutcome(j)
	if got, err := parseOutcome(text(t, good), j); err != nil || !reflect.DeepEqual(got, good) {
		t.Fatalf("%+v, %v; want %+v", got, err, good)
	}
	for name, test := range map[string]struct {
		change func(*Outcome)
		says   string
	}{
		"schema":           {func(o *Outcome) { o.Schema = "" }, "use one version of trtnas"},
		"another network":  {func(o *Outcome) { o.ID = "0" }, "another job"},
		"other conditions": {func(o *Outcome) { o.Conditions = "0" }, "another job"},
		"another session":  {func(o *Outcome) { o.Session = 2 }, "another job"},
		"nothing":          {func(o *Outcome) { o.Measurement = nil }, "needs a measurement or a failure"},
		"both":             {func(o *Outcome) { o.Failure = &evaluator.Failure{Class: trt.Crash} }, "not both"},
		"no class":         {func(o *Outcome) { o.Measurement, o.Failure = nil, &evaluator.Failure{} }, "needs a class"},
		"measured":         {func(o *Outcome) { o.Measurement.Simulated = false }, "simulated is false"},
		"no samples":       {func(o *Outcome) { o.Measurement.Samples = nil }, "0 samples"},
		"negative":         {func(o *Outcome) { o.Measurement.Samples[0] = -1 }, "took -1ns"},
		"no interval":      {func(o *Outcome) { o.Measurement.Median.Low = 2 * time.Second }, "a median of"},
		"time":             {func(o *Outcome) { o.Measurement.Elapsed = -1 }, "impossible"},
	} {
		o := newOutcome(j)
		test.change(&o)
		if _, err := parseOutcome(text(t, o), j); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}

// What is too long to be sent loses what is not needed, and long messages their
// ends.
func TestFit(t *testing.T) {
	j := newJob(t)
	o := newOutcome(j)
	o.Measurement.Layers = make([]trt.Layer, 30_000)
	if size(o) <= maxOutcome {
		t.Fatalf("%d bytes are not too long", size(o))
	}
	if _, err := parseOutcome(text(t, fit(o)), j); err != nil {
		t.Error(err)
	}
	long := &evaluator.Failure{Class: trt.Crash, Message: strings.Repeat("ä", maxMessage)}
	if f := shorten(long); len(f.Message) > maxMessage || !strings.HasSuffix(f.Message, "...") {
		t.Errorf("%d bytes", len(f.Message))
	}
}

func FuzzJob(f *testing.F) {
	f.Add(text(f, newJob(f)))
	f.Add([]byte(`{"schema":"trtnas.job/1","arch":{"stages":[]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJob(data)
		if err != nil {
			return
		}
		if again, err := parseJob(text(t, j)); err != nil || again != j {
			t.Errorf("%+v was accepted, and is %+v, %v when it is sent on", j, again, err)
		}
	})
}

func FuzzOutcome(f *testing.F) {
	j := newJob(f)
	f.Add(text(f, newOutcome(j)))
	f.Add(text(f, Outcome{Schema: outcomeSchema, ID: j.ID, Conditions: j.Conditions(), Session: 1, Failure: &evaluator.Failure{Class: trt.OutOfMemory}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseOutcome(data, j)
		if err != nil {
			return
		}
		if _, err := parseOutcome(text(t, o), j); err != nil {
			t.Errorf("%+v was accepted, and is not when it is sent on: %v", o, err)
		}
	})
}
