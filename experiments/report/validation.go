package report

import (
	"io"

	"github.com/trtnas/trtnas/predictor/latency"
)

// ValidationSchema names the JSON format of a Validation.
const ValidationSchema = "trtnas.validation/2"

// Validation is the latency model's cross-validation.
type Validation struct {
	Schema  string         `json:"schema"`
	Latency latency.Report `json:"latency"`
}

// WriteText writes the scores as tables.
func (v Validation) WriteText(w io.Writer) error {
	if _, err := io.WriteString(w, "LATENCY, profile t4: TensorRT 8.0.3.4, fp16, batch 8\n"); err != nil {
		return err
	}
	return v.Latency.WriteText(w)
}
