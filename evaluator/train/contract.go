// Package train gives networks the accuracy that they reach in training, by a
// program that is asked over a small contract of JSON lines: the script that
// comes with trtnas, or any program of the user's.
package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Contract names the protocol with its version; docs/training.md describes it.
const Contract = "trtnas.train/1"

// Op is what a program is asked to do.
type Op string

// The operations.
const (
	Describe Op = "describe" // say what the labels will depend on
	Train    Op = "train"    // train a network, or go on with it
)

// Request is the one line that a program reads from its standard input.
type Request struct {
	Contract string   `json:"contract"`
	Do       Op       `json:"do"`
	Settings Settings `json:"settings"`

	// Of Train.
	Network     string `json:"network,omitempty"`     // its ID
	Folder      string `json:"folder,omitempty"`      // with model.py, arch.json and model.onnx
	Checkpoints string `json:"checkpoints,omitempty"` // folder of this network's checkpoints, the same in every request for it
	Until       int    `json:"until,omitempty"`       // epoch after which the program is to stop, at most Settings.Epochs
}

// Settings say how to train.
type Settings struct {
	Images     string `json:"images,omitempty"` // a folder, or fractals; empty is for the program to know
	Epochs     int    `json:"epochs"`           // that the schedule is laid out for
	Resolution int    `json:"resolution"`       // side of the square images
	Seed       int64  `json:"seed"`
}

// Validate says what makes training impossible.
func (s Settings) Validate() error {
	switch {
	case s.Epochs < 1:
		return fmt.Errorf("%d epochs: need at least 1", s.Epochs)
	case s.Resolution < 32:
		return fmt.Errorf("images of %dx%d: need 32x32 at least, for the last stage is at 1/32", s.Resolution, s.Resolution)
	}
	return nil
}

// Kind is what an event tells.
type Kind string

// The kinds of events. Described, Done and Failed are the last of an answer.
const (
	Described Kind = "described"
	Progress  Kind = "progress"
	Top1      Kind = "top1" // after an epoch before the last one
	Done      Kind = "done"
	Failed    Kind = "failed"
)

// Event is a line that a program writes to its standard output.
type Event struct {
	Event Kind `json:"event"`

	Epoch      int     `json:"epoch,omitempty"`  // of Progress, Top1 and Done: epochs that are over
	Epochs     int     `json:"epochs,omitempty"` // of Progress: that this request wants
	Loss       float64 `json:"loss,omitempty"`
	ETA        float64 `json:"eta_s,omitempty"`             // seconds to the end of this request
	Top1       float64 `json:"top1,omitempty"`              // of Top1 and Done, in per cent
	Validation int     `json:"validation_images,omitempty"` // of Top1, Done and Described

	// Of Described; see evaluator.Training.
	Data        string            `json:"data,omitempty"`
	Fingerprint string            `json:"data_fingerprint,omitempty"`
	Classes     int               `json:"classes,omitempty"`
	Images      int               `json:"images,omitempty"`
	Recipe      string            `json:"recipe,omitempty"`
	Versions    map[string]string `json:"versions,omitempty"`

	// Of Failed.
	Class   trt.Class `json:"class,omitempty"`
	Message string    `json:"message,omitempty"`
}

// Classes of failures beside those of trt. Setup is for a program to say that
// nothing can be trained: it ends the run and is no network's failure.
const (
	BadOutput trt.Class = "bad output" // against the contract
	Silent    trt.Class = "silent"     // no event for too long
	Diverged  trt.Class = "diverged"
	Other     trt.Class = "failed"
	Setup     trt.Class = "setup"
)

// told are the classes that a program may give its failures.
var told = []trt.Class{trt.InvalidNetwork, trt.OutOfMemory, Diverged, Other, Setup}

// mostText is how many bytes of a text of a program's are kept.
const mostText = 500

// parse reads one line of the answer to r.
func parse(line []byte, r Request) (Event, error) {
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("%q is no event: %w", line, err)
	}
	if err := e.check(r); err != nil {
		return e, fmt.Errorf("event %q: %w", e.Event, err)
	}
	return e, nil
}

// check holds an event to the contract.
func (e *Event) check(r Request) error {
	switch e.Event {
	case Described:
		return e.checkDescribed(r)
	case Progress:
		return e.checkEpoch(r, 0)
	case Top1, Done:
		if e.Event == Done && e.Epoch != r.Until {
			return fmt.Errorf("epoch %d, asked until epoch %d", e.Epoch, r.Until)
		}
		if math.IsNaN(e.Top1) || e.Top1 < 0 || e.Top1 > 100 || e.Validation < 1 {
			return fmt.Errorf("top-1 %v of %d images: need 0 to 100 per cent of 1 image at least", e.Top1, e.Validation)
		}
		return e.checkEpoch(r, 1)
	case Failed:
		if !slices.Contains(told, e.Class) {
			return fmt.Errorf("unknown class %q: choose from %q", e.Class, told)
		}
		return nil
	}
	return errors.New("unknown kind")
}

func (e *Event) checkEpoch(r Request, first int) error {
	if r.Do != Train {
		return fmt.Errorf("not an answer to %s", r.Do)
	}
	if e.Epoch < first || e.Epoch > r.Until {
		return fmt.Errorf("epoch %d, need %d to %d", e.Epoch, first, r.Until)
	}
	return nil
}

// mostVersions bounds what is kept of a description.
const mostVersions = 32

func (e *Event) checkDescribed(r Request) error {
	if r.Do != Describe {
		return fmt.Errorf("not an answer to %s", r.Do)
	}
	for _, text := range []struct{ name, value string }{{"data", e.Data}, {"data_fingerprint", e.Fingerprint}, {"recipe", e.Recipe}} {
		if text.value == "" || len(text.value) > mostText {
			return fmt.Errorf("%s has %d characters: need 1 to %d", text.name, len(text.value), mostText)
		}
	}
	if e.Classes < 2 || e.Validation < 1 || e.Images < 0 {
		return fmt.Errorf("%d classes, %d images, %d validation images: need 2 classes and 1 validation image at least", e.Classes, e.Images, e.Validation)
	}
	if len(e.Versions) > mostVersions {
		return fmt.Errorf("%d versions: at most %d", len(e.Versions), mostVersions)
	}
	for name, version := range e.Versions {
		if len(name)+len(version) > mostText {
			return fmt.Errorf("version %q: at most %d characters", name, mostText)
		}
	}
	return nil
}

// ends tells whether nothing may come after the event.
func (e *Event) ends() bool { return e.Event == Described || e.Event == Done || e.Event == Failed }

// training is what the event describes.
func (e *Event) training(p Program, s Settings) evaluator.Training {
	versions := e.Versions
	if versions == nil {
		versions = map[string]string{}
	}
	return evaluator.Training{
		Source: p.Source, Program: p.Name, Data: e.Data, Fingerprint: e.Fingerprint, Classes: e.Classes,
		Images: e.Images, Validation: e.Validation, Recipe: e.Recipe,
		Epochs: s.Epochs, Resolution: s.Resolution, Seed: s.Seed, Versions: versions,
	}
}
