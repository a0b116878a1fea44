package export

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/trt"
)

//go:embed readme.md.tmpl
var readmeText string

var readme = template.Must(template.New("README").Parse(readmeText))

func (n Network) writeReadme(w io.Writer, o Options) error {
	spec, shapes := n.Conditions.Spec, ""
	if o.DynamicBatch {
		shapes = fmt.Sprintf(" --shapes=image:%dx3x%dx%d", spec.Batch, spec.Resolution[0], spec.Resolution[1])
	}
	return readme.Execute(w, map[string]any{
		"Name": n.Name, "ID": n.ID(), "Run": n.Run, "Rows": report.Rows(n.Point.Stages), "Legend": report.Legend,
		"Latency": interval(n.Point.Latency, "ms"), "Top1": interval(n.Point.Top1, "%"),
		"Params": fmt.Sprintf("%.2f M", float64(n.Point.Params)/1e6), "MACs": fmt.Sprintf("%.2f G", float64(n.Point.MACs)/1e9),
		"Conditions": report.Conditions(n.Conditions), "Intro": intro[evaluator.LatencySource(n.Point.Latency.Source)],
		"Commands": commands(spec, shapes, n.Point.Latency.Measured()), "Dynamic": o.DynamicBatch,
		"Trained": n.Conditions.AccuracyData != "", "Meaning": report.Top1Meaning(n.Conditions),
		"Module": n.Arch != nil, "Batch": spec.Batch, "Height": spec.Resolution[0], "Width": spec.Resolution[1],
	})
}

// intro says what the commands below it give.
var intro = map[evaluator.LatencySource]string{
	evaluator.LatencyPredicted:  "The latency above is a prediction. To measure it on your GPU (median of \"GPU Compute Time\"):",
	evaluator.LatencySimulated:  "The latency above is that of a simulated device. To measure it on your GPU (median of \"GPU Compute Time\"):",
	evaluator.LatencyMeasured:   "The latency above is the median GPU compute time of such an engine:",
	evaluator.LatencyRemeasured: "The latency above is the median GPU compute time of such engines:",
}

// command times the network with trtexec.
type command struct{ For, Flags string }

// commands are the one by which the network was timed, or else those of each
// release.
func commands(s trt.Spec, shapes string, measured bool) []command {
	fp32 := "--onnx=" + ONNX + shapes
	strong := command{"TensorRT 9 and later: types as in the model", "--onnx=" + ONNXFP16 + shapes + " --stronglyTyped"}
	weak := command{"TensorRT 8.6 to 10: fp16 where that is faster", fp32 + " --fp16"}
	if s.Precision == trt.FP32 {
		strong, weak = command{"TensorRT 9 and later", fp32 + " --stronglyTyped"}, command{"TensorRT 8.6", fp32}
	}
	b := s.Builder
	if !measured {
		return []command{strong, weak}
	}
	as := strong
	if b.Typing == trt.Weak {
		as = weak
	}
	as.For = fmt.Sprintf("as it was timed (%s typed)", b.Typing+"ly")
	as.Flags += fmt.Sprintf(" --builderOptimizationLevel=%d", b.Level)
	if b.WorkspaceMiB > 0 {
		as.Flags += fmt.Sprintf(" --memPoolSize=workspace:%d", b.WorkspaceMiB)
	}
	return []command{as}
}

// notes are the figures as the module's comment has them.
func (n Network) notes() []string {
	return []string{
		"Latency: " + interval(n.Point.Latency, "ms") + ",",
		"on " + report.Conditions(n.Conditions) + ".",
		"Top-1: " + interval(n.Point.Top1, "%") + ",",
		plain(report.Top1Meaning(n.Conditions)) + ".",
	}
}

// plain takes out of a text what may not be in a docstring: names of images are
// the user's.
func plain(text string) string { return strings.NewReplacer(`"`, "'", `\`, "/").Replace(text) }

func interval(e *report.Estimate, unit string) string {
	mark := ""
	if e.Extrapolated {
		mark = ", extrapolated"
	}
	digits := 2
	if e.High-e.Low < 0.1 { // as of what was measured
		digits = 3
	}
	return fmt.Sprintf("%.*f %s %s%s, %.0f %% interval %.*f to %.*f", digits, e.Value, unit, e.Source, mark, 100*e.Level, digits, e.Low, digits, e.High)
}
