package trt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// TimingCaches is a folder of TensorRT's timing caches: one file for each GPU
// model, driver, build of TensorRT and set of builder options, since times of
// one are wrong for another. A file is replaced as a whole after a build that
// succeeded, so a killed build never leaves half of one. An empty name is no
// folder: all builds are cold.
type TimingCaches string

// Use lets build read and write a copy of the cache that belongs to device and
// builder, and keeps the copy if build succeeds. The path is empty where there
// is no folder.
func (c TimingCaches) Use(d Device, s Spec, build func(path string) error) error {
	if c == "" {
		return build("")
	}
	cache, err := c.path(d, s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(c), 0o755); err != nil {
		return fmt.Errorf("folder of timing caches: %w", err)
	}
	work, err := os.MkdirTemp(string(c), ".build-*")
	if err != nil {
		return fmt.Errorf("folder of timing caches: %w", err)
	}
	defer os.RemoveAll(work)
	draft := filepath.Join(work, filepath.Base(cache))
	if err := copyFile(draft, cache); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("timing cache: %w", err)
	}
	if err := build(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, cache); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("timing cache: %w", err)
	}
	return nil
}

// Drop removes the cache that belongs to device and builder.
func (c TimingCaches) Drop(d Device, s Spec) error {
	if c == "" {
		return nil
	}
	cache, err := c.path(d, s)
	if err != nil {
		return err
	}
	if err := os.Remove(cache); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (c TimingCaches) path(d Device, s Spec) (string, error) {
	key, err := json.Marshal(struct {
		Name, ComputeCapability, Driver, Version string
		Library                                  Library
		Precision                                Precision
		Builder                                  Builder
	}{d.Name, d.ComputeCapability, d.Driver, d.Version, d.Library, s.Precision, s.Builder})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(key)
	return filepath.Join(string(c), hex.EncodeToString(sum[:8])+".cache"), nil
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
