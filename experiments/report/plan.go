package report

import (
	"fmt"
	"io"
	"math/big"
	"text/tabwriter"

	"github.com/trtnas/trtnas/evaluator"
)

// PlanSchema names the JSON format of a search that is not begun.
const PlanSchema = "trtnas.plan/1"

// Plan is what a search would do.
type Plan struct {
	Schema      string               `json:"schema"`
	Run         string               `json:"run"`
	Space       string               `json:"space"`
	Genotypes   *big.Int             `json:"genotypes"`
	Networks    *big.Int             `json:"networks"` // different ones
	BudgetMS    float64              `json:"budget_ms"`
	Conditions  evaluator.Conditions `json:"conditions"`
	Algorithm   string               `json:"algorithm"`
	Evaluations int                  `json:"evaluations"`
	Population  int                  `json:"population"`
	Seed        int64                `json:"seed"`
	Trains      bool                 `json:"trains,omitempty"` // accuracies come from trainings, whose time is not in DeviceTime
	DeviceTime  *DeviceTime          `json:"device_time,omitempty"`
}

// DeviceTime is how long a search is expected to use the device.
type DeviceTime struct {
	Measurements int     `json:"measurements"` // the finalists' second ones included
	EachS        float64 `json:"each_s"`       // seconds of one
	Minutes      float64 `json:"minutes"`
	Low          float64 `json:"low"` // minutes
	High         float64 `json:"high"`
	Level        float64 `json:"level,omitempty"` // of the interval; none where it is assumed
	Source       string  `json:"source"`          // measured or assumed
	Of           int     `json:"of,omitempty"`    // measurements under the same conditions that it was read from
}

// WriteText writes the plan for people.
func (p Plan) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "run\t%s\n", p.Run)
	fmt.Fprintf(t, "space\t%s: %s genotypes, %s different networks\n", p.Space, scientific(p.Genotypes), scientific(p.Networks))
	fmt.Fprintf(t, "budget\t%s ms for one batch\n", plain(p.BudgetMS))
	fmt.Fprintf(t, "conditions\t%s\n", Conditions(p.Conditions))
	fmt.Fprintf(t, "search\t%d networks by %s, %d in a generation, seed %d\n", p.Evaluations, p.Algorithm, p.Population, p.Seed)
	fmt.Fprintf(t, "device time\t%s\n", p.DeviceTime)
	if p.Trains {
		fmt.Fprintln(t, "training\tcomes on top, and is not known before networks were trained")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nnothing was stored; the same command without --dry-run begins the search")
	return err
}

// String writes the time with where it comes from.
func (d *DeviceTime) String() string {
	if d == nil {
		return "none: latencies are predicted"
	}
	text := fmt.Sprintf("about %.0f minutes", d.Minutes)
	if d.Source == "measured" {
		return fmt.Sprintf("%s [%.0f, %.0f] at %.0f %%: %d measurements of %.0f s each, as %d took under these conditions", text, d.Low, d.High, 100*d.Level, d.Measurements, d.EachS, d.Of)
	}
	return fmt.Sprintf("%s [%.0f, %.0f], assumed: %d measurements of %.0f s each; too few were measured under these conditions to tell", text, d.Low, d.High, d.Measurements, d.EachS)
}
