package latency_test

import (
	"testing"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/predictor/latency"
)

// samples are the published rows with the kernels that the product fits on.
func samples(t testing.TB) (near, far []latency.Sample) {
	t.Helper()
	near, far, err := experiments.T4Samples()
	if err != nil {
		t.Fatal(err)
	}
	return near, far
}
