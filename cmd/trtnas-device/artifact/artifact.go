// Package artifact is the files that the program leaves: each is there as a
// whole or not at all. Tensors are files of fp32 in the machine's byte order,
// whatever the precision on the device.
package artifact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/trt"
)

// Write writes a file under another name in its folder, and renames it.
func Write(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".draft-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// ReadTensor reads a file of n elements and gives them as the device has them.
func ReadTensor(path string, n int, on trt.Precision) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) != 4*n {
		return nil, fmt.Errorf("%s has %d bytes, but the engine's input is %d elements of fp32, %d bytes", path, len(data), n, 4*n)
	}
	if on == trt.FP32 {
		return data, nil
	}
	half := make([]byte, 2*n)
	for i := range n {
		value := math.Float32frombits(binary.NativeEndian.Uint32(data[4*i:]))
		binary.NativeEndian.PutUint16(half[2*i:], toHalf(value))
	}
	return half, nil
}

// WriteTensor writes what the device has as a file.
func WriteTensor(path string, data []byte, on trt.Precision) error {
	if on == trt.FP32 {
		return Write(path, data)
	}
	n := len(data) / 2
	full := make([]byte, 4*n)
	for i := range n {
		value := fromHalf(binary.NativeEndian.Uint16(data[2*i:]))
		binary.NativeEndian.PutUint32(full[4*i:], math.Float32bits(value))
	}
	return Write(path, full)
}
