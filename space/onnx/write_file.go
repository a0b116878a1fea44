package onnx

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// dataSuffix is added to a model's path for the file of its weights.
const dataSuffix = ".data"

// part is one of the files that belong together.
type part struct {
	path  string
	write func(io.Writer) error
}

// save writes all parts beside their places, and moves them there once all are
// complete.
func save(parts []part) error {
	var drafts []string
	for _, p := range parts {
		name, err := draft(p)
		if err != nil {
			return errors.Join(err, discard(drafts))
		}
		drafts = append(drafts, name)
	}
	for i, p := range parts {
		if err := os.Rename(drafts[i], p.path); err != nil {
			return errors.Join(err, discard(drafts[i:]))
		}
	}
	return nil
}

func discard(drafts []string) error {
	var err error
	for _, name := range drafts {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// draft writes the part to a new file in its folder.
func draft(p part) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(p.path), "."+filepath.Base(p.path)+".*")
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	// CreateTemp's files are for the owner alone, exports are for everyone.
	if err := f.Chmod(0o644); err != nil {
		return "", err
	}
	buffered := bufio.NewWriterSize(f, chunk)
	if err := p.write(buffered); err != nil {
		return "", err
	}
	if err := buffered.Flush(); err != nil {
		return "", err
	}
	// Else a crash could leave the new name on an empty file.
	return f.Name(), f.Sync()
}
