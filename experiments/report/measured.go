package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// MeasuredSchema names the JSON format of a measured network.
const MeasuredSchema = "trtnas.measured/1"

// Measured is one network with all that was measured of it.
type Measured struct {
	Schema     string               `json:"schema"`
	Name       string               `json:"name"`
	Conditions evaluator.Conditions `json:"conditions"`
	Point
	Sessions []Session          `json:"sessions"` // the oldest first; each built the network anew
	Failure  *evaluator.Failure `json:"failure,omitempty"`
}

// Session is one build and its timing.
type Session struct {
	Measured    time.Time          `json:"measured"`
	Percentiles map[string]float64 `json:"percentiles_ms,omitempty"` // p50, p90, p95, p99
	Measurement *trt.Measurement   `json:"measurement,omitempty"`
	Failure     *evaluator.Failure `json:"failure,omitempty"`
}

// NewMeasured gives a network's figures.
func NewMeasured(name string, c evaluator.Conditions, r evaluator.Result, timings []store.Timing) Measured {
	m := Measured{Schema: MeasuredSchema, Name: name, Conditions: c, Point: NewPoint(r), Failure: r.Failure, Sessions: []Session{}}
	if r.Name != "" {
		m.Point = ScorePoint(r.ID, r.Score, nil)
	}
	var medians []float64
	for _, t := range timings {
		s := Session{Measured: t.Created, Measurement: t.Measurement, Failure: t.Failure}
		if t.Measurement != nil {
			s.Percentiles = percentiles(t.Measurement.Samples)
			medians = append(medians, Milliseconds(t.Measurement.Median.Value))
		}
		m.Sessions = append(m.Sessions, s)
	}
	m.Rebuilt = NewRebuilt(medians)
	return m
}

func percentiles(samples []time.Duration) map[string]float64 {
	all := map[string]float64{}
	for name, p := range map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99} {
		all[name] = Milliseconds(trt.Percentile(samples, p))
	}
	return all
}

// WriteText writes the measurement for people.
func (m Measured) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s\n", m.Name)
	if len(m.Stages) > 0 {
		fmt.Fprintf(w, "  %s\n", Rows(m.Stages))
	}
	fmt.Fprintf(w, "  conditions %s\n", Conditions(m.Conditions))
	if f := m.Failure; f != nil {
		fmt.Fprintf(w, "  failed: %s: %s\n", f.Class, f.Message)
	} else {
		e := m.Latency
		fmt.Fprintf(w, "  latency    %.3f ms   %.0f %% interval of the median [%.3f, %.3f], %s\n", e.Value, 100*e.Level, e.Low, e.High, e.Source)
		if a := m.Top1; a != nil {
			fmt.Fprintf(w, "  top-1      %.2f %%   %.0f %% interval [%.2f, %.2f], %s\n", a.Value, 100*a.Level, a.Low, a.High, a.Source)
		}
		fmt.Fprintf(w, "  parameters %.2f M, MACs %.2f G\n", float64(m.Params)/1e6, float64(m.MACs)/1e9)
		if m.Engine != nil && m.Engine.EnergyJ > 0 {
			fmt.Fprintf(w, "  energy     %.3g mJ for each image, by the GPU's own power readings\n", 1e3*m.Engine.EnergyJ)
		}
	}
	for i, s := range m.Sessions {
		fmt.Fprintf(w, "  session %d, %s\n", i+1, s.Measured.Format(time.DateTime))
		if err := s.writeText(w); err != nil {
			return err
		}
	}
	if r := m.Rebuilt; r != nil {
		fmt.Fprintf(w, "  builds     differ by %.1f %%\n", 100*r.Spread)
	}
	return nil
}

func (s Session) writeText(w io.Writer) error {
	if s.Failure != nil {
		fmt.Fprintf(w, "    failed: %s: %s\n", s.Failure.Class, s.Failure.Message)
	}
	m := s.Measurement
	if m == nil {
		return nil
	}
	enough := "the interval is as narrow as asked for"
	if !m.Converged {
		enough = "the most that are taken; the interval is wider than asked for"
	}
	fmt.Fprintf(w, "    samples  %d, %s; p90 %.3f, p95 %.3f, p99 %.3f ms\n", len(m.Samples), enough, s.Percentiles["p90"], s.Percentiles["p95"], s.Percentiles["p99"])
	fmt.Fprintf(w, "    engine   %.1f MB, built in %.1f s with a %s timing cache%s\n", float64(m.Engine.Bytes)/1e6, m.Engine.BuildTime.Seconds(), cmp.Or(m.Engine.Cache, "unknown"), memory(m.Engine.MemoryBytes))
	fmt.Fprintf(w, "    outputs  %s\n", checkText[m.Checked])
	if d := m.Reference; d != nil {
		fmt.Fprintf(w, "    device   the reference took %.3f ms before and %.3f ms after, %.3f ms at first; corrected by %.4f\n", Milliseconds(d.Before), Milliseconds(d.After), Milliseconds(d.Baseline), d.Factor)
	}
	writeHealth(w, m.Health)
	if m.Attempts > 1 {
		fmt.Fprintf(w, "    attempts %d\n", m.Attempts)
	}
	for _, warning := range m.Warnings {
		fmt.Fprintf(w, "    warning  %s\n", warning)
	}
	return writeLayers(w, m.Layers)
}

func memory(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("; %.0f MB of device memory beside it", float64(bytes)/1e6)
}

var checkText = map[trt.Check]string{
	trt.CheckedORT:  "like ONNX Runtime's",
	trt.CheckedFP32: "like those of an engine in fp32",
	trt.CheckedNo:   "not checked",
}

func writeHealth(w io.Writer, all []trt.Health) {
	if len(all) == 0 {
		return
	}
	first, last := all[0], all[len(all)-1]
	var throttle trt.Throttle
	for _, h := range all {
		throttle |= h.Throttle
	}
	fmt.Fprintf(w, "    health   SM clock %d to %d MHz, %d to %d degrees Celsius, %.0f W; clocks limited by: %v\n",
		first.SMClockMHz, last.SMClockMHz, first.TemperatureC, last.TemperatureC, last.PowerW, throttle)
}

// writeLayers sums the layers by their place in the network, in the order of
// the network.
func writeLayers(w io.Writer, layers []trt.Layer) error {
	if len(layers) == 0 {
		return nil
	}
	total := time.Duration(0)
	sums := map[string]time.Duration{}
	var places []string
	for _, l := range layers {
		if !slices.Contains(places, l.Place) {
			places = append(places, l.Place)
		}
		sums[l.Place] += l.Time
		total += l.Time
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "    place\tms\tshare\n")
	for _, p := range places {
		fmt.Fprintf(t, "    %s\t%.3f\t%.1f %%\n", cmp.Or(p, "(unknown)"), Milliseconds(sums[p]), 100*float64(sums[p])/float64(total))
	}
	return t.Flush()
}
