package live

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
)

// Run is what doesn't change while a search goes on.
type Run struct {
	Name    string
	Device  string   // what its latencies are of
	Budgets []Budget // one at least; a network takes a measurement for each
	Resume  string   // the command that goes on with it
}

// Budget of one batch's latency.
type Budget struct {
	Name   string // that tells it from the others
	Within time.Duration
}

// Search is a search as people see it. Its methods may be called concurrently.
type Search struct {
	run Run
	now func() time.Time

	mu       sync.Mutex
	begun    time.Time
	pace     pace
	at       experiments.Progress
	measured []evaluator.Result // since the last generation
	last     *evaluator.Result  // that was measured
	failure  *evaluator.Result  // the last one
	grew     time.Time          // when the hypervolume did; zero if not since it was begun
	again    *finals
	stopping bool
}

// finals is how far the finalists are built and timed again.
type finals struct {
	done, of int
	pace     pace
}

// NewSearch begins to follow a search.
func NewSearch(r Run, now func() time.Time) *Search {
	return &Search{run: r, now: now, begun: now()}
}

// Begun takes where the run stands at first.
func (s *Search) Begun(p experiments.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = p
	s.pace.add(s.now(), p.Evaluated)
}

// Generation takes where the run stands after a generation.
func (s *Search) Generation(p experiments.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	// Since when the growth counts is the search's to say.
	if p.Hypervolume > 0 && p.Evaluated-p.Stalled != s.at.Evaluated-s.at.Stalled {
		s.grew = now
	}
	s.at, s.measured = p, nil
	s.pace.add(now, p.Evaluated)
}

// Measured takes a network that was measured.
func (s *Search) Measured(r evaluator.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.measured, s.last = append(s.measured, r), &r
	if r.Failure != nil {
		s.failure = &r
	}
	s.pace.add(s.now(), s.done())
}

// Again takes how many of the finalists were built and timed again.
func (s *Search) Again(done, of int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again == nil {
		s.again = &finals{}
	}
	s.again.done, s.again.of = done, of
	s.again.pace.add(s.now(), done)
}

// Stopping takes that the user asked to stop.
func (s *Search) Stopping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

func (s *Search) done() int {
	whole := len(s.measured) / max(len(s.run.Budgets), 1)
	return min(s.at.Evaluated+whole, max(s.at.Budget, s.at.Evaluated))
}

func (s *Search) failed() int {
	failed := map[string]bool{}
	for _, r := range s.measured {
		if r.Failure != nil {
			failed[r.ID] = true
		}
	}
	return s.at.Failed + len(failed)
}

// Lines implements View.
func (s *Search) Lines(width int) []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := append([]row{s.evaluated(), s.left()}, s.best()...)
	rows = append(rows, s.front(), s.hypervolume(), s.device())
	lines := []Line{s.head(width)}
	if s.stopping {
		rows = append([]row{s.stop()}, rows...)
	}
	for _, more := range []func() (row, bool){s.finalists, s.lastFailure, s.screening} {
		if r, ok := more(); ok {
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		lines = append(lines, r.lines(width)...)
	}
	return lines
}

// head names the run and shows how much is done.
func (s *Search) head(width int) Line {
	share := 0.0
	if s.at.Budget > 0 {
		share = float64(s.done()) / float64(s.at.Budget)
	}
	end := fmt.Sprintf(" %3.0f %%  %s", 100*share, clock(s.now().Sub(s.begun)))
	room := width - columns(end)
	const least = 10 // columns that a bar needs to say anything
	name := clean(s.run.Name)
	if columns(name) > room-least-2 {
		name = cutText(name, max(room-least-2, room/2))
	}
	cells := min(room-columns(name)-3, 40)
	line := Line{{name, Bold}}
	if cells > 1 {
		full := int(share * float64(cells))
		line = append(line, Span{" [", Plain}, Span{strings.Repeat("=", full), Green}, Span{strings.Repeat(" ", cells-full) + "]", Plain})
	}
	return append(line, Span{end, Plain}).cut(width)
}
