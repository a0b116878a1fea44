package wire

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/trtnas/trtnas/trt"
)

// fallback are the classes of errors whose text tells nothing: a network that
// can't be built is the network's fault, a plan that can't be loaded is the
// plan's, and the rest is the attempt's.
var fallback = map[Op]trt.Class{Build: trt.InvalidNetwork, Load: trt.StaleEngine}

// failureOf is an error response as a failure.
func failureOf(op Op, e Error) *trt.Failure {
	class := cmp.Or(e.Class, classify(e.Message+"\n"+e.Log), fallback[op], trt.Crash)
	return &trt.Failure{Class: class, Message: fmt.Sprintf("%s: %s", op, e.Message), Output: e.Log}
}

// exitFailure is the end of a program that should have answered.
func exitFailure(op Op, exit error, output string) *trt.Failure {
	how := "the program ended"
	if exit != nil {
		how = exit.Error()
	}
	return &trt.Failure{Class: cmp.Or(classify(output), trt.Crash), Message: fmt.Sprintf("%s: %s", op, how), Output: output}
}

// noDevice is a program's reason for having no GPU.
func noDevice(reason string) *trt.Failure {
	class := trt.NoDevice
	if classify(reason) == trt.Incompatible {
		class = trt.Incompatible
	}
	return trt.Failf(class, "%s", reason)
}

func classify(text string) trt.Class {
	for _, c := range []struct {
		text  string
		class trt.Class
	}{
		{"Could not find any implementation", trt.NoImplementation},
		{"Unable to load library", trt.Incomplete},
		{"please rebuild", trt.StaleEngine},
		{"error 803", trt.Incompatible},
		{"out of memory", trt.OutOfMemory},
		{"illegal memory access", trt.DeviceLost},
	} {
		if strings.Contains(text, c.text) {
			return c.class
		}
	}
	return ""
}
