//go:build cuda && tensorrt && cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/cmd/trtnas-device/artifact"
	"github.com/trtnas/trtnas/cmd/trtnas-device/gpu"
	_ "github.com/trtnas/trtnas/cmd/trtnas-device/gpu/probe" // explains the end where there is no driver
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// measurer runs engines on a GPU.
type measurer struct {
	gpu     *gpu.Device
	engines map[int]*engine
	loaded  int // up to now, which numbers engines
}

func openMeasurer(number int) (*measurer, error) {
	d, err := gpu.Open(number)
	return &measurer{gpu: d, engines: map[int]*engine{}}, err
}

func (m *measurer) close() (err error) {
	for _, e := range m.engines {
		err = errors.Join(err, e.close())
	}
	return errors.Join(err, m.gpu.Close())
}

func (m *measurer) fingerprint() (trt.Device, string, error) {
	d, err := m.gpu.Fingerprint()
	return d, "", err
}

func (*measurer) builds(trt.Library, string) error { return nil }

// Load puts a plan on the GPU.
func (p *program) Load(_ context.Context, r wire.LoadRequest) (wire.LoadResponse, error) {
	plan, err := os.ReadFile(r.Plan)
	if err != nil {
		return wire.LoadResponse{}, fmt.Errorf("plan: %w", err)
	}
	loaded, err := p.library.Load(plan)
	if err != nil {
		return wire.LoadResponse{}, err
	}
	e, err := prepare(p.gpu, loaded)
	if err != nil {
		return wire.LoadResponse{}, err
	}
	p.loaded++
	p.engines[p.loaded] = e
	return wire.LoadResponse{Engine: p.loaded, MemoryBytes: loaded.MemoryBytes()}, nil
}

func (m *measurer) engine(number int) (*engine, error) {
	if e := m.engines[number]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("no engine %d is loaded", number)
}

// Time times batches, by a CUDA graph where one can be captured.
func (m *measurer) Time(ctx context.Context, r wire.TimeRequest) (wire.TimeResponse, error) {
	e, err := m.engine(r.Engine)
	if err != nil {
		return wire.TimeResponse{}, err
	}
	launch, warnings := e.launcher()
	t, err := m.gpu.Time(ctx, e.stream, r.Samples, time.Duration(r.WarmUpNS), launch)
	if err != nil {
		return wire.TimeResponse{}, err
	}
	response := wire.TimeResponse{Health: t.Health, Warnings: warnings}
	for _, sample := range t.Samples {
		response.SamplesNS = append(response.SamplesNS, sample.Nanoseconds())
	}
	return response, nil
}

// Outputs computes one batch of an input. The input is then zero again, as it
// is when batches are timed.
func (m *measurer) Outputs(_ context.Context, r wire.OutputsRequest) (all []wire.Tensor, err error) {
	e, err := m.engine(r.Engine)
	if err != nil {
		return nil, err
	}
	in := e.input()
	values, err := artifact.ReadTensor(r.Input, in.Elements(), in.Type)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	if err := in.buffer.Upload(values); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.buffer.Upload(make([]byte, in.Bytes()))) }()
	if err := e.batch(); err != nil {
		return nil, err
	}
	for i, t := range e.outputs() {
		values, err := t.buffer.Download()
		if err != nil {
			return nil, err
		}
		path := filepath.Join(r.Folder, fmt.Sprintf("output%d", i))
		if err := artifact.WriteTensor(path, values, t.Type); err != nil {
			return nil, fmt.Errorf("output: %w", err)
		}
		all = append(all, wire.Tensor{Name: t.Name, Shape: t.Shape, File: path})
	}
	return all, nil
}

// Profile times the engine's layers.
func (m *measurer) Profile(_ context.Context, r wire.ProfileRequest) ([]trt.Layer, error) {
	e, err := m.engine(r.Engine)
	if err != nil {
		return nil, err
	}
	// A graph knows nothing of the profiler, and may not outlive its settings.
	if err := e.dropGraph(); err != nil {
		return nil, err
	}
	return e.loaded.Profile(r.Runs, e.batch)
}

// Unload frees an engine.
func (m *measurer) Unload(_ context.Context, r wire.UnloadRequest) error {
	e, err := m.engine(r.Engine)
	if err != nil {
		return err
	}
	delete(m.engines, r.Engine)
	return e.close()
}
