package report

import (
	"fmt"
	"io"

	"github.com/trtnas/trtnas/evaluator"
)

// PredictionSchema names the JSON format of a prediction.
const PredictionSchema = "trtnas.point/1"

// Prediction is one network under stated conditions.
type Prediction struct {
	Schema     string               `json:"schema"`
	Name       string               `json:"name"`
	Conditions evaluator.Conditions `json:"conditions"`
	Point
	Published *Published `json:"published,omitempty"`
}

// WriteText writes the prediction for people.
func (p Prediction) WriteText(w io.Writer) error {
	line := func(what, unit string, e *Estimate) {
		mark := ""
		if e.Extrapolated {
			mark = ", extrapolated"
		}
		fmt.Fprintf(w, "  %-10s %.2f %s   %.0f %% interval [%.2f, %.2f], %s%s\n", what, e.Value, unit, 100*e.Level, e.Low, e.High, e.Source, mark)
	}
	fmt.Fprintf(w, "%s\n", p.Name)
	if len(p.Stages) > 0 {
		fmt.Fprintf(w, "  %s\n", Rows(p.Stages))
	}
	fmt.Fprintf(w, "  conditions %s\n", Conditions(p.Conditions))
	line("latency", "ms", p.Latency)
	if p.Top1 != nil {
		line("top-1", "%", p.Top1)
	} else {
		fmt.Fprintf(w, "  %-10s unknown: the model is of classifiers of images of 224x224\n", "top-1")
	}
	fmt.Fprintf(w, "  %-10s %.2f M\n  %-10s %.2f G\n", "parameters", float64(p.Params)/1e6, "MACs", float64(p.MACs)/1e9)
	if p.Published != nil {
		fmt.Fprintf(w, "  %-10s %.1f ms (%s)\n", "published", p.Published.LatencyMS, p.Published.Source)
	}
	if len(p.Stages) > 0 {
		fmt.Fprintf(w, "\n%s", Legend)
	}
	_, err := fmt.Fprintf(w, "\ntop-1 is an estimate for 300 epochs of training on ImageNet-1k at 224x224\n")
	return err
}
