package latency_test

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/graph"
)

func TestRefitGivesTheCommittedV100(t *testing.T) {
	fitted, err := experiments.FitProfile("v100")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		var b bytes.Buffer
		if err := fitted.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("data/v100.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log("wrote data/v100.json; run again without -update")
		return
	}
	committed, err := latency.Open("v100")
	if err != nil {
		t.Fatal(err)
	}
	for i, prior := range latency.T4Priors() {
		if !near(fitted.Constants[i], committed.Constants[i], 1e-4) {
			t.Errorf("%s: refit gives %v, data/v100.json has %v", prior.Name, fitted.Constants[i], committed.Constants[i])
		}
	}
	fitted.Constants = committed.Constants
	if *fitted != *committed {
		t.Errorf("refit gives %+v, data/v100.json has %+v", *fitted, *committed)
	}
	if err := committed.Validate(); err != nil {
		t.Error(err)
	}
}

// The counts are those of the published table: 75,850 rows, of which 902 are
// marked as not valid.
func TestV100Kernels(t *testing.T) {
	kernels := latency.V100Kernels()
	if len(kernels) != 75_850-902 {
		t.Errorf("%d kernels", len(kernels))
	}
	for _, s := range kernels {
		k := s.Kernels[0]
		if !(s.MS > 0) || k.MACs <= 0 || k.In <= 0 || k.Out <= 0 {
			t.Fatalf("%+v", s)
		}
	}
}

// Convolutions of the published table are those that a graph would have.
func TestV100KernelsAreAGraphs(t *testing.T) {
	checked := 0
	for _, s := range latency.V100Kernels() {
		k := s.Kernels[0]
		stride := int(math.Round(float64(s.Resolution) / math.Sqrt(float64(k.M))))
		plain := k.In == int64(k.CIn)*int64(s.Resolution*s.Resolution)
		if !plain || s.Batch != 1 || s.Resolution%stride != 0 {
			continue
		}
		var b graph.Builder
		x := b.Input("x", graph.Shape{1, k.CIn, s.Resolution, s.Resolution})
		g, err := b.Graph(b.Add("conv", graph.Conv{Out: k.COut, Kernel: k.Size, Stride: stride, Pad: k.Size / 2, Groups: k.Groups}, x))
		if err != nil {
			t.Fatalf("%s: %v", s.Network, err)
		}
		want := g.Kernels()[0]
		want.Node = nil
		if k != want {
			t.Fatalf("%s is %+v, the graph has %+v", s.Network, k, want)
		}
		checked++
	}
	if checked < 1000 {
		t.Errorf("only %d were compared", checked)
	}
}

// Networks in fp32 tell nothing but the order.
func TestV100RanksNetworks(t *testing.T) {
	samples, err := experiments.V100Samples()
	if err != nil {
		t.Fatal(err)
	}
	p, err := latency.Open("v100")
	if err != nil {
		t.Fatal(err)
	}
	var predicted, truth []float64
	for _, s := range samples {
		predicted, truth = append(predicted, p.Constants.Sum(s.Kernels, s.Batch)), append(truth, s.MS)
	}
	if tau := predictor.KendallTau(predicted, truth); len(samples) != 19 || tau < 0.5 || math.IsNaN(tau) {
		t.Errorf("tau %.2f over %d networks", tau, len(samples))
	}
}
