//go:build cuda && cgo

package gpu

import (
	"errors"
	"fmt"
	"unsafe"

	"gorgonia.org/cu"
)

// Buffer is memory of the device.
type Buffer struct {
	at    cu.DevicePtr
	bytes int
}

// Alloc allocates device memory, filled with zeros.
func (d *Device) Alloc(bytes int) (*Buffer, error) {
	if bytes < 1 {
		return nil, fmt.Errorf("a buffer of %d bytes", bytes)
	}
	at, err := cu.MemAlloc(int64(bytes))
	if err != nil {
		return nil, failed(fmt.Sprintf("allocating %d bytes", bytes), err)
	}
	b := &Buffer{at, bytes}
	if err := cu.MemsetD8(at, 0, int64(bytes)); err != nil {
		return nil, errors.Join(failed("clearing a buffer", err), b.Free())
	}
	return b, nil
}

// Address is the buffer's on the device.
func (b *Buffer) Address() uintptr { return b.at.Uintptr() }

// Upload copies data, which fills the buffer, to the device.
func (b *Buffer) Upload(data []byte) error {
	if len(data) != b.bytes {
		return fmt.Errorf("%d bytes for a buffer of %d", len(data), b.bytes)
	}
	if err := cu.MemcpyHtoD(b.at, unsafe.Pointer(&data[0]), int64(len(data))); err != nil {
		return failed("copying to the GPU", err)
	}
	return nil
}

// Download copies the buffer from the device.
func (b *Buffer) Download() ([]byte, error) {
	data := make([]byte, b.bytes)
	if err := cu.MemcpyDtoH(unsafe.Pointer(&data[0]), b.at, int64(b.bytes)); err != nil {
		return nil, failed("copying from the GPU", err)
	}
	return data, nil
}

// Free frees the memory.
func (b *Buffer) Free() error {
	if err := cu.MemFree(b.at); err != nil {
		return failed("freeing a buffer", err)
	}
	return nil
}
