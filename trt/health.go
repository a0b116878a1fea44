package trt

// Health is the GPU's state at one moment.
type Health struct {
	SMClockMHz   int      `json:"sm_mhz"`
	MemClockMHz  int      `json:"mem_mhz"`
	TemperatureC int      `json:"temperature_c"`
	PowerW       float64  `json:"power_w"`
	Throttle     Throttle `json:"throttle"`
	Processes    int      `json:"processes"` // computing on the GPU, ours included
}

// Throttle is the reasons why the GPU's clocks are not higher, bit by bit as
// NVML has them (nvml.h, nvmlClocksEventReasons).
type Throttle uint64

// The reasons.
const (
	ThrottleIdle         Throttle = 1 << 0
	ThrottleAppClocks    Throttle = 1 << 1
	ThrottlePowerCap     Throttle = 1 << 2
	ThrottleHWSlowdown   Throttle = 1 << 3
	ThrottleSync         Throttle = 1 << 4
	ThrottleSWThermal    Throttle = 1 << 5
	ThrottleHWThermal    Throttle = 1 << 6
	ThrottlePowerBrake   Throttle = 1 << 7
	ThrottleDisplayClock Throttle = 1 << 8
)
