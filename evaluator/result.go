// Package evaluator turns architectures into scores: it is where accuracy
// meets latency.
package evaluator

import (
	"context"
	"time"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// LatencySource says where a latency comes from.
type LatencySource string

// The sources of latencies.
const (
	LatencyPredicted  LatencySource = "predicted"
	LatencyMeasured   LatencySource = "measured"
	LatencyRemeasured LatencySource = "remeasured" // built and timed again
	LatencySimulated  LatencySource = "simulated"
	LatencyPublished  LatencySource = "published"
)

// AccuracySource says where a top-1 accuracy comes from.
type AccuracySource string

// The sources of accuracies.
const (
	AccuracyPredicted AccuracySource = "predicted"
	AccuracyTrained   AccuracySource = "trained"
	AccuracyExternal  AccuracySource = "external"
	AccuracyPublished AccuracySource = "published"
)

// Latency is a latency of one batch with an interval that is meant to hold
// the true one with probability Level.
type Latency struct {
	Value, Low, High time.Duration
	Level            float64
	Source           LatencySource
	Extrapolated     bool // outside the conditions that the model was fitted on
}

// Accuracy is a top-1 accuracy in per cent, with its interval. It is one on
// ImageNet-1k unless the conditions name other images.
type Accuracy struct {
	Value, Low, High float64
	Level            float64
	Bound            float64 // what a search maximises: one standard deviation below Value
	Source           AccuracySource
	Extrapolated     bool
}

// Outside tells whether the accuracy was predicted of a network that lies outside
// the range of those that the model was fitted on.
func (a Accuracy) Outside() bool { return a.Source == AccuracyPredicted && a.Extrapolated }

// Score is what is known of a candidate.
type Score struct {
	Params, MACs int64 // MACs at the conditions' resolution, for one image
	Engine       Engine
	Latency      Latency
	Accuracy     Accuracy // without a source if nothing is known of it
}

// Engine is what the network's engine takes; 0 is what was not measured.
type Engine struct {
	Bytes  int64   // of its file, weights included
	Memory int64   // bytes on the device beside the weights
	Energy float64 // joules for one image (trt.Measurement.Energy)
}

// Failure is why a candidate has no score. It is stored and told like a score.
type Failure struct {
	Class   trt.Class `json:"class"`
	Message string    `json:"message"`
}

// Result is a candidate's score, or its failure.
type Result struct {
	Arch    space.Arch
	Name    string // of a network that is no architecture of a space; it has no Arch
	ID      string
	Score   Score
	Failure *Failure
	// Beside are its latencies under the further conditions that a search has a
	// budget for, in their order; nil where there are none.
	Beside []Latency
	// Proxies are those that a search has as objectives, else none.
	Proxies []zerocost.Score
	// Measurement is what the score's latency was read from, when it was just
	// measured; with a failure it is one that can't be relied on.
	Measurement *trt.Measurement
}

// Conditions are what a score depends on besides the architecture. Results
// are shared only between equal conditions.
type Conditions struct {
	trt.Spec
	Latency  string `json:"latency_model"`  // the model or the driver behind the latency, with its version
	Accuracy string `json:"accuracy_model"` // likewise for the accuracy
	// AccuracyData names the images that accuracies are of; empty is ImageNet-1k
	// at 224x224.
	AccuracyData string `json:"accuracy_data,omitempty"`
}

// Evaluator scores architectures; results come in their order. A candidate's
// failure is part of its result, an error ends the run.
type Evaluator interface {
	Evaluate(ctx context.Context, archs []space.Arch) ([]Result, error)
}
