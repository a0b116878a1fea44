package latency_test

import (
	"math"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/graph"
)

// Kernels timed one by one identify every constant, so the fit must find the
// planted ones again, also where a few timings are grossly wrong.
func TestFitRecoversPlantedConstants(t *testing.T) {
	priors := latency.T4Priors()
	planted := priors.Centre()
	for i := range planted {
		planted[i] *= math.Exp(priors[i].LogSD * []float64{-1.2, 0.7, 1.5, -0.4}[i%4])
	}
	var samples []latency.Sample
	for _, network := range []string{"RegNetY-16G", "TRT-ViT-C", "PoolFormer-S24", "CSWin-T", "ConvNeXt-T"} {
		list := kernels(t, network, 224)
		for i := range list {
			samples = append(samples, latency.Sample{Network: network, Kernels: list[i : i+1], Batch: 8, MS: planted.KernelTime(&list[i], 8)})
		}
	}
	for i := 7; i < len(samples); i += 50 {
		samples[i].MS *= 3
	}
	fitted, err := latency.Fit(samples, priors)
	if err != nil {
		t.Fatal(err)
	}
	for i, prior := range priors {
		if !near(fitted[i], planted[i], 0.05) {
			t.Errorf("%s: fitted %v, planted %v", prior.Name, fitted[i], planted[i])
		}
	}
}

// With nothing but the launch overhead to learn from, the rest stays at the
// priors' centre.
func TestFitKeepsPriorsWithoutEvidence(t *testing.T) {
	priors := latency.T4Priors()
	empty := make([]graph.Kernel, 100)
	for i := range empty {
		empty[i] = graph.Kernel{Class: graph.KCopy, Count: 1}
	}
	fitted, err := latency.Fit([]latency.Sample{{Network: "empty", Kernels: empty, Batch: 1, MS: 0.4}}, priors)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range priors.Centre() {
		if !near(fitted[i], c, 1e-4) {
			t.Errorf("%s: %v, want %v", priors[i].Name, fitted[i], c)
		}
	}
}

func TestFitRefusesUnusableSamples(t *testing.T) {
	near, _ := samples(t)
	good := near[0]
	for name, spoil := range map[string]func(*latency.Sample){
		"no kernels":    func(s *latency.Sample) { s.Kernels = nil },
		"batch 0":       func(s *latency.Sample) { s.Batch = 0 },
		"zero latency":  func(s *latency.Sample) { s.MS = 0 },
		"not a number":  func(s *latency.Sample) { s.MS = math.NaN() },
		"infinite time": func(s *latency.Sample) { s.MS = math.Inf(1) },
	} {
		s := good
		spoil(&s)
		if _, err := latency.Fit([]latency.Sample{good, s}, latency.T4Priors()); err == nil || !strings.Contains(err.Error(), good.Network) {
			t.Errorf("%s: error %v, want one that names %s", name, err, good.Network)
		}
	}
	if _, err := latency.Fit(nil, latency.T4Priors()); err == nil {
		t.Error("no samples: no error")
	}
}
