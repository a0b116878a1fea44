// Package trttest is the conformance suite of trt.Backend: what every way to
// TensorRT has to do, and the simulator too.
package trttest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// Subject is a backend under test, with a network that it builds.
type Subject struct {
	Open  func(t *testing.T) trt.Backend // anew, for each test
	Model trt.Model
	Spec  trt.Spec   // without what the device says
	Input trt.Tensor // of the model
}

// Backend runs the suite.
func Backend(t *testing.T, s Subject) {
	for name, test := range map[string]func(*testing.T, Subject, trt.Backend){
		"device":                     device,
		"one engine":                 oneEngine,
		"two engines":                twoEngines,
		"no file":                    noFile,
		"cancelled":                  cancelled,
		"closed with an engine open": closedEarly,
	} {
		t.Run(name, func(t *testing.T) {
			b := s.Open(t)
			test(t, s, b)
			if err := b.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
	}
}

func (s Subject) build(t *testing.T, b trt.Backend) trt.Engine {
	t.Helper()
	e, err := b.Build(t.Context(), s.Model, b.Device().Conditions(s.Spec))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A fingerprint says what a latency holds on.
func device(t *testing.T, s Subject, b trt.Backend) {
	d := b.Device()
	if d.Name == "" || d.Access == "" || d.Library == "" || d.Version == "" || len(d.Typings) == 0 {
		t.Fatalf("incomplete: %+v", d)
	}
	c := d.Conditions(s.Spec)
	if c.Device != d.Name || c.TensorRT == "" || c.Builder.Typing != d.Typings[0] || c.Protocol == (trt.Protocol{}) {
		t.Errorf("conditions %+v of %+v", c, d)
	}
}

func oneEngine(t *testing.T, s Subject, b trt.Backend) {
	e := s.build(t, b)
	if i := e.Info(); i.Bytes <= 0 || i.BuildTime < 0 {
		t.Errorf("engine %+v", i)
	}
	times(t, e, 7)
	first := outputs(t, e, s.Input)
	if len(first) == 0 {
		t.Error("no outputs")
	}
	for _, o := range first {
		n := 1
		for _, d := range o.Shape {
			n *= d
		}
		if n != len(o.Data) {
			t.Errorf("output %s has %d values for shape %v", o.Name, len(o.Data), o.Shape)
		}
	}
	for i, o := range outputs(t, e, s.Input) {
		if !slices.Equal(o.Data, first[i].Data) {
			t.Errorf("output %s differs for the same input", o.Name)
		}
	}
	layers, err := e.Profile(t.Context())
	if err != nil || len(layers) == 0 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	for _, l := range layers {
		if l.Name == "" || l.Time < 0 || l.Place != "" {
			t.Errorf("layer %+v", l)
		}
	}
	closes(t, e)
}

// A reference and a candidate are open at once, and timed in turns.
func twoEngines(t *testing.T, s Subject, b trt.Backend) {
	reference, candidate := s.build(t, b), s.build(t, b)
	for range 2 {
		times(t, reference, 3)
		times(t, candidate, 5)
	}
	closes(t, candidate)
	times(t, reference, 3)
	closes(t, reference)
}

// What the model's file lacks is not the device's failure.
func noFile(t *testing.T, s Subject, b trt.Backend) {
	missing := errors.New("nothing was written")
	m := trt.Model{ID: "missing", File: func(trt.Precision) (string, error) { return "", missing }, Input: s.Model.Input}
	if b.Device().Access == trt.AccessSim {
		return // it reads no files
	}
	if _, err := b.Build(t.Context(), m, b.Device().Conditions(s.Spec)); !errors.Is(err, missing) {
		t.Errorf("got %v, want %v", err, missing)
	}
}

func cancelled(t *testing.T, s Subject, b trt.Backend) {
	e := s.build(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Time(ctx, 3, time.Millisecond); !errors.Is(err, context.Canceled) {
		t.Errorf("timing: %v", err)
	}
	if _, err := b.Build(ctx, s.Model, b.Device().Conditions(s.Spec)); !errors.Is(err, context.Canceled) {
		t.Errorf("building: %v", err)
	}
	times(t, e, 3) // the device is not lost with the call
	closes(t, e)
}

// What a killed run leaves open is freed with the backend.
func closedEarly(t *testing.T, s Subject, b trt.Backend) {
	times(t, s.build(t, b), 3)
}

func times(t *testing.T, e trt.Engine, n int) {
	t.Helper()
	timing, err := e.Time(t.Context(), n, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(timing.Samples) < n || slices.Min(timing.Samples) <= 0 {
		t.Errorf("%d samples, the least %v; want %d", len(timing.Samples), slices.Min(timing.Samples), n)
	}
}

func outputs(t *testing.T, e trt.Engine, in trt.Tensor) []trt.Tensor {
	t.Helper()
	out, err := e.Outputs(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func closes(t *testing.T, e trt.Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Errorf("closing an engine: %v", err)
	}
}
