//go:build cuda && cgo

package gpu

/*
#include <cuda.h>

// What gorgonia.org/cu lacks of CUDA's graphs. Relaxed, since the capture is of
// one thread's stream, and other threads may go on allocating.
static CUresult begin_capture(CUstream stream) { return cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED); }

static CUresult end_capture(CUstream stream, CUgraphExec *launched) {
	CUgraph graph = NULL;
	CUresult result = cuStreamEndCapture(stream, &graph);
	if (result != CUDA_SUCCESS) return result;
	result = cuGraphInstantiateWithFlags(launched, graph, 0);
	cuGraphDestroy(graph);
	return result;
}

static const char *text_of(CUresult result) {
	const char *text = NULL;
	return cuGetErrorString(result, &text) == CUDA_SUCCESS ? text : "an error that it does not know";
}
*/
import "C"

import (
	"errors"
	"unsafe"

	"gorgonia.org/cu"
)

// Stream is a queue of work on the device.
type Stream struct{ s cu.Stream }

// MakeStream makes a stream that does not wait for the default one.
func (d *Device) MakeStream() (*Stream, error) {
	s, err := cu.MakeStream(cu.NonBlocking)
	if err != nil {
		return nil, failed("making a stream", err)
	}
	return &Stream{s}, nil
}

// Close destroys the stream.
func (s *Stream) Close() error { return s.s.Destroy() }

// Handle is the CUstream.
func (s *Stream) Handle() unsafe.Pointer { return unsafe.Pointer(s.s.C()) }

func (s *Stream) c() C.CUstream { return C.CUstream(s.Handle()) }

// Finish waits for all work.
func (s *Stream) Finish() error {
	if err := s.s.Synchronize(); err != nil {
		return failed("waiting for the GPU", err)
	}
	return nil
}

// Graph is work that was captured, to be launched as a whole.
type Graph struct {
	g      C.CUgraphExec
	stream *Stream
}

// Capture captures what enqueue puts into the stream.
func (s *Stream) Capture(enqueue func() error) (*Graph, error) {
	if r := C.begin_capture(s.c()); r != C.CUDA_SUCCESS {
		return nil, errorOf(r)
	}
	err := enqueue()
	g := &Graph{stream: s}
	// The capture has to end whatever happened in it.
	if r := C.end_capture(s.c(), &g.g); r != C.CUDA_SUCCESS {
		return nil, errors.Join(err, errorOf(r))
	}
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// Launch enqueues the graph's work once.
func (g *Graph) Launch() error {
	if r := C.cuGraphLaunch(g.g, g.stream.c()); r != C.CUDA_SUCCESS {
		return failed("launching a CUDA graph", errorOf(r))
	}
	return nil
}

// Close destroys the graph.
func (g *Graph) Close() error {
	if r := C.cuGraphExecDestroy(g.g); r != C.CUDA_SUCCESS {
		return errorOf(r)
	}
	return nil
}

func errorOf(r C.CUresult) error { return errors.New(C.GoString(C.text_of(r))) }
