package report

import (
	"fmt"
	"io"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

// ToldApartSchema names the JSON format of ToldApart.
const ToldApartSchema = "trtnas.told_apart/1"

// ToldApart is how many networks of a front the accuracy model can order: two
// are told apart if the 90 % interval of their difference, by the model's joint
// belief about both, excludes 0.
type ToldApart struct {
	Schema     string `json:"schema"`
	Run        string `json:"run"`
	Model      string `json:"model"`
	Networks   int    `json:"networks"`
	Pairs      int    `json:"pairs"`
	Told       int    `json:"told_apart"`
	Neighbours int    `json:"neighbours_told_apart"` // pairs of neighbours in the order of accuracy
	Levels     int    `json:"levels"`                // networks of a chain in which each is told apart from the one before
	// Calibration of such intervals on published networks of one family, the
	// model not knowing their line of families.
	Calibration accuracy.Differences `json:"calibration"`
}

// NewToldApart counts; fs are in the order of accuracy, the least accurate
// first.
func NewToldApart(run, model string, fs []accuracy.Features, m *accuracy.Model, calibration accuracy.Differences) ToldApart {
	t := ToldApart{Schema: ToldApartSchema, Run: run, Model: model, Networks: len(fs), Calibration: calibration, Levels: 1}
	difference := m.Comparer(fs)
	last := 0
	for j := range fs {
		for i := range j {
			t.Pairs++
			if difference(i, j).Tie() {
				continue
			}
			t.Told++
			if i == j-1 {
				t.Neighbours++
			}
		}
		if d := difference(last, j); !d.Tie() && d.Points > 0 {
			t.Levels++
			last = j
		}
	}
	return t
}

// WriteText writes the counts for people.
func (t ToldApart) WriteText(w io.Writer) error {
	c := t.Calibration
	_, err := fmt.Fprintf(w, `Front of run %s: %d networks, by %s
pairs told apart: %d of %d; neighbours in accuracy: %d of %d; levels that can be told apart: %d

Two networks are told apart if the 90 %% interval of their difference excludes 0. It is by the model's joint belief about both, as
networks of one family that it does not know. On published networks such intervals held %.0f %% of %d differences;
%d were told apart, %s in the right order. The others are ties, which latency decides.
`, t.Run, t.Networks, t.Model, t.Told, t.Pairs, t.Neighbours, max(0, t.Networks-1), t.Levels, 100*c.Coverage90, c.Pairs, c.Called, share(c.Right, c.Called))
	return err
}

// share of all, in words.
func share(n, all int) string {
	if n == all {
		return "all"
	}
	return fmt.Sprintf("%d of them", n)
}
