package accuracy

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/trtnas/trtnas/predictor"
)

// Refit is what a user's own results changed.
type Refit struct {
	Rows int `json:"rows"`
	// Offset is how the user's training differs from 300 epochs of the
	// reference recipe, on average over the rows, in points.
	Offset float64 `json:"offset"`
	// Errors of the user's results, each predicted without itself: by the
	// published results and the mean offset of the other rows, and by the
	// refitted model. Nil for fewer than three rows.
	Before *Error       `json:"before,omitempty"`
	After  *Error       `json:"after,omitempty"`
	Labels []Relabelled `json:"labels"`
}

// Error of predictions that were left out.
type Error struct {
	MAE        float64 `json:"mae"` // points
	Tau        float64 `json:"tau"`
	Coverage90 float64 `json:"coverage90"`
}

// Relabelled is one of the user's networks, with its estimates for the
// reference recipe by the model before and after.
type Relabelled struct {
	Name     string  `json:"name"`
	Top1     float64 `json:"top1"` // the user's result
	Before   float64 `json:"before"`
	BeforeSD float64 `json:"before_sd"`
	After    float64 `json:"after"`
	AfterSD  float64 `json:"after_sd"`
}

// fewestCompared rows are needed to judge a refit: with two, one tells the
// offset and the other has nothing to be ordered with.
const fewestCompared = 3

// RefitWith fits the model on the published results and the user's own rows
// (NewRow), and says what that changed.
func RefitWith(own []Row) (*Model, *Refit, error) {
	if len(own) == 0 {
		return nil, nil, fmt.Errorf("accuracy model: no results of the user's own to refit with")
	}
	published := TrainedAlike(Rows())
	before := Default()
	after, err := Fit(slices.Concat(published, own))
	if err != nil {
		return nil, nil, err
	}
	r := &Refit{Rows: len(own)}
	for _, row := range own {
		var b, a [1]Prediction
		before.PredictBatch([]Features{row.features}, b[:])
		after.PredictBatch([]Features{row.features}, a[:])
		r.Labels = append(r.Labels, Relabelled{row.Name, row.Top1, b[0].Top1, b[0].SD, a[0].Top1, a[0].SD})
		r.Offset += (row.Top1 - a[0].Top1) / float64(len(own))
	}
	if len(own) < fewestCompared {
		return after, r, nil
	}
	r.Before, r.After, err = leaveOwnOut(published, own)
	return after, r, err
}

// leaveOwnOut predicts each of the user's results without it. Both ways know
// of an offset: else the published results would be blamed for the recipe.
func leaveOwnOut(published, own []Row) (before, after *Error, err error) {
	var b, a []predictor.Estimate
	for i, row := range own {
		rest := slices.Delete(slices.Clone(own), i, i+1)
		m, err := Fit(slices.Concat(published, rest))
		if err != nil {
			return nil, nil, err
		}
		a = append(a, m.again(row))
		b = append(b, shifted(Default(), rest, row))
	}
	return newError(b, own), newError(a, own), nil
}

// again predicts what a row's network would reach by the row's own recipe.
func (m *Model) again(r Row) predictor.Estimate {
	p, _ := m.scaling.row(r)
	mean, variance := m.posterior(&p)
	return m.prediction(mean, variance+m.scales.noiseVariance(&p)).Interval90()
}

// posterior mean and variance of any point's standardised target.
func (m *Model) posterior(p *point) (mean, variance float64) {
	k := make([]float64, len(m.points))
	for i := range k {
		k[i] = m.scales.covariance(p, &m.points[i])
		mean += m.alpha[i] * k[i]
	}
	m.whiten(k)
	return mean, max(0, m.scales.covariance(p, p)-dot(k, k))
}

// shifted predicts by a model that knows nothing of the recipe, and the mean
// offset of the rest.
func shifted(m *Model, rest []Row, r Row) predictor.Estimate {
	offset := 0.0
	for _, o := range rest {
		p, y := m.scaling.row(o)
		p.recipe = r300
		mean, _ := m.posterior(&p)
		offset += (y - mean) / float64(len(rest))
	}
	p, _ := m.scaling.row(r)
	p.recipe = r300
	mean, variance := m.posterior(&p)
	return m.prediction(mean+offset, variance+m.scales.noiseVariance(&p)).Interval90()
}

func newError(es []predictor.Estimate, rows []Row) *Error {
	v := make([]float64, len(es))
	for i, e := range es {
		v[i] = e.Value
	}
	y := truth(rows)
	return &Error{predictor.MeanAbs(predictor.Errors(v, y)), predictor.KendallTau(v, y), predictor.Coverage(es, y)}
}

// WriteText writes the report as a table.
func (r *Refit) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "refitted with %d results of your own; your training reaches %+.2f points against the reference recipe\n", r.Rows, r.Offset)
	if r.Before == nil {
		fmt.Fprintf(w, "too few to judge what that is worth: %d are needed\n", fewestCompared)
	} else {
		fmt.Fprintf(w, "error on results left out: %.2f points, tau %.2f before; %.2f points, tau %.2f after\n", r.Before.MAE, r.Before.Tau, r.After.MAE, r.After.Tau)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "network\tyour top-1\testimate before\tafter")
	for _, l := range r.Labels {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f ± %.2f\t%.2f ± %.2f\n", l.Name, l.Top1, l.Before, l.BeforeSD, l.After, l.AfterSD)
	}
	return t.Flush()
}
