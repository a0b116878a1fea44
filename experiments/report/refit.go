package report

import (
	"fmt"
	"io"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// RefitSchema names the JSON format of Refit.
const RefitSchema = "trtnas.refit/1"

// Refit is what labels of the user's own change in the accuracy model.
type Refit struct {
	Schema   string             `json:"schema"`
	Model    string             `json:"model"` // the refitted one
	Training evaluator.Training `json:"training"`
	accuracy.Refit
}

// WriteText writes the report for people.
func (r Refit) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s, by labels of %s: %s on %s\n", r.Model, r.Training.Program, r.Training.Scale().Model, r.Training.DataName())
	return r.Refit.WriteText(w)
}
