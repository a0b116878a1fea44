package trt

import (
	"errors"
	"fmt"
	"time"
)

// Measurement is what was seen of one network under the conditions of a Spec.
type Measurement struct {
	Median Interval `json:"median"` // of one batch
	// Samples are the GPU's compute time for one batch each, in the order in
	// which they ran, as they were measured.
	Samples   []time.Duration `json:"samples_ns"`
	Converged bool            `json:"converged"` // the interval is as narrow as the protocol asks
	Engine    EngineInfo      `json:"engine"`
	Layers    []Layer         `json:"layers,omitempty"`
	Health    []Health        `json:"health,omitempty"`
	Reference *Drift          `json:"reference,omitempty"`
	Checked   Check           `json:"checked"`
	Unchecked string          `json:"unchecked,omitempty"` // why it was not
	Simulated bool            `json:"simulated,omitempty"`
	Attempts  int             `json:"attempts"`   // the last of which gave this
	Elapsed   time.Duration   `json:"elapsed_ns"` // of the device's time, all attempts together
	Warnings  []string        `json:"warnings,omitempty"`
}

// Energy is what an image of a batch takes, in joules: the mean power that the
// GPU drew while the network was timed, times the median latency. It is 0 where
// the device does not tell its power. The sensors average over up to a second,
// so that the first half of the readings is left out; those of A100 and H100 see
// a quarter of the time only (Yang et al. 2023, arXiv 2312.02741, abstract).
func (m Measurement) Energy(batch int) float64 {
	watts, n := 0.0, 0
	for _, h := range m.Health[len(m.Health)/2:] {
		if h.PowerW > 0 {
			watts, n = watts+h.PowerW, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return watts / float64(n) * m.Median.Value.Seconds() / float64(batch)
}

// maxSamples is far beyond what a protocol takes.
const maxSamples = 100_000

// Validate refuses measurements that no device can have made.
func (m Measurement) Validate() error {
	if n := len(m.Samples); n < 1 || n > maxSamples {
		return fmt.Errorf("%d samples, need 1 to %d", n, maxSamples)
	}
	for _, d := range m.Samples {
		if d <= 0 {
			return fmt.Errorf("a batch that took %v", d)
		}
	}
	if i := m.Median; i.Value <= 0 || i.Low <= 0 || i.Low > i.Value || i.Value > i.High {
		return fmt.Errorf("a median of %v within [%v, %v]", i.Value, i.Low, i.High)
	}
	if m.Elapsed < 0 || m.Elapsed > 365*24*time.Hour || m.Engine.Bytes < 0 || m.Engine.MemoryBytes < 0 {
		return errors.New("a time or size that is impossible")
	}
	for _, h := range m.Health {
		if h.PowerW < 0 {
			return fmt.Errorf("a power of %v W", h.PowerW)
		}
	}
	return nil
}

// EngineInfo is what building an engine gave.
type EngineInfo struct {
	Bytes       int64         `json:"bytes"`
	MemoryBytes int64         `json:"memory_bytes,omitempty"` // of the device, for activations and scratch; 0 is unknown
	BuildTime   time.Duration `json:"build_ns"`
	Cache       CacheState    `json:"timing_cache,omitempty"`
	Warnings    []string      `json:"warnings,omitempty"`
}

// CacheState is what became of the timing cache in a build.
type CacheState string

// The states. A cold cache knew no kernel; a dropped one was stale or damaged.
const (
	CacheCold    CacheState = "cold"
	CacheWarm    CacheState = "warm"
	CacheDropped CacheState = "dropped"
	CacheNone    CacheState = "none" // the library has none
)

// Layer is a layer of an engine and its median time for one batch. Nodes are
// those of our graph that it computes, as far as its name tells.
type Layer struct {
	Name  string        `json:"name"`
	Time  time.Duration `json:"time_ns"`
	Place string        `json:"place"` // stage and block such as "s4.b2", "s4" for several blocks, "" where unknown
}

// Drift is how the reference engine, timed before and after a network, stood
// against its first timing. The latency was divided by Factor.
type Drift struct {
	Baseline time.Duration `json:"baseline_ns"`
	Before   time.Duration `json:"before_ns"`
	After    time.Duration `json:"after_ns"`
	Factor   float64       `json:"factor"` // 1 where nothing was corrected
}

// Check says against what an engine's outputs were compared.
type Check string

// The checks. What was not checked never enters a front: attention fused in
// fp16 can be silently wrong.
const (
	CheckedORT  Check = "ort"  // ONNX Runtime on the same model and input
	CheckedFP32 Check = "fp32" // an engine in fp32, built beside it
	CheckedNo   Check = "no"
)
