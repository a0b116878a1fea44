package wire

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/trtnas/trtnas/trt"
)

// fallback are the classes of errors whose text tells nothing: a network that
// can't be built is the network's fault, a plan that can't be loaded is the
// plan's. The rest is the attempt's.
var fallback = map[Op]trt.Class{Build: trt.InvalidNetwork, Load: trt.StaleEngine}

// failureOf is an error response as a failure.
func failureOf(op Op, e Error) *trt.Failure {
	class := e.Class
	if class == "" {
		class = cmp.Or(trt.Classify(e.Message+"\n"+e.Log, trt.Exit{}).Class, fallback[op], trt.Crash)
	}
	message := e.Message
	if op != Hello { // what is wrong with the program itself is no matter of what it was asked
		message = fmt.Sprintf("%s: %s", op, message)
	}
	return &trt.Failure{Class: class, Message: message, Output: e.Log}
}

// exitFailure is the end of a program that should have answered.
func exitFailure(op Op, exit trt.Exit, said string) *trt.Failure {
	f := trt.Classify(said, exit)
	f.Class = cmp.Or(f.Class, trt.Crash)
	if how := exit.String(); !strings.Contains(f.Message, how) {
		f.Message = how + ": " + f.Message
	}
	f.Message = fmt.Sprintf("%s: the program ended: %s", op, f.Message)
	return f
}

// noDevice is a program's reason for having no GPU, which may be a driver that
// does not fit.
func noDevice(reason string) *trt.Failure {
	f := trt.Classify(reason, trt.Exit{})
	if f.Class != trt.Incompatible {
		f.Class = trt.NoDevice
	}
	f.Message = reason
	return f
}
