//go:build tensorrt && cgo

package nvinfer

/*
#cgo CXXFLAGS: -std=c++17 -O2 -Wall -Wno-deprecated-declarations -I${SRCDIR}/cuda
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/trtnas/trtnas/trt"
)

// Library is TensorRT or TensorRT-RTX, with a builder and a runtime that live
// as long as it. It is not for concurrent use.
type Library struct{ c *C.shim_library }

// DefaultPaths are the names of the library and of its ONNX parser of the
// headers' major version, for the loader to search.
func DefaultPaths() (nvinfer, parser string) {
	major := versionOf(C.shim_header_version()).major
	if C.shim_header_rtx() != 0 {
		return fmt.Sprintf("libtensorrt_rtx.so.%d", major), fmt.Sprintf("libtensorrt_onnxparser_rtx.so.%d", major)
	}
	return fmt.Sprintf("libnvinfer.so.%d", major), fmt.Sprintf("libnvonnxparser.so.%d", major)
}

// Open opens the library and its parser, by path or by a name that the loader
// searches. Its errors are of the class trt.Incomplete.
func Open(nvinfer, parser string) (*Library, error) {
	a, b := C.CString(nvinfer), C.CString(parser)
	defer C.free(unsafe.Pointer(a))
	defer C.free(unsafe.Pointer(b))
	l := &Library{}
	if err := taken(C.shim_open(a, b, &l.c)); err != "" {
		return nil, trt.Failf(trt.Incomplete, "%s", err)
	}
	if err := compatible(versionOf(C.shim_header_version()), versionOf(C.shim_version(l.c))); err != nil {
		return nil, trt.Failf(trt.Incomplete, "%s: %v", nvinfer, err)
	}
	return l, nil
}

// Name is which of the libraries this is.
func (l *Library) Name() trt.Library {
	if C.shim_header_rtx() != 0 {
		return trt.TensorRTRTX
	}
	return trt.TensorRT
}

// Version is the library's, such as "10.6.0".
func (l *Library) Version() string { return versionOf(C.shim_version(l.c)).String() }

// Typings that the library builds, its own default first.
func (l *Library) Typings() []trt.Typing {
	if C.shim_header_weak() != 0 {
		return []trt.Typing{trt.Weak, trt.Strong}
	}
	return []trt.Typing{trt.Strong}
}

// Ready makes the builder. Without a GPU TensorRT up to 10.6 ends the process
// here: ask the driver first.
func (l *Library) Ready() error {
	l.takeLog()
	if err := taken(C.shim_builder_ready(l.c)); err != "" {
		return l.failure("", err)
	}
	return nil
}

// failure is an error with what the library logged since the last one. An
// empty message is the log's first error, and an empty class is left to be
// read from the text.
func (l *Library) failure(c trt.Class, message string) *trt.Failure {
	log := l.takeLog()
	if message == "" {
		message = firstError(log)
	}
	first, _, more := strings.Cut(message, "\n")
	if more {
		log = message + "\n" + log
	}
	return &trt.Failure{Class: c, Message: first, Output: log}
}

func (l *Library) takeLog() string { return taken(C.shim_log(l.c)) }

// warnings are the lines that the library logged since the last call.
func (l *Library) warnings() []string {
	return strings.FieldsFunc(l.takeLog(), func(r rune) bool { return r == '\n' })
}

// taken is a C string that is ours to free; empty for none.
func taken(s *C.char) string {
	defer C.free(unsafe.Pointer(s))
	return C.GoString(s)
}
