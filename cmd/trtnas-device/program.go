//go:build tensorrt && cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/trtnas/trtnas/cmd/trtnas-device/artifact"
	"github.com/trtnas/trtnas/cmd/trtnas-device/nvinfer"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// program answers requests: what needs no GPU itself, the rest by its measurer,
// of which there is one for programs with CUDA and one for those without.
type program struct {
	library *nvinfer.Library
	*measurer
}

// Hello says who this is.
func (p *program) Hello(context.Context) (wire.HelloResponse, error) {
	device, absent, err := p.fingerprint()
	if err != nil {
		return wire.HelloResponse{}, err
	}
	device.Library, device.Version, device.Typings, device.Access = p.library.Name(), p.library.Version(), p.library.Typings(), trt.AccessProgram
	return wire.HelloResponse{Version: wire.Version, Device: device, NoDevice: absent}, nil
}

// Build builds an engine and writes its plan.
func (p *program) Build(_ context.Context, r wire.BuildRequest) (info trt.EngineInfo, err error) {
	if err := p.builds(p.library.Name(), r.Target); err != nil {
		return info, err
	}
	o := nvinfer.Options{Precision: r.Precision, Typing: r.Typing, Level: r.Level, WorkspaceMiB: r.WorkspaceMiB, Target: r.Target}
	if r.TimingCache != "" {
		if o.Cache, err = readCache(r.TimingCache); err != nil {
			return info, err
		}
	}
	begun := time.Now()
	built, err := p.library.Build(r.Model, o)
	if err != nil {
		return info, err
	}
	defer built.Close()
	info = trt.EngineInfo{Bytes: int64(len(built.Plan)), BuildTime: time.Since(begun), Cache: built.State, Warnings: built.Warnings}
	if err := artifact.Write(r.Plan, built.Plan); err != nil {
		return info, fmt.Errorf("plan: %w", err)
	}
	if len(built.Cache) > 0 {
		if err := artifact.Write(r.TimingCache, built.Cache); err != nil {
			return info, fmt.Errorf("timing cache: %w", err)
		}
	}
	return info, nil
}

// readCache reads a timing cache; one that is not there yet is empty, not nil.
func readCache(path string) ([]byte, error) {
	cache, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("timing cache: %w", err)
	}
	return cache, nil
}
