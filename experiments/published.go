package experiments

import (
	"fmt"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// T4Samples are the published latencies with the kernels of our own graphs, by
// which the networks of a search are predicted too: those that the profile t4
// is fitted on, and those that test extrapolation.
func T4Samples() (near, far []latency.Sample, err error) { return latency.SamplesOf(kernels) }

// V100Samples are networks' latencies that were published for a V100, with
// the kernels of our own graphs.
func V100Samples() ([]latency.Sample, error) { return latency.V100Samples(kernels) }

// FitProfile fits a built-in profile anew on its published rows.
func FitProfile(name string) (*latency.Profile, error) {
	switch name {
	case "t4":
		near, far, err := T4Samples()
		if err != nil {
			return nil, err
		}
		return latency.FitT4(near, far)
	case "v100":
		t4, err := latency.Open("t4")
		if err != nil {
			return nil, err
		}
		networks, err := V100Samples()
		if err != nil {
			return nil, err
		}
		return latency.FitV100(t4, networks)
	}
	return nil, Unusable{fmt.Errorf("no profile %q is built in: choose %s", name, builtin)}
}

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
