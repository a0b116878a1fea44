//go:build cuda && cgo

package gpu

import (
	"errors"
	"fmt"

	"gorgonia.org/cu"

	"github.com/trtnas/trtnas/trt"
)

// Device is a GPU whose primary context, which TensorRT uses too, is current
// on the goroutine's thread.
type Device struct {
	cuda   cu.Device
	state  *state
	others []string
}

// Open locks the goroutine to its thread and makes the GPU of that number
// current on it. CUDA_VISIBLE_DEVICES says which GPUs are counted.
func Open(number int) (*Device, error) {
	d := &Device{}
	var err error
	if d.cuda, err = cu.GetDevice(number); err != nil {
		return nil, trt.Failf(trt.NoDevice, "GPU %d: %v", number, err)
	}
	id, err := d.uuid()
	if err != nil {
		return nil, failed("asking for the GPU's UUID", err)
	}
	if d.state, err = openState(id); err != nil {
		return nil, err
	}
	d.others = d.state.processes() // before our own context, which would be one of them
	ctx, err := d.cuda.RetainPrimaryCtx()
	if err != nil {
		return nil, errors.Join(failed("making a context", err), d.state.close())
	}
	if err := ctx.Lock(); err != nil {
		return nil, errors.Join(failed("making the context current", err), d.state.close())
	}
	return d, nil
}

// Close gives the context back.
func (d *Device) Close() error {
	return errors.Join(d.cuda.ReleasePrimaryCtx(), d.state.close())
}

func (d *Device) uuid() (string, error) {
	id, err := d.cuda.UUID()
	return "GPU-" + id.String(), err
}

// Fingerprint is the device's part of d: all but the library's.
func (d *Device) Fingerprint() (trt.Device, error) {
	name, errName := d.cuda.Name()
	id, errID := d.uuid()
	major, minor, errCapability := d.cuda.ComputeCapability()
	memory, errMemory := d.cuda.TotalMem()
	driver, errDriver := d.state.driver()
	if err := errors.Join(errName, errID, errCapability, errMemory); err != nil {
		return trt.Device{}, failed("asking the GPU who it is", err)
	}
	if errDriver != nil {
		return trt.Device{}, errDriver
	}
	return trt.Device{
		Name: name, UUID: id, ComputeCapability: fmt.Sprintf("%d.%d", major, minor), MemoryBytes: memory,
		Driver: driver, Others: d.others,
	}, nil
}

// classes of CUDA's errors, as far as they have one. After a lost device every
// further call fails: the process has to be started anew.
var classes = map[error]trt.Class{
	cu.OutOfMemory:      trt.OutOfMemory,
	cu.NoDevice:         trt.NoDevice,
	cu.InvalidDevice:    trt.NoDevice,
	cu.EccUncorrectable: trt.DeviceLost,
	cu.IllegalAddress:   trt.DeviceLost,
	cu.LaunchTimeout:    trt.DeviceLost,
	cu.LaunchFailed:     trt.DeviceLost,
	cu.Unknown:          trt.DeviceLost,
}

// failed is an error of CUDA's as a failure of its class.
func failed(doing string, err error) error {
	for cause, class := range classes {
		if errors.Is(err, cause) {
			return trt.Failf(class, "%s: CUDA says %v", doing, err)
		}
	}
	return trt.Failf("", "%s: CUDA says %v", doing, err)
}
