package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/local"
	"github.com/trtnas/trtnas/trt/ort"
)

// present tells whether the machine has a GPU.
func present() bool { return local.Present() == nil }

// openLocal opens the GPU of this machine.
func openLocal(ctx context.Context, spec trt.Spec, o Options, t Tools) (*Device, error) {
	backend, err := t.gpus.take(o.Index, func() (trt.Backend, error) {
		return local.Open(ctx, local.Options{
			Access: o.Access, Trtexec: t.Trtexec, Python: t.Python, Program: t.Program, Index: o.Index,
			Caches: trt.TimingCaches(t.Caches), Build: t.Build,
		})
	})
	if err != nil {
		return nil, fmt.Errorf("--device %s: %w", o.Name, err)
	}
	gpu := backend.Device()
	if len(gpu.Others) > 0 && !t.Busy {
		return nil, errors.Join(fmt.Errorf("other programs compute on the GPU (%s): end them, or take wider intervals with --busy-gpu", strings.Join(gpu.Others, ", ")), backend.Close())
	}
	here, err := newSession()
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	here.record = t.Record
	ref, err := here.reference(gpu.Conditions(spec))
	if err != nil {
		return nil, errors.Join(err, backend.Close(), here.close())
	}
	oracle, checked := trt.Oracle(nil), "those of an engine in fp32, since there is no ONNX Runtime"
	if runtime, err := ort.Find(ctx, t.Python); err == nil {
		oracle, checked = runtime.Run, "those of ONNX Runtime "+runtime.Version()
	}
	if oracle == nil && spec.Precision == trt.FP32 {
		return nil, errors.Join(errors.New("engines in fp32 are checked by ONNX Runtime alone: install it (pip install onnxruntime), and say by --python which Python has it"), backend.Close(), here.close())
	}
	here.driver = trt.NewBench(backend, trt.Options{
		Reference: ref, Oracle: oracle, Layers: t.Layers, Caches: trt.TimingCaches(t.Caches), Now: time.Now, Sleep: sleep,
	})
	models, err := Nearest(spec)
	if err != nil {
		return nil, errors.Join(err, here.close())
	}
	m := here.measuring(spec, here.driver)
	cold := t
	// A second session's builds are others than those that were recorded.
	cold.Caches, cold.Record = "", ""
	return &Device{
		Network: m, Measures: true, models: models, conditions: m.Conditions(), evaluator: m, close: here.close,
		Note:  fmt.Sprintf("latencies are measured with %s %s through %s, driver %s; outputs are compared with %s", gpu.Library, gpu.Version, gpu.Access, gpu.Driver, checked),
		renew: func(ctx context.Context) (*Device, error) { return openLocal(ctx, spec, o, cold) },
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
