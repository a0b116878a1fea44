package trt

import (
	"errors"
	"fmt"
)

// Class is a kind of failure. Each has its own way to go on.
type Class string

// The classes, by what they are about: the network, the attempt, the device.
const (
	InvalidNetwork   Class = "invalid network"   // TensorRT can't parse or build it
	NoImplementation Class = "no implementation" // TensorRT has no kernel for a layer
	OutOfMemory      Class = "out of memory"
	WrongOutput      Class = "wrong output" // the engine computes something else than the model
	Unchecked        Class = "unchecked"    // nothing could tell whether it does

	BadFlag     Class = "unknown flag"
	Timeout     Class = "timeout"
	Crash       Class = "crash"
	StaleEngine Class = "stale engine" // of another version or device
	StaleCache  Class = "stale timing cache"
	Degraded    Class = "degraded run"    // it claims success and is not one
	Unsteady    Class = "unsteady device" // the reference network shows it
	Restless    Class = "restless clocks" // under the network's own load

	NotRecorded Class = "not recorded" // a replay knows nothing of it

	DeviceLost   Class = "device lost"
	NoDevice     Class = "no device"
	Incomplete   Class = "incomplete installation"
	Incompatible Class = "incompatible driver"
)

// Failure is what a network, an attempt or the device did wrong.
type Failure struct {
	Class   Class  `json:"class"`
	Message string `json:"message"`          // one line, as the library said it
	Output  string `json:"output,omitempty"` // the end of what the process wrote
}

func (f *Failure) Error() string { return fmt.Sprintf("%s: %s", f.Class, f.Message) }

// Failf makes a failure without output.
func Failf(c Class, format string, args ...any) *Failure {
	return &Failure{Class: c, Message: fmt.Sprintf(format, args...)}
}

// ClassOf is the class of an error; empty if it has none.
func ClassOf(err error) Class {
	var f *Failure
	if errors.As(err, &f) {
		return f.Class
	}
	return ""
}

// Remedy is how to go on after a failure of a class.
type Remedy struct {
	Retries int    // further attempts after the first
	Change  Change // for these attempts
	Fatal   bool   // no network can be measured: the run ends
	Advice  string // to the user
}

// Change is what another attempt does differently.
type Change int

// The changes.
const (
	Nothing       Change = iota
	MoreWorkspace        // twice of it
	LowerLevel           // of the builder's optimisation, by one
	DropCache            // the timing cache
	Wait                 // for the device to settle
)

// remedies holds for the classes of NVIDIA's forums and issue threads; a
// class that is not in it is the network's own, and final.
var remedies = map[Class]Remedy{
	NoImplementation: {Retries: 1, Change: MoreWorkspace},
	OutOfMemory:      {Retries: 1, Change: Wait},
	Timeout:          {Retries: 1, Change: LowerLevel},
	Crash:            {Retries: 1},
	StaleEngine:      {Retries: 1},
	StaleCache:       {Retries: 1, Change: DropCache},
	Degraded:         {Retries: 1},
	Unsteady:         {Retries: 12, Change: Wait, Advice: steadyAdvice}, // ten minutes
	Restless:         {Retries: 2, Change: Wait, Advice: steadyAdvice},
	DeviceLost:       {Retries: 1, Advice: "see the kernel's log for Xid messages, and restart the machine or reset the GPU"},
	BadFlag:          {Fatal: true, Advice: "this trtexec does not know a flag that its own help lists: report it with its version"},
	NoDevice:         {Fatal: true, Advice: "check that nvidia-smi lists the GPU, and that the driver is loaded"},
	Incomplete:       {Fatal: true, Advice: "install all libraries of one TensorRT release where the loader finds them (LD_LIBRARY_PATH)"},
	Incompatible:     {Fatal: true, Advice: "use a driver and a TensorRT that support this GPU and each other; after an update of the driver, restart the machine"},
}

const steadyAdvice = "lock the clocks (nvidia-smi -lgc, where you may), cool the GPU, and keep other programs off it"

// RemedyOf is how to go on after a failure of the class.
func RemedyOf(c Class) Remedy { return remedies[c] }

// FatalError ends a run: no network can be measured any more.
type FatalError struct{ Failure *Failure }

func (e FatalError) Error() string {
	advice := RemedyOf(e.Failure.Class).Advice
	if advice == "" {
		advice = "measure a small network by hand to see more"
	}
	return fmt.Sprintf("%v: %s; what was measured is kept, resume the run when it is mended", e.Failure, advice)
}

func (e FatalError) Unwrap() error { return e.Failure }
