package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// Unfitted is how the accuracy model does on published networks of families
// that it was never fitted on.
type Unfitted struct {
	MAE        float64           `json:"mae"`        // points of top-1
	Coverage80 float64           `json:"coverage80"` // of the 80 % intervals
	Coverage90 float64           `json:"coverage90"`
	Networks   []UnfittedNetwork `json:"networks"`
}

// UnfittedNetwork is one of them; all in per cent.
type UnfittedNetwork struct {
	Name      string     `json:"name"`
	Family    string     `json:"family"`
	Published float64    `json:"published"`
	Predicted float64    `json:"predicted"`
	Range80   [2]float64 `json:"predicted_80"`
	Range     [2]float64 `json:"predicted_90"`
}

// NewUnfittedNetwork sets a prediction beside a published top-1.
func NewUnfittedNetwork(name, family string, published float64, p accuracy.Prediction) UnfittedNetwork {
	narrow, wide := p.Interval(), p.Interval90()
	return UnfittedNetwork{
		Name: name, Family: family, Published: published, Predicted: digits(p.Top1),
		Range80: [2]float64{digits(narrow.Low), digits(narrow.High)}, Range: [2]float64{digits(wide.Low), digits(wide.High)},
	}
}

// NewUnfitted sums up the networks.
func NewUnfitted(networks []UnfittedNetwork) Unfitted {
	var narrow, wide []predictor.Estimate
	var predicted, published []float64
	for _, n := range networks {
		predicted, published = append(predicted, n.Predicted), append(published, n.Published)
		narrow = append(narrow, predictor.Estimate{Low: n.Range80[0], High: n.Range80[1]})
		wide = append(wide, predictor.Estimate{Low: n.Range[0], High: n.Range[1]})
	}
	return Unfitted{
		MAE:        predictor.MeanAbs(predictor.Errors(predicted, published)),
		Coverage80: predictor.Coverage(narrow, published), Coverage90: predictor.Coverage(wide, published),
		Networks: networks,
	}
}

func (u Unfitted) writeText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\npublished networks of families that were never fitted: error %.2f points, %.0f %% in 80 %% interval, %.0f %% in 90 %% interval\n",
		u.MAE, 100*u.Coverage80, 100*u.Coverage90)
	fmt.Fprintln(t, "network\tpublished\tpredicted\t90 %\terror")
	for _, n := range u.Networks {
		fmt.Fprintf(t, "%s\t%.1f\t%.2f\t[%.1f, %.1f]\t%+.2f\n", n.Name, n.Published, n.Predicted, n.Range[0], n.Range[1], n.Predicted-n.Published)
	}
	return t.Flush()
}
