package trtexec

import (
	"testing"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/trttest"
)

func TestBackend(t *testing.T) {
	for _, release := range []string{"8.6.1", "10.6.0", "11.1.0"} {
		t.Run(release, func(t *testing.T) {
			trttest.Backend(t, trttest.Subject{
				Open: func(t *testing.T) trt.Backend {
					o, _ := options(t, release, "")
					b, err := Open(t.Context(), o)
					if err != nil {
						t.Fatal(err)
					}
					return b
				},
				Model: network, Spec: trt.Spec{Precision: trt.FP16, Batch: 1},
				Input: trt.Tensor{TensorType: network.Input, Data: []float32{1, 2, 3, 4}},
			})
		})
	}
}
