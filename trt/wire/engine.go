package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// engine is a plan in a file, and its handle in one session.
type engine struct {
	backend *backend
	plan    string
	info    trt.EngineInfo
	handle  int
	session *session // in which the handle is valid; nil if it was never loaded
}

func (e *engine) Info() trt.EngineInfo { return e.info }

// profileRuns are enough for the median of a layer to some per cent.
const profileRuns = 50

func (e *engine) Time(ctx context.Context, n int, warmUp time.Duration) (trt.Timing, error) {
	r, err := e.ask(ctx, func(handle int) Request {
		return Request{Op: Time, Time: &TimeRequest{Engine: handle, Samples: n, WarmUpNS: warmUp.Nanoseconds()}}
	})
	if err != nil {
		return trt.Timing{}, err
	}
	t := trt.Timing{Health: r.Timed.Health, Warnings: r.Timed.Warnings}
	for _, ns := range r.Timed.SamplesNS {
		t.Samples = append(t.Samples, time.Duration(ns))
	}
	return t, nil
}

func (e *engine) Profile(ctx context.Context) ([]trt.Layer, error) {
	r, err := e.ask(ctx, func(handle int) Request {
		return Request{Op: Profile, Profile: &ProfileRequest{Engine: handle, Runs: profileRuns}}
	})
	return r.Layers, err
}

func (e *engine) Outputs(ctx context.Context, input trt.Tensor) (all []trt.Tensor, err error) {
	folder, err := os.MkdirTemp(e.backend.folder, "tensors-*")
	if err != nil {
		return nil, fmt.Errorf("folder of tensors: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "input")
	if err := WriteTensor(path, input.Data); err != nil {
		return nil, err
	}
	r, err := e.ask(ctx, func(handle int) Request {
		return Request{Op: Outputs, Outputs: &OutputsRequest{Engine: handle, Input: path, Folder: folder}}
	})
	if err != nil {
		return nil, err
	}
	for _, o := range r.Tensors {
		tensor, err := o.Read()
		if err != nil {
			return nil, err
		}
		all = append(all, tensor)
	}
	return all, nil
}

// Close frees the engine. A program that can't is ended, which frees it too.
func (e *engine) Close() error {
	if s := e.session; s != nil && s == e.backend.session {
		if _, err := e.backend.askOf(context.Background(), s, Request{Op: Unload, Unload: &UnloadRequest{Engine: e.handle}}); err != nil {
			s.kill()
			e.backend.session = nil
		}
	}
	e.session = nil
	if err := os.Remove(e.plan); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ask makes a request for the handle, after loading the plan where it isn't
// loaded.
func (e *engine) ask(ctx context.Context, request func(handle int) Request) (Response, error) {
	s, err := e.load(ctx)
	if err != nil {
		return Response{}, err
	}
	return e.backend.askOf(ctx, s, request(e.handle))
}

// load loads the plan into the running program unless it is there.
func (e *engine) load(ctx context.Context) (*session, error) {
	s, err := e.backend.running(ctx)
	if err != nil || s == e.session {
		return s, err
	}
	r, err := e.backend.askOf(ctx, s, Request{Op: Load, Load: &LoadRequest{Plan: e.plan}})
	if err != nil {
		return nil, err
	}
	e.session, e.handle, e.info.MemoryBytes = s, r.Engine.Engine, r.Engine.MemoryBytes
	return s, nil
}
