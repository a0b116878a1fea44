package trt

import "strings"

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

// unwell are the reasons that void a timing. A power cap is not among them:
// some GPUs (T4) are always at theirs.
const unwell = ThrottleHWSlowdown | ThrottleSWThermal | ThrottleHWThermal | ThrottlePowerBrake

var throttleNames = []struct {
	bit  Throttle
	name string
}{
	{ThrottleIdle, "idle"},
	{ThrottleAppClocks, "application clocks"},
	{ThrottlePowerCap, "power cap"},
	{ThrottleHWSlowdown, "hardware slowdown"},
	{ThrottleSync, "sync boost"},
	{ThrottleSWThermal, "software thermal slowdown"},
	{ThrottleHWThermal, "hardware thermal slowdown"},
	{ThrottlePowerBrake, "power brake"},
	{ThrottleDisplayClock, "display clocks"},
}

func (t Throttle) String() string {
	var names []string
	for _, n := range throttleNames {
		if t&n.bit != 0 {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// clockLimit is the share by which the SM clock may move during a timing. At
// its power cap a GPU's clock always moves, by the load; then the reference and
// the samples themselves have to tell whether it is steady.
const clockLimit = 0.02

// steady is a *Failure of the class if the device's health voids what was
// timed.
func (b *Bench) steady(c Class, all []Health) error {
	least, most, capped := 0, 0, false
	for _, h := range all {
		capped = capped || h.Throttle&ThrottlePowerCap != 0
		if h.Throttle&unwell != 0 {
			return Failf(c, "the GPU slows down: %v at %d MHz, %d degrees Celsius, %.0f W", h.Throttle&unwell, h.SMClockMHz, h.TemperatureC, h.PowerW)
		}
		if b.processes == 0 {
			b.processes = h.Processes
		}
		if h.Processes > b.processes {
			return Failf(c, "%d other processes came to the GPU", h.Processes-b.processes)
		}
		if h.SMClockMHz == 0 {
			continue // unknown
		}
		if least == 0 || h.SMClockMHz < least {
			least = h.SMClockMHz
		}
		most = max(most, h.SMClockMHz)
	}
	if !capped && float64(most-least) > clockLimit*float64(most) {
		return Failf(c, "the SM clock moved between %d and %d MHz", least, most)
	}
	return nil
}
