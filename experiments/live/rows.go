package live

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

func plain(format string, args ...any) Span { return Span{fmt.Sprintf(format, args...), Plain} }

func (s *Search) evaluated() row {
	r := row{"evaluated", []Span{plain("%d of %d", s.done(), s.at.Budget)}}
	if n := s.failed(); n > 0 {
		r.phrases = append(r.phrases, Span{fmt.Sprintf("%d failed", n), Red})
	} else {
		r.phrases = append(r.phrases, plain("0 failed"))
	}
	if n := s.at.Rejected; n > 0 {
		r.phrases = append(r.phrases, plain("%d out of range", n))
	}
	r.phrases = append(r.phrases, plain("%d cached", s.at.Known))
	switch rate := s.pace.rate(); {
	case rate >= 1:
		r.phrases = append(r.phrases, plain("%.0f/s", rate))
	case rate > 0:
		r.phrases = append(r.phrases, plain("%.1f/min", 60*rate))
	}
	return r
}

func (s *Search) left() row {
	p, rest := &s.pace, s.at.Budget-s.done()
	if s.again != nil {
		p, rest = &s.again.pace, s.again.of-s.again.done
	}
	if rest <= 0 {
		return row{"time left", []Span{plain("none")}}
	}
	b, known := p.left(rest)
	if !known {
		return row{"time left", []Span{{"not known yet", Dim}}}
	}
	// Since the last mark some of it has passed.
	passed := s.now().Sub(p.marks[len(p.marks)-1].at)
	value, low, high := max(b.value-passed, 0), max(b.low-passed, 0), max(b.high-passed, 0)
	return row{"time left", []Span{{"about " + clock(value), Bold}, plain("[%s, %s] at 80 %%", clock(low), clock(high))}}
}

// best is the network of the front with the best accuracy, and its latencies.
func (s *Search) best() []row {
	l := s.at.Leader
	if l == nil {
		return []row{{"best", []Span{{fmt.Sprintf("nothing within %s yet", s.within()), Dim}}}}
	}
	r := row{label: "best"}
	if a := l.Score.Accuracy; a.Source != "" {
		r.phrases = []Span{
			{fmt.Sprintf("%.2f %% top-1", a.Value), Bold}, plain("[%.1f, %.1f] at %.0f %%", a.Low, a.High, 100*a.Level), plain("%s", a.Source),
		}
	}
	r = append1(r, Span{l.ID, Dim})
	rows := []row{r, latency("its latency", l.Score.Latency)}
	for _, t := range l.Beside {
		rows = append(rows, latency("", t))
	}
	if len(rows) > 2 {
		for i, b := range s.run.Budgets[:min(len(rows)-1, len(s.run.Budgets))] {
			rows[1+i] = append1(rows[1+i], plain("of %v for %s", b.Within, clean(b.Name)))
		}
	}
	return rows
}

func latency(label string, t evaluator.Latency) row {
	digits := 2
	if t.High-t.Low < 300*time.Microsecond {
		digits = 3 // fewer would hide the interval
	}
	return row{label, []Span{
		{fmt.Sprintf("%.*f ms", digits, ms(t.Value)), Bold},
		plain("[%.*f, %.*f] at %.0f %%", digits, ms(t.Low), digits, ms(t.High), 100*t.Level), plain("%s", source(t)),
	}}
}

// within names the budgets.
func (s *Search) within() string {
	var all []string
	for _, b := range s.run.Budgets {
		all = append(all, b.Within.String())
	}
	return strings.Join(all, ", ")
}

func source(l evaluator.Latency) string {
	if l.Extrapolated {
		return string(l.Source) + ", extrapolated"
	}
	return string(l.Source)
}

func (s *Search) front() row {
	r := row{"front", []Span{plain("%d networks", s.at.Front)}}
	if s.at.Slowest > 0 {
		r.phrases = append(r.phrases, plain("%.2f to %.2f ms", ms(s.at.Fastest), ms(s.at.Slowest)))
	}
	return append1(r, plain("budget %s", s.within()))
}

func append1(r row, p Span) row {
	r.phrases = append(r.phrases, p)
	return r
}

// hypervolume and when it last grew by a thousandth.
func (s *Search) hypervolume() row {
	r := row{"hypervolume", []Span{plain("%.3f", s.at.Hypervolume)}}
	if s.at.Hypervolume == 0 {
		return r
	}
	grew := fmt.Sprintf("grew %d networks ago", s.at.Stalled)
	if s.at.Stalled == 0 {
		grew = "grew in the last round"
	}
	if !s.grew.IsZero() {
		grew += ", " + clock(s.now().Sub(s.grew))
	}
	if s.at.Stalled >= s.at.Budget/4 && s.at.Stalled > 0 {
		return append1(r, Span{"stalled: " + grew, Yellow})
	}
	return append1(r, plain("%s", grew))
}

// device is what is measured on, and how it was when it last was.
func (s *Search) device() row {
	r := row{"device", []Span{plain("%s", clean(s.run.Device))}}
	if s.last == nil || s.last.Measurement == nil {
		return r
	}
	m := s.last.Measurement
	r = append1(r, plain("built in %.0f s", m.Engine.BuildTime.Seconds()))
	if n := len(m.Health); n > 0 {
		h := m.Health[n-1]
		r = append1(r, plain("%d MHz", h.SMClockMHz))
		r = append1(r, plain("%d C", h.TemperatureC))
		r = append1(r, plain("%.0f W", h.PowerW))
		if slow := h.Throttle &^ trt.ThrottleIdle; slow != 0 {
			r = append1(r, Span{"slowed: " + slow.String(), Yellow})
		}
	}
	if d := m.Reference; d != nil && d.Baseline > 0 {
		share := float64(d.After)/float64(d.Baseline) - 1
		style := Plain
		if math.Abs(share) > trt.GreatestDrift/2 {
			style = Yellow
		}
		r = append1(r, Span{fmt.Sprintf("drift %+.1f %%", 100*share), style})
	}
	return r
}

func (s *Search) finalists() (row, bool) {
	if s.again == nil {
		return row{}, false
	}
	return row{"finalists", []Span{plain("%d of %d builds timed again", s.again.done, s.again.of)}}, true
}

// longest is how many columns of a failure's message are shown.
const longest = 150

func (s *Search) lastFailure() (row, bool) {
	if s.failure == nil {
		return row{}, false
	}
	f := s.failure.Failure
	return row{"last failure", []Span{{string(f.Class), Red}, {s.failure.ID, Dim}, plain("%s", cutText(clean(f.Message), longest))}}, true
}

// screening is how well the model that screens ranks what it has not seen.
func (s *Search) screening() (row, bool) {
	q := s.at.Screening.Quality
	if q == nil {
		return row{}, false
	}
	r := row{"model", []Span{plain("ranks unseen networks with tau %.2f", *q)}}
	if s.at.Screening.Plain {
		r = append1(r, Span{"too badly: this round did without it", Yellow})
	}
	return r, true
}

func (s *Search) stop() row {
	return row{"stopping", []Span{
		{"finishing what is under way", Yellow}, plain("Ctrl-C again stops at once"), plain("goes on with: %s", clean(s.run.Resume)),
	}}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// clock writes a length of time as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	n := int(d.Round(time.Second) / time.Second)
	if n < 3600 {
		return fmt.Sprintf("%d:%02d", n/60, n%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
}
