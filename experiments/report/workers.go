package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// WorkersSchema names the JSON form of Workers.
const WorkersSchema = "trtnas.workers/1"

// Workers lists those who measure or train for a queue.
type Workers struct {
	Schema  string   `json:"schema"`
	Workers []Worker `json:"workers"`
}

// Worker is one of them, as it was last heard of.
type Worker struct {
	Name        string    `json:"name"`
	State       string    `json:"state"` // idle, measuring, training, gone or lost
	Network     string    `json:"network,omitempty"`
	Done        int       `json:"done"`
	Failed      int       `json:"failed"`
	Seen        time.Time `json:"seen"`
	Why         string    `json:"why,omitempty"` // it is gone
	Device      string    `json:"device"`
	Driver      string    `json:"driver"`
	TensorRT    string    `json:"tensorrt"`
	Access      string    `json:"access"`
	Training    string    `json:"training,omitempty"` // what one trains on that does not measure; it has no device
	Fingerprint string    `json:"fingerprint"`        // equal for latencies, or labels, that can be compared
}

// WriteText writes the list as a table.
func (l Workers) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "worker\tstate\tdone\tfailed\tlast seen\tfingerprint\tdevice")
	for _, m := range l.Workers {
		state := m.State
		for _, more := range []string{m.Network, m.Why} {
			if more != "" {
				state += " (" + more + ")"
			}
		}
		does := fmt.Sprintf("%s, driver %s, TensorRT %s through %s", m.Device, m.Driver, m.TensorRT, m.Access)
		if m.Training != "" {
			does = "trains on " + m.Training
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n",
			m.Name, state, m.Done, m.Failed, m.Seen.Local().Format(time.DateTime), m.Fingerprint[:min(8, len(m.Fingerprint))], does)
	}
	return t.Flush()
}
