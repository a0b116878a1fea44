package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
)

// RunsSchema names the JSON format of a list of runs.
const RunsSchema = "trtnas.runs/1"

// RunList is a list of runs.
type RunList struct {
	Schema string `json:"schema"`
	Runs   []Run  `json:"runs"`
}

// Run is a run in a line.
type Run struct {
	Name       string               `json:"name"`
	State      string               `json:"state"` // finished or unfinished
	Reason     string               `json:"reason,omitempty"`
	BudgetMS   float64              `json:"budget_ms"`
	Evaluated  int                  `json:"evaluated"`
	Trained    int                  `json:"trained,omitempty"` // networks with a label
	Created    time.Time            `json:"created"`
	Conditions evaluator.Conditions `json:"conditions"`
}

// NewRunList lists the runs.
func NewRunList(runs []store.Run) RunList {
	l := RunList{Schema: RunsSchema, Runs: []Run{}}
	for _, r := range runs {
		state := "unfinished"
		if r.Finished() {
			state = "finished"
		}
		l.Runs = append(l.Runs, Run{
			Name: r.Name, State: state, Reason: r.Reason, BudgetMS: Milliseconds(r.Budget), Evaluated: r.Evaluated, Created: r.Created, Conditions: r.Conditions,
		})
	}
	return l
}

// WriteText writes the list as a table.
func (l RunList) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "run\tstate\tbudget\tevaluated\tcreated\tconditions")
	for _, r := range l.Runs {
		state := r.State
		if r.Reason != "" {
			state += " (" + r.Reason + ")"
		}
		evaluated := fmt.Sprint(r.Evaluated)
		if r.Trained > 0 {
			evaluated += fmt.Sprintf(", %d trained", r.Trained)
		}
		fmt.Fprintf(t, "%s\t%s\t%s ms\t%s\t%s\t%s\n", r.Name, state, plain(r.BudgetMS), evaluated, r.Created.Format(time.DateTime), Conditions(r.Conditions))
	}
	return t.Flush()
}
