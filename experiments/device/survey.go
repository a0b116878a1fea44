package device

import (
	"context"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/local"
	"github.com/trtnas/trtnas/trt/ort"
)

// Findings are what there is on this machine to measure with.
type Findings struct {
	GPU  error           // why no GPU is visible; nil if one is
	Ways []local.Finding // to TensorRT, the preferred first
	// Oracle is the version of ONNX Runtime, to compare outputs with; NoOracle is
	// why there is none.
	Oracle   string
	NoOracle error
}

// Survey looks for everything that measuring needs.
func Survey(ctx context.Context, o Options, t Tools) Findings {
	f := Findings{GPU: local.Present()}
	f.Ways = local.Survey(ctx, local.Options{
		Access: o.Access, Trtexec: t.Trtexec, Python: t.Python, Program: t.Program, Index: o.Index,
		Caches: trt.TimingCaches(t.Caches), Build: t.Build,
	})
	if runtime, err := ort.Find(ctx, t.Python); err != nil {
		f.NoOracle = err
	} else {
		f.Oracle = runtime.Version()
	}
	return f
}
