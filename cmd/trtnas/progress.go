package main

import (
	"fmt"
	"io"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/search"
)

// progressWriter writes a line every two seconds.
type progressWriter struct {
	out         io.Writer
	now         func() time.Time
	begun, last time.Time
	first       int
	told        time.Time // of the last network
	networks    int       // that were measured
}

func (w *progressWriter) write(p experiments.Progress) {
	now := w.now()
	if w.begun.IsZero() {
		w.begun, w.last, w.first = now, now, p.Evaluated
		return
	}
	if now.Sub(w.last) < 2*time.Second && p.Evaluated < p.Budget {
		return
	}
	w.last = now
	rate := float64(p.Evaluated-w.first) / now.Sub(w.begun).Seconds()
	if p.Front == 0 {
		fmt.Fprintf(w.out, "%d of %d evaluated (%s); none within the budget yet%s%s\n", p.Evaluated, p.Budget, pace(rate, p), rejected(p), screening(p.Screening))
		return
	}
	fmt.Fprintf(w.out, "%d of %d evaluated (%s); front: %d networks%s; hypervolume %.3f%s%s%s\n",
		p.Evaluated, p.Budget, pace(rate, p), p.Front, span(p), p.Hypervolume, stalled(p), rejected(p), screening(p.Screening))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// span is what the front spans of the objectives that it has.
func span(p experiments.Progress) string {
	text := ""
	if p.Slowest > 0 {
		text += fmt.Sprintf(", %.2f to %.2f ms", ms(p.Fastest), ms(p.Slowest))
	}
	if p.Best > 0 {
		text += fmt.Sprintf(", best lower bound of top-1 %.2f %%", p.Best)
	}
	return text
}

// stalled says that the search has not come on for a quarter of its budget.
func stalled(p experiments.Progress) string {
	if p.Stalled < p.Budget/4 {
		return ""
	}
	return fmt.Sprintf(" (stalled: not a thousandth more for %d networks)", p.Stalled)
}

// rejected says how many networks the guard kept off the front.
func rejected(p experiments.Progress) string {
	if p.Rejected == 0 {
		return ""
	}
	return fmt.Sprintf("; %d out of the accuracy model's range", p.Rejected)
}

// screening says how far the model that screens can be relied on.
func screening(s search.Screening) string {
	switch {
	case s.Quality == nil:
		return ""
	case s.Plain:
		return fmt.Sprintf("; the model ranks unseen networks badly (tau %.2f), so this round did without it", *s.Quality)
	}
	return fmt.Sprintf("; the model ranks unseen networks with tau %.2f", *s.Quality)
}

// pace is the rate in networks a second, with the time that is left where that
// is long.
func pace(rate float64, p experiments.Progress) string {
	if rate >= 1 {
		return fmt.Sprintf("%.0f/s", rate)
	}
	left := time.Duration(float64(p.Budget-p.Evaluated) / rate * float64(time.Second))
	return fmt.Sprintf("%.1f/min, %v left", 60*rate, left.Round(time.Minute))
}

// measured writes a line for a network that was measured, at most one every two
// seconds.
func (w *progressWriter) measured(r evaluator.Result) {
	w.networks++
	now := w.now()
	if now.Sub(w.told) < 2*time.Second {
		return
	}
	w.told = now
	if f := r.Failure; f != nil {
		fmt.Fprintf(w.out, "network %d: %s %s: %s\n", w.networks, r.ID, f.Class, f.Message)
		return
	}
	took := ""
	if m := r.Measurement; m != nil {
		took = fmt.Sprintf(" in %.0f s (built in %.0f s)", m.Elapsed.Seconds(), m.Engine.BuildTime.Seconds())
	}
	l := r.Score.Latency
	fmt.Fprintf(w.out, "network %d: %s %.3f ms [%.3f, %.3f] %s%s\n", w.networks, r.ID, ms(l.Value), ms(l.Low), ms(l.High), l.Source, took)
}
