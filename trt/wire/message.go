// Package wire talks to a program that builds and times engines in its own
// process, so that it may die without harm: one JSON object a line, requests
// on its standard input, one response to each on its standard output, in
// order. What it says to people goes to its standard error.
package wire

import "github.com/trtnas/trtnas/trt"

// Version of the protocol. A program of another one is refused.
const Version = 1

// Op names a request.
type Op string

// The requests. Durations are nanoseconds, tensors are files of fp32 in the
// machine's byte order.
const (
	Hello   Op = "hello"   // who are you: Response.Hello
	Build   Op = "build"   // Request.Build: Response.Built; writes the plan, loads nothing
	Load    Op = "load"    // Request.Load: Response.Engine
	Time    Op = "time"    // Request.Time: Response.Timed
	Outputs Op = "outputs" // Request.Outputs: Response.Tensors
	Profile Op = "profile" // Request.Profile: Response.Layers
	Unload  Op = "unload"  // Request.Unload
	Quit    Op = "quit"    // answers and ends
)

// Request is one line to the program. One field beside Op is set, by Op.
type Request struct {
	ID      int64           `json:"id"` // echoed in the response
	Op      Op              `json:"op"`
	Build   *BuildRequest   `json:"build,omitempty"`
	Load    *LoadRequest    `json:"load,omitempty"`
	Time    *TimeRequest    `json:"time,omitempty"`
	Outputs *OutputsRequest `json:"outputs,omitempty"`
	Profile *ProfileRequest `json:"profile,omitempty"`
	Unload  *UnloadRequest  `json:"unload,omitempty"`
}

// BuildRequest builds an engine.
type BuildRequest struct {
	Model        string        `json:"model"` // path of the ONNX file
	Plan         string        `json:"plan"`  // path to write the engine to
	Precision    trt.Precision `json:"precision"`
	Typing       trt.Typing    `json:"typing"`
	Level        int           `json:"level"`
	WorkspaceMiB int           `json:"workspace_mib,omitempty"`
	// TimingCache is a path to read the timing cache from, if it is there, and to
	// write it to. Empty is none.
	TimingCache string `json:"timing_cache,omitempty"`
	// Target is the compute capability to build for where there is no GPU, such
	// as "8.0" (TensorRT-RTX only). Empty is the GPU's.
	Target string `json:"target,omitempty"`
}

// LoadRequest loads a plan onto the GPU.
type LoadRequest struct {
	Plan string `json:"plan"`
}

// TimeRequest times batches of a loaded engine.
type TimeRequest struct {
	Engine   int   `json:"engine"`
	Samples  int   `json:"samples"`
	WarmUpNS int64 `json:"warm_up_ns"`
}

// OutputsRequest runs a loaded engine once.
type OutputsRequest struct {
	Engine int    `json:"engine"`
	Input  string `json:"input"`  // file of the input's values
	Folder string `json:"folder"` // to write a file for each output to
}

// ProfileRequest times the layers of a loaded engine.
type ProfileRequest struct {
	Engine int `json:"engine"`
	Runs   int `json:"runs"`
}

// UnloadRequest frees a loaded engine.
type UnloadRequest struct {
	Engine int `json:"engine"`
}

// Response is one line from the program: an error, or the field that belongs
// to the request.
type Response struct {
	ID      int64           `json:"id"`
	Error   *Error          `json:"error,omitempty"`
	Hello   *HelloResponse  `json:"hello,omitempty"`
	Built   *trt.EngineInfo `json:"built,omitempty"`
	Engine  *LoadResponse   `json:"engine,omitempty"`
	Timed   *TimeResponse   `json:"timed,omitempty"`
	Tensors []Tensor        `json:"tensors,omitempty"`
	Layers  []trt.Layer     `json:"layers,omitempty"` // times are medians; the place is left empty
}

// Error is a failure. The class is empty where the program can't tell it; then
// trt.Classify reads it from the text.
type Error struct {
	Class   trt.Class `json:"class,omitempty"`
	Message string    `json:"message"`
	Log     string    `json:"log,omitempty"` // what TensorRT said
}

// HelloResponse says who the program is. Without a GPU the device has no name,
// and NoDevice says why; engines can then be built for a target at most.
type HelloResponse struct {
	Version  int        `json:"version"`
	Device   trt.Device `json:"device"`
	NoDevice string     `json:"no_device,omitempty"`
}

// LoadResponse names a loaded engine.
type LoadResponse struct {
	Engine      int   `json:"engine"`
	MemoryBytes int64 `json:"memory_bytes"` // of the device, for activations and scratch
}

// TimeResponse is what timing saw.
type TimeResponse struct {
	SamplesNS []int64      `json:"samples_ns"`
	Health    []trt.Health `json:"health,omitempty"`
	Warnings  []string     `json:"warnings,omitempty"`
}

// Tensor is an output in a file.
type Tensor struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	File  string `json:"file"`
}
