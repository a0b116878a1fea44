package export

import (
	_ "embed"
	"fmt"
	"io"
	"text/template"

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
		"Conditions": report.Conditions(n.Conditions), "Measured": n.Point.Latency.Measured(),
		"FP16": spec.Precision == trt.FP16, "Shapes": shapes, "Dynamic": o.DynamicBatch,
		"Module": n.Arch != nil, "Batch": spec.Batch, "Height": spec.Resolution[0], "Width": spec.Resolution[1],
	})
}

// notes are the figures as the module's comment has them.
func (n Network) notes() []string {
	return []string{
		"Latency: " + interval(n.Point.Latency, "ms") + ",",
		"on " + report.Conditions(n.Conditions) + ".",
		"Top-1: " + interval(n.Point.Top1, "%") + ",",
		"after 300 epochs of training on ImageNet-1k at 224x224.",
	}
}

func interval(e *report.Estimate, unit string) string {
	mark := ""
	if e.Extrapolated {
		mark = ", extrapolated"
	}
	return fmt.Sprintf("%.2f %s %s%s, %.0f %% interval %.2f to %.2f", e.Value, unit, e.Source, mark, 100*e.Level, e.Low, e.High)
}
