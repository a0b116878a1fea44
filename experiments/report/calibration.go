package report

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/trtnas/trtnas/predictor/latency"
)

// Profile is a latency profile for people; its JSON is the profile's file.
type Profile latency.File

// WriteText writes what the profile is of, what it is worth, and its constants.
func (p Profile) WriteText(w io.Writer) error {
	m := &p.Profile
	fmt.Fprintf(w, "%s\n", m.Name)
	fmt.Fprintf(w, "  device     %s, %s%s\n", m.Device, m.Runtime, driver(m.Origin))
	fmt.Fprintf(w, "  fitted for %s, batch %d, %s px%s\n", m.Precision, m.Batch, span(m.Resolution), engines(m.Origin))
	fmt.Fprintf(w, "  fitted on  %s\n", rows(m))
	if m.Origin.Note != "" {
		fmt.Fprintf(w, "  note       %s\n", m.Origin.Note)
	}
	fmt.Fprintf(w, "  interval   %.0f %% within x/÷ %.2f; wider for other batches and resolutions\n", 100*m.Interval.Level, math.Exp(m.Interval.Spread))
	if p.Report != nil {
		if err := writeCalibration(w, p.Report); err != nil {
			return err
		}
	}
	return writeConstants(w, m)
}

func driver(o latency.Origin) string {
	if o.Driver == "" {
		return ""
	}
	return ", driver " + o.Driver
}

func engines(o latency.Origin) string {
	if o.Source == "" || o.Source == latency.PublishedRows {
		return ""
	}
	return fmt.Sprintf(", %s, %s", o.Output, o.Builder)
}

func span(resolution [2]int) string {
	if resolution[0] == resolution[1] {
		return fmt.Sprint(resolution[0])
	}
	return fmt.Sprintf("%d to %d", resolution[0], resolution[1])
}

// rows says where the profile's rows come from.
func rows(p *latency.Profile) string {
	switch o := p.Origin; o.Source {
	case latency.Measured:
		return fmt.Sprintf("%d networks measured on this device, most of space %s", p.Rows, o.Space)
	case latency.PublishedRows:
		return fmt.Sprintf("%d published latencies of %d single kernels, of no network", p.Rows, p.Families)
	case latency.Simulated:
		return fmt.Sprintf("%d networks on a SIMULATED device, most of space %s: no figure is a device's", p.Rows, o.Space)
	}
	return fmt.Sprintf("%d published latencies of %d families", p.Rows, p.Families)
}

func writeCalibration(w io.Writer, r *latency.CalibrationReport) error {
	fmt.Fprintf(w, "\nErrors over %d networks in %%, each predicted by a fit without it\n", r.Networks)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "profile\tMAPE\tmedian\tin 10 %%\ttau\tworst\t80 %% interval\tcoverage\t\n")
	line := func(name string, s latency.Scores) {
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%.0f\t%.2f\t%+.0f\tx/÷ %.2f\t%.0f\t\n", name, 100*s.MAPE, 100*s.MedianAPE, 100*s.Within10, s.Tau, 100*s.Worst, s.Factor, 100*s.Coverage)
	}
	line(r.Unscaled.Model, r.Unscaled)
	line(r.Scaled.Model, r.Scaled)
	for _, c := range r.Calibrated {
		line(fmt.Sprintf("calibrated on %d", c.On), c.Scores)
	}
	return t.Flush()
}

func writeConstants(w io.Writer, p *latency.Profile) error {
	fmt.Fprintf(w, "\nConstants\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, prior := range latency.T4Priors() {
		fmt.Fprintf(t, "  %s\t%.4g %s\n", prior.Name, p.Constants[i], prior.Unit)
	}
	return t.Flush()
}

// ProfilesSchema names the JSON format of a list of profiles.
const ProfilesSchema = "trtnas.profiles/1"

// ProfileList is a list of profiles.
type ProfileList struct {
	Schema   string            `json:"schema"`
	Profiles []latency.Profile `json:"profiles"`
}

// NewProfileList lists the profiles of files.
func NewProfileList(files []latency.File) ProfileList {
	l := ProfileList{Schema: ProfilesSchema}
	for _, f := range files {
		l.Profiles = append(l.Profiles, f.Profile)
	}
	return l
}

// WriteText writes the list as a table.
func (l ProfileList) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "profile\tdevice\truntime\tprecision\tbatch\tpx\t80 % interval\tfitted on")
	for i := range l.Profiles {
		p := &l.Profiles[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\tx/÷ %.2f\t%s\n", p.Name, p.Device, p.Runtime, p.Precision, p.Batch, span(p.Resolution), math.Exp(p.Interval.Spread), rows(p))
	}
	return t.Flush()
}
