package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/experiments/ui/page"
	"github.com/trtnas/trtnas/trt"
)

// run is one with a bit of everything, and names that would be HTML.
func run(candidates int) page.Run {
	v := report.View{
		Run: report.Run{
			Name: "<b>night</b> & day | 7", State: "finished", Reason: "budget spent", BudgetMS: 10, Evaluated: candidates,
			Created: time.Date(2026, 11, 25, 12, 0, 0, 0, time.FixedZone("", 3600)),
		},
		Planned:     candidates,
		Settings:    []report.Setting{{Name: "space", Value: "<script>alert(1)</script>"}},
		Commands:    []report.Command{{Does: "show it", Line: "trtnas front 'a<b'"}},
		Failures:    []report.FailureKind{{Class: "crash", Networks: 2, Share: 0.5, Example: "e", Message: "<i>|gone"}},
		Hypervolume: report.Curve{Evaluated: []int{1, 2}, Value: []float64{3, 4}, DeviceS: []float64{60, 7300}, Grew: 2},
		References: []report.Reference{{Name: "ResNet<50>", Definition: "public", Point: report.Point{
			Latency: &report.Estimate{Value: 8, Low: 7, High: 9, Level: .8, Source: "predicted"}, Top1: &report.Estimate{Value: 79, Low: 78, High: 80, Level: .8, Source: "predicted"},
		}}},
		Health: &report.Health{GreatestDrift: 0.05},
	}
	v.Health.Add(v.Created, 0, nil, []trt.Health{{SMClockMHz: 1500, TemperatureC: 60, PowerW: 70, Throttle: trt.ThrottleHWThermal}})
	for i, source := range []string{"measured", "remeasured", "predicted", "simulated"} {
		f, at := &v.Front, float64(i)
		f.Candidate, f.ID, f.Rows = append(f.Candidate, i), append(f.ID, "id-"+source), append(f.Rows, "64:1B")
		f.Latency, f.Low, f.High, f.Source = append(f.Latency, 9-at), append(f.Low, 8-at), append(f.High, 10-at), append(f.Source, source)
		f.Top1, f.Top1Low, f.Top1High = append(f.Top1, 80-at), append(f.Top1Low, 79-at), append(f.Top1High, 81-at)
		f.Bound, f.Spread, f.Top1From = append(f.Bound, 79-at), append(f.Spread, 0), append(f.Top1From, "predicted")
	}
	v.Front.Level, v.Front.Top1Level = .95, .8
	var c report.Candidates
	for i := range candidates {
		c.ID, c.Failure, c.Source = append(c.ID, "0123456789abcdef"), append(c.Failure, -1), append(c.Source, 0)
		c.Latency, c.Top1 = append(c.Latency, 11.9*float64(i)/float64(candidates)), append(c.Top1, 70+float64(i%977)/100)
	}
	return page.Run{View: v, Candidates: c}
}

func write(t testing.TB, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func htmlOf(t testing.TB, r page.Run) string {
	return write(t, func(w io.Writer) error { return page.HTML(w, r) })
}

// Networks that were kept off the front are told of, where there are any.
func TestRejected(t *testing.T) {
	const why = "outside the range of published networks that the accuracy model was fitted on"
	for _, rejected := range []int{0, 1234} {
		r := run(50)
		r.View.Rejected = rejected
		markdown := write(t, func(w io.Writer) error { return page.Markdown(w, r, "a.svg") })
		for form, text := range map[string]string{"HTML": htmlOf(t, r), "Markdown": markdown} {
			if told := strings.Contains(text, why) && strings.Contains(text, "1,234"); told != (rejected > 0) {
				t.Errorf("%s of a run that rejected %d networks tells it: %v", form, rejected, told)
			}
		}
	}
}

// The page loads nothing, runs nothing, and reads no text of the database as
// HTML.
func TestHTMLIsSelfContained(t *testing.T) {
	text := htmlOf(t, run(50))
	for _, forbidden := range []string{"<script", "<b>night", "<i>", " src=", " href=", "url(", "@import", "ZgotmplZ"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	for _, wanted := range []string{
		"&lt;b&gt;night&lt;/b&gt; &amp; day", "ResNet&lt;50&gt;", "default-src &#39;none&#39;", "2026-11-25 11:00 UTC", "95 % [8.00, 10.00], measured",
		"2.0 hours of device time", "held back in 1 of 1 sessions", "@media print",
	} {
		if !strings.Contains(text, wanted) && !strings.Contains(text, strings.ReplaceAll(wanted, "&#39;", "'")) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
}

// The requirement: below 3 MB for 5,000 candidates.
func TestSize(t *testing.T) {
	const limit = 3_000_000
	if n := len(htmlOf(t, run(5000))); n > limit/10 {
		t.Errorf("5,000 candidates take %d bytes; dots should be far below %d", n, limit/10)
	}
}

// Pictures are well-formed XML, and each source has its own shape.
func TestPicture(t *testing.T) {
	text := write(t, func(w io.Writer) error { return page.Picture(w, run(50)) })
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	shapes := map[string]bool{}
	for _, m := range regexp.MustCompile(`<path class="front (\w+)" transform="[^"]*" d="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		shapes[m[1]+m[2]] = true
	}
	if len(shapes) != 4 {
		t.Errorf("four sources have %d different markers", len(shapes))
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("a coordinate is no number")
	}
}

func TestMarkdown(t *testing.T) {
	text := write(t, func(w io.Writer) error { return page.Markdown(w, run(50), "night.svg") })
	for _, wanted := range []string{"![Accuracy against latency](night.svg)", `day \| 7`, `&lt;i&gt;\|gone`, "| `id-measured` | 9.00 | [8.00, 10.00] | measured |", "    trtnas front 'a<b'"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the page lacks %q:\n%s", wanted, text)
		}
	}
	columns := 0
	for _, line := range strings.Split(text, "\n") {
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns > 0 && n > 0 && n != columns {
			t.Errorf("a row with %d bars in a table with %d: %s", n, columns, line)
		}
		columns = n
	}
}

// A run that has nothing yet has a page too.
func TestEmpty(t *testing.T) {
	for name, text := range map[string]string{
		"html": htmlOf(t, page.Run{View: report.View{Run: report.Run{Name: "new", BudgetMS: 10}}}),
		"markdown": write(t, func(w io.Writer) error {
			return page.Markdown(w, page.Run{View: report.View{Run: report.Run{Name: "new", BudgetMS: 10}}}, "x.svg")
		}),
	} {
		if !strings.Contains(text, "No network within the budget was found") || strings.Contains(text, "NaN") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// A budget that is far beyond the front is told, and does not squeeze it.
func TestFarBudget(t *testing.T) {
	near, far := run(10), run(10)
	far.View.BudgetMS = 3.6e6
	const line = `<path class="limit"`
	picture := func(r page.Run) string {
		return write(t, func(w io.Writer) error { return page.Picture(w, r) })
	}
	if p := picture(near); !strings.Contains(p, line) || !strings.Contains(p, "budget 10 ms<") {
		t.Error("no line at a budget that is in sight")
	}
	p := picture(far)
	if strings.Contains(p, line) || !strings.Contains(p, "budget 3600000 ms →") {
		t.Error("a line at a budget that is far off, or it is not told")
	}
	if strings.Contains(p, ">500000<") || !strings.Contains(p, ">10<") {
		t.Error("the axis goes to the budget, not to the front")
	}
}
