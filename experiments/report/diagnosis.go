package report

import (
	"fmt"
	"io"
	"strings"
)

// DiagnosisSchema names the JSON format of a diagnosis.
const DiagnosisSchema = "trtnas.diagnosis/1"

// Diagnosis is what there is to measure with, and what is missing.
type Diagnosis struct {
	Schema string       `json:"schema"`
	Device string       `json:"device"` // that was asked for
	Ready  bool         `json:"ready"`  // networks can be measured
	Checks []Finding    `json:"checks"`
	Test   *Measured    `json:"self_test,omitempty"`
	Search *SearchGuess `json:"search,omitempty"`
}

// Finding is the outcome of one check.
type Finding struct {
	What   string `json:"what"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
}

// State of what was checked.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // measuring works, less well
	Missing State = "missing"
)

// SearchGuess is how long a search takes on the device, from the self-test.
type SearchGuess struct {
	Networks int     `json:"networks"`
	Minutes  float64 `json:"minutes"` // of the device, if no timing cache helped
}

// WriteText writes the diagnosis for people.
func (d Diagnosis) WriteText(w io.Writer) error {
	for _, f := range d.Checks {
		fmt.Fprintf(w, "%-8s %-16s %s\n", f.State, f.What, strings.ReplaceAll(f.Detail, "\n", "\n"+strings.Repeat(" ", 26)))
	}
	if d.Test != nil {
		fmt.Fprintf(w, "\nself-test: ")
		if err := d.Test.WriteText(w); err != nil {
			return err
		}
	}
	if s := d.Search; s != nil {
		fmt.Fprintf(w, "\nA search of %d networks would take some %.0f minutes of this GPU without a timing cache, less with one\n(from the self-test's build, by the number of kernels; `trtnas search` says how long is left as it goes).\n", s.Networks, s.Minutes)
	}
	verdict := fmt.Sprintf("\nNetworks can be measured here: `trtnas search --device %s --budget 10ms`.\n", d.Device)
	if !d.Ready {
		verdict = "\nNo network can be measured here. `trtnas search --budget 10ms` predicts latencies by a device model instead.\n"
	}
	_, err := io.WriteString(w, verdict)
	return err
}
