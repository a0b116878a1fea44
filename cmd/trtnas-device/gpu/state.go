//go:build cuda && cgo

package gpu

import (
	"fmt"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/trtnas/trtnas/trt"
)

// period between two looks at the device while it is timed. A look asks NVML
// six things from another thread than the one that launches; ten a second
// leave that one alone and show every move of the clocks, which the driver
// changes some ten times a second at most.
const period = 100 * time.Millisecond

// state is what NVML tells of the device. A figure that a device or its driver
// does not have stays zero.
type state struct {
	library nvml.Interface
	device  nvml.Device
}

// openState opens NVML for the GPU of a UUID.
func openState(uuid string) (*state, error) {
	s := &state{library: nvml.New()}
	if r := s.library.Init(); r != nvml.SUCCESS {
		return nil, trt.Failf(classOf(r), "NVML, libnvidia-ml.so.1 of the driver: %s; a container needs NVIDIA_DRIVER_CAPABILITIES=compute,utility", said(r))
	}
	var r nvml.Return
	if s.device, r = s.library.DeviceGetHandleByUUID(uuid); r != nvml.SUCCESS {
		s.library.Shutdown()
		return nil, trt.Failf(classOf(r), "NVML does not know the GPU %s: %s", uuid, said(r))
	}
	return s, nil
}

func (s *state) close() error {
	if r := s.library.Shutdown(); r != nvml.SUCCESS {
		return r
	}
	return nil
}

func classOf(r nvml.Return) trt.Class {
	switch r {
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return trt.Incompatible
	case nvml.ERROR_GPU_IS_LOST:
		return trt.DeviceLost
	case nvml.ERROR_DRIVER_NOT_LOADED:
		return trt.NoDevice
	}
	return trt.Incomplete
}

// said is NVML's text, which it can't give itself before it is loaded.
func said(r nvml.Return) string {
	if r == nvml.ERROR_LIBRARY_NOT_FOUND {
		return "it could not be opened"
	}
	return r.String()
}

func (s *state) driver() (string, error) {
	v, r := s.library.SystemGetDriverVersion()
	if r != nvml.SUCCESS {
		return "", trt.Failf(classOf(r), "asking for the driver's version: %s", said(r))
	}
	return v, nil
}

// processes are those that compute on the device.
func (s *state) processes() []string {
	all, r := s.device.GetComputeRunningProcesses()
	if r != nvml.SUCCESS {
		return nil
	}
	var names []string
	for _, p := range all {
		// In a container other processes have numbers, but no names.
		name, r := s.library.SystemGetProcessName(int(p.Pid))
		if r != nvml.SUCCESS {
			name = "unknown"
		}
		names = append(names, fmt.Sprintf("%s (process %d)", name, p.Pid))
	}
	return names
}

func (s *state) look() trt.Health {
	var h trt.Health
	if clock, r := s.device.GetClockInfo(nvml.CLOCK_SM); r == nvml.SUCCESS {
		h.SMClockMHz = int(clock)
	}
	if clock, r := s.device.GetClockInfo(nvml.CLOCK_MEM); r == nvml.SUCCESS {
		h.MemClockMHz = int(clock)
	}
	if degrees, r := s.device.GetTemperature(nvml.TEMPERATURE_GPU); r == nvml.SUCCESS {
		h.TemperatureC = int(degrees)
	}
	if milliwatts, r := s.device.GetPowerUsage(); r == nvml.SUCCESS {
		h.PowerW = float64(milliwatts) / 1000
	}
	// Its newer name is missing in older drivers, where a call would end us.
	if reasons, r := s.device.GetCurrentClocksThrottleReasons(); r == nvml.SUCCESS {
		h.Throttle = trt.Throttle(reasons)
	}
	if all, r := s.device.GetComputeRunningProcesses(); r == nvml.SUCCESS {
		h.Processes = len(all)
	}
	return h
}

// watch looks at the device now, each period, and when it is stopped.
func (s *state) watch() (stop func() []trt.Health) {
	done, seen := make(chan struct{}), make(chan []trt.Health)
	go func() {
		all := []trt.Health{s.look()}
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				all = append(all, s.look())
			case <-done:
				seen <- append(all, s.look())
				return
			}
		}
	}()
	return func() []trt.Health {
		close(done)
		return <-seen
	}
}
