//go:build cuda && tensorrt && cgo

package main

import (
	"errors"
	"fmt"

	"github.com/trtnas/trtnas/cmd/trtnas-device/gpu"
	"github.com/trtnas/trtnas/cmd/trtnas-device/nvinfer"
)

// engine is a loaded one with memory for its tensors and a stream of its own.
type engine struct {
	loaded  *nvinfer.Engine
	stream  *gpu.Stream
	tensors []tensor
	graph   *gpu.Graph // nil until it is captured
}

// tensor is an input or output with its memory.
type tensor struct {
	nvinfer.Tensor
	buffer *gpu.Buffer
}

// prepare gives a loaded engine what it needs to run. It owns the engine from
// then on, also when it fails.
func prepare(d *gpu.Device, loaded *nvinfer.Engine) (e *engine, err error) {
	e = &engine{loaded: loaded}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if e.stream, err = d.MakeStream(); err != nil {
		return nil, err
	}
	tensors, err := loaded.Tensors()
	if err != nil {
		return nil, err
	}
	inputs := 0
	for _, t := range tensors {
		buffer, err := d.Alloc(t.Bytes())
		if err != nil {
			return nil, err
		}
		e.tensors = append(e.tensors, tensor{t, buffer})
		if err := loaded.Bind(t.Name, buffer.Address()); err != nil {
			return nil, err
		}
		if t.Input {
			inputs++
		}
	}
	if inputs != 1 {
		return nil, fmt.Errorf("the engine has %d inputs, and can be run with one", inputs)
	}
	// The first batch sets up what a capture must not contain.
	return e, e.batch()
}

func (e *engine) close() (err error) {
	if e.graph != nil {
		err = e.graph.Close()
	}
	e.loaded.Close()
	for _, t := range e.tensors {
		err = errors.Join(err, t.buffer.Free())
	}
	if e.stream != nil {
		err = errors.Join(err, e.stream.Close())
	}
	return err
}

func (e *engine) input() tensor {
	for _, t := range e.tensors {
		if t.Input {
			return t
		}
	}
	panic("an engine without an input was prepared")
}

func (e *engine) outputs() []tensor {
	var all []tensor
	for _, t := range e.tensors {
		if !t.Input {
			all = append(all, t)
		}
	}
	return all
}

func (e *engine) enqueue() error { return e.loaded.Enqueue(e.stream.Handle()) }

// batch computes one batch to its end.
func (e *engine) batch() error {
	if err := e.enqueue(); err != nil {
		return err
	}
	return e.stream.Finish()
}

// launcher is how a batch is launched when it is timed: as a CUDA graph, or,
// with a warning, call by call.
func (e *engine) launcher() (launch func() error, warnings []string) {
	if e.graph == nil {
		graph, err := e.stream.Capture(e.enqueue)
		if err != nil {
			return e.enqueue, []string{fmt.Sprintf("no CUDA graph could be captured, the samples may have launch times in them: %v", err)}
		}
		e.graph = graph
	}
	return e.graph.Launch, nil
}

func (e *engine) dropGraph() error {
	if e.graph == nil {
		return nil
	}
	graph := e.graph
	e.graph = nil
	return graph.Close()
}
