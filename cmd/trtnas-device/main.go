//go:build tensorrt && cgo

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/trtnas/trtnas/cmd/trtnas-device/nvinfer"
	"github.com/trtnas/trtnas/trt/wire"
)

func main() {
	// CUDA's context and TensorRT's calls belong to one thread.
	runtime.LockOSThread()
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trtnas-device:", err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	library, parser := nvinfer.DefaultPaths()
	flags := flag.NewFlagSet("trtnas-device", flag.ContinueOnError)
	nvinferPath := flags.String("nvinfer", library, "TensorRT's library: a path, or a name that the loader searches (LD_LIBRARY_PATH)")
	parserPath := flags.String("parser", parser, "its ONNX parser, likewise")
	number := flags.Int("device", 0, "number of the GPU among those that CUDA_VISIBLE_DEVICES leaves")
	if err := flags.Parse(args); err != nil {
		return err
	}
	responses, err := ownOutput()
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	p := &program{}
	if p.measurer, err = openMeasurer(*number); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.measurer.close()) }()
	if p.library, err = nvinfer.Open(*nvinferPath, *parserPath); err != nil {
		return err
	}
	return wire.Serve(context.Background(), os.Stdin, responses, p)
}

// ownOutput is the standard output for responses alone: what libraries print to
// it goes to the standard error from now on.
func ownOutput() (*os.File, error) {
	own, err := syscall.Dup(syscall.Stdout)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(own), "responses"), syscall.Dup3(syscall.Stderr, syscall.Stdout, 0)
}
