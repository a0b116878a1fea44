package experiments

import (
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// T4Samples are the published latencies with the kernels of our own graphs, by
// which the networks of a search are predicted too: those that the profile t4
// is fitted on, and those that test extrapolation.
func T4Samples() (near, far []latency.Sample, err error) { return latency.SamplesOf(kernels) }

func kernels(r latency.Row) ([]graph.Kernel, error) {
	n, err := reference.Find(r.Network)
	if err != nil {
		return nil, err
	}
	g, err := n.Lower(space.Input{Batch: r.Batch, Height: r.Resolution, Width: r.Resolution, Features: r.Backbone})
	if err != nil {
		return nil, err
	}
	return g.Kernels(), nil
}
