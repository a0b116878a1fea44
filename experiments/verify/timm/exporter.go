package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// The two files that export.py writes of a model.
const (
	ordinary = "ordinary.onnx" // constants folded, batch normalisations into convolutions
	whole    = "whole.onnx"    // nothing folded
)

// side of the images; MobileViT too, which timm trains at 256, since it is what
// our graphs are compared at elsewhere.
const side = 224

// exporter is export.py at work. One process writes all models: starting
// PyTorch takes longer than to export most of them.
type exporter struct {
	folder  string // of the files, gone with the exporter
	command *exec.Cmd
	names   io.WriteCloser
	replies *bufio.Reader
}

func newExporter(ctx context.Context, o options, batch int) (*exporter, error) {
	folder, err := os.MkdirTemp("", "timm-*")
	if err != nil {
		return nil, err
	}
	e := &exporter{folder: folder}
	if err := e.start(ctx, o, batch); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return e, nil
}

func (e *exporter) start(ctx context.Context, o options, batch int) (err error) {
	e.command = exec.CommandContext(ctx, o.python, filepath.Join(o.folder, "export.py"), e.folder, strconv.Itoa(batch), strconv.Itoa(side))
	e.command.Stderr = os.Stderr
	if e.names, err = e.command.StdinPipe(); err != nil {
		return err
	}
	replies, err := e.command.StdoutPipe()
	if err != nil {
		return err
	}
	e.replies = bufio.NewReader(replies)
	return e.command.Start()
}

// export writes the files of a model by timm's name of it, and gives its
// number of parameters.
func (e *exporter) export(name string) (params int64, err error) {
	if _, err := fmt.Fprintln(e.names, name); err != nil {
		return 0, err
	}
	line, err := e.replies.ReadBytes('\n')
	if err != nil {
		return 0, fmt.Errorf("export.py: %w", err)
	}
	var reply struct {
		Params int64  `json:"params"`
		Error  string `json:"error"`
	}
	if err := json.Unmarshal(line, &reply); err != nil {
		return 0, fmt.Errorf("export.py: %q: %w", line, err)
	}
	if reply.Error != "" {
		return 0, fmt.Errorf("export.py: %s", reply.Error)
	}
	return reply.Params, nil
}

func (e *exporter) path(file string) string { return filepath.Join(e.folder, file) }

// clear removes the files of the last model: some are half a gigabyte.
func (e *exporter) clear() error {
	return errors.Join(os.RemoveAll(e.path(ordinary)), os.RemoveAll(e.path(whole)))
}

func (e *exporter) close() error {
	return errors.Join(e.names.Close(), e.command.Wait(), os.RemoveAll(e.folder))
}
