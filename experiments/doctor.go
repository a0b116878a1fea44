package experiments

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Diagnose looks for everything that measuring needs, and measures a small
// network if it can.
func Diagnose(ctx context.Context, spec trt.Spec, o device.Options, t device.Tools, now func() time.Time) (report.Diagnosis, error) {
	d := report.Diagnosis{Schema: report.DiagnosisSchema, Device: o.Name}
	found := device.Survey(ctx, o, t)
	d.Checks = append(d.Checks, finding("GPU", found.GPU, "an NVIDIA GPU is visible"))
	open := false
	for _, way := range found.Ways {
		gpu := way.Device
		detail := fmt.Sprintf("%s %s on %s, driver %s (%s)", gpu.Library, gpu.Version, gpu.Name, gpu.Driver, way.Path)
		f := finding(string(way.Access), way.Err, detail)
		d.Checks = append(d.Checks, f)
		open = open || way.Err == nil
	}
	oracle := finding("ONNX Runtime", found.NoOracle, found.Oracle+": outputs are compared with it")
	if found.NoOracle != nil {
		oracle.State, oracle.Detail = report.Warning, oracle.Detail+"; outputs are compared with an engine in fp32 instead, which doubles the builds"
	}
	d.Checks = append(d.Checks, oracle, cachesFinding(t.Caches))
	if o.Name == device.Local && (found.GPU != nil || !open) {
		return d, ctx.Err()
	}
	err := selfTest(ctx, &d, spec, o, t, now)
	d.Checks = append(d.Checks, finding("self-test", err, "a small network was built and timed"))
	d.Ready = err == nil
	return d, ctx.Err()
}

func finding(what string, err error, detail string) report.Finding {
	if err != nil {
		return report.Finding{What: what, State: report.Missing, Detail: err.Error()}
	}
	return report.Finding{What: what, State: report.OK, Detail: detail}
}

func cachesFinding(folder string) report.Finding {
	f := report.Finding{What: "timing caches", State: report.OK, Detail: folder}
	switch err := os.MkdirAll(folder, 0o755); {
	case folder == "":
		f.State, f.Detail = report.Warning, "none: every build is cold"
	case err != nil:
		f.State, f.Detail = report.Warning, err.Error()
	}
	return f
}

// tiny is a network of every kind of kernel that searches use, fast to build.
func tiny() reference.Network {
	stage := space.Stage{Depth: 1, Width: 64, Block: space.BottleNeck, S: 1, K: 3}
	last := space.Stage{Depth: 1, Mixed: 1, Width: 128, Block: space.MixBlockC, R: 0.5, S: 1, K: 3}
	a := space.Arch{Stages: [4]space.Stage{stage, stage, stage, last}}.Canonical()
	return reference.Network{Name: "a small network", Rows: a.Stages[:], Arch: &a}
}

// typical is a network of the size that searches for 10 ms end with.
const typical = "TRT-ViT-C"

// selfTest measures a small network, and guesses from it.
func selfTest(ctx context.Context, d *report.Diagnosis, spec trt.Spec, o device.Options, t device.Tools, now func() time.Time) error {
	gpu, err := device.Open(ctx, spec, o, t)
	if err != nil {
		return err
	}
	defer gpu.Close()
	if !gpu.Measures {
		return fmt.Errorf("--device %s only predicts", o.Name)
	}
	n := tiny()
	r, err := gpu.Network.Network(ctx, n)
	if err != nil {
		return err
	}
	if r.Failure != nil {
		return errors.New(string(r.Failure.Class) + ": " + r.Failure.Message)
	}
	r.Arch = *n.Arch
	test := report.NewMeasured(n.Name, gpu.Conditions(), r, []store.Timing{{Session: 1, Created: now().UTC(), Measurement: r.Measurement}})
	d.Test = &test
	d.Search, err = guess(n, *r.Measurement, gpu.Conditions())
	return err
}

// guess takes a build to last in proportion to the network's kernels.
func guess(n reference.Network, m trt.Measurement, c evaluator.Conditions) (*report.SearchGuess, error) {
	big, err := reference.Find(typical)
	if err != nil {
		return nil, err
	}
	var kernels [2]int
	for i, of := range []reference.Network{n, big} {
		g, err := of.Lower(space.Input{Batch: c.Batch, Height: c.Resolution[0], Width: c.Resolution[1], Features: c.Output == trt.Features})
		if err != nil {
			return nil, err
		}
		kernels[i] = len(g.Kernels())
	}
	build := m.Engine.BuildTime.Minutes() * float64(kernels[1]) / float64(kernels[0])
	if m.Checked == trt.CheckedFP32 {
		build *= 2
	}
	return &report.SearchGuess{Networks: DefaultMeasured, Minutes: DefaultMeasured * (build + timing(m, c.Protocol).Minutes())}, nil
}

// timing is how long the device was timed for: the network, and the reference
// before and after it.
func timing(m trt.Measurement, p trt.Protocol) time.Duration {
	sum := 3 * p.WarmUp
	if m.Reference != nil {
		sum += 2 * trt.ReferenceSamples * m.Reference.Baseline
	}
	for _, s := range m.Samples {
		sum += s
	}
	return sum
}
