package trt

// Device is the fingerprint of what is measured on. Latencies are comparable
// only between equal ones, up to the UUID.
type Device struct {
	Name              string   `json:"name"`
	UUID              string   `json:"uuid,omitempty"`
	ComputeCapability string   `json:"compute_capability,omitempty"` // such as "9.0"
	MemoryBytes       int64    `json:"memory_bytes,omitempty"`
	Driver            string   `json:"driver,omitempty"`  // of the GPU, such as "580.82.07"
	Library           Library  `json:"library"`           // that builds and runs engines
	Version           string   `json:"version"`           // of the library, such as "10.6.0"
	Access            Access   `json:"access"`            // the way to the library
	Typings           []Typing `json:"typings,omitempty"` // that the library can build, the preferred first
	Others            []string `json:"others,omitempty"`  // compute processes that were on the GPU before ours
}

// Library builds and runs engines.
type Library string

// The libraries.
const (
	TensorRT    Library = "TensorRT"
	TensorRTRTX Library = "TensorRT-RTX"
)

// Conditions are s on this device, with the defaults of builder and protocol
// where s leaves them out.
func (d Device) Conditions(s Spec) Spec {
	s.Device, s.Driver, s.TensorRT = d.Name, d.Driver, d.Version
	if d.Library == TensorRTRTX {
		s.TensorRT = "RTX " + d.Version
	}
	if s.Builder == (Builder{}) {
		typing := Weak
		if len(d.Typings) > 0 {
			typing = d.Typings[0]
		}
		s.Builder = DefaultBuilder(typing)
	}
	if s.Protocol == (Protocol{}) {
		s.Protocol = DefaultProtocol()
	}
	return s
}

// Access is a way to a library.
type Access string

// The ways.
const (
	AccessTrtexec Access = "trtexec"
	AccessPython  Access = "python"
	AccessProgram Access = "device program"
	AccessSim     Access = "sim" // no library and no device: what it gives is simulated
)
