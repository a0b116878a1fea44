package live

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// Terminal is what a screen has to know of one.
type Terminal struct {
	Size   func() (columns, rows int)
	Colour bool
}

// Detect finds out whether f is a terminal on which the cursor can be moved; nil
// is none. Getenv is os.Getenv: TERM says what the terminal can, and NO_COLOR,
// if it is not empty, that no colour is wanted (no-color.org).
func Detect(f *os.File, getenv func(string) string) *Terminal {
	if kind := getenv("TERM"); kind == "" || kind == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &Terminal{Colour: getenv("NO_COLOR") == "", Size: func() (columns, rows int) {
		w, h, err := term.GetSize(int(f.Fd()))
		if err != nil || w < 1 || h < 1 {
			return 80, 24 // what a terminal that doesn't tell has
		}
		return w, h
	}}
}

// View is what a screen shows.
type View interface {
	// Lines are the view in so many columns, the most telling lines first.
	Lines(columns int) []Line
}

// Screen writes text, and shows a view below it for as long as one is shown.
// Its methods may be called concurrently.
type Screen struct {
	mu       sync.Mutex
	out      io.Writer
	terminal *Terminal
	view     View
	drawn    []int  // columns of the lines of the view on the screen
	frame    string // that is on the screen
	width    int    // of the terminal, then
}

// NewScreen writes to out, which is the terminal, if it is one.
func NewScreen(out io.Writer, t *Terminal) *Screen { return &Screen{out: out, terminal: t} }

// Live tells whether a view can be shown.
func (s *Screen) Live() bool { return s.terminal != nil }

// Write implements io.Writer: the text comes above the view.
func (s *Screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view == nil {
		return s.out.Write(text)
	}
	whole := string(text)
	if !strings.HasSuffix(whole, "\n") {
		whole += "\n" // the view begins on a line of its own
	}
	_, err := io.WriteString(s.out, s.erase()+whole)
	s.drawn, s.frame = nil, ""
	s.draw()
	return len(text), err
}

// Show shows a view, and draws it anew whenever there is a tick. Its last state
// stays on the screen when it ends.
func (s *Screen) Show(v View, ticks <-chan time.Time) (end func()) {
	s.mu.Lock()
	s.view, s.drawn, s.frame = v, nil, ""
	s.draw()
	s.mu.Unlock()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-ticks:
				s.Redraw()
			}
		}
	}()
	return func() {
		close(done)
		<-stopped
		s.mu.Lock()
		defer s.mu.Unlock()
		s.draw()
		s.view = nil
	}
}

// Redraw draws the view as it is now, for the terminal as it is now.
func (s *Screen) Redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view != nil {
		s.draw()
	}
}

// draw writes a frame over the last one, at once, so that it doesn't flicker.
// What can't be written is not: the search goes on without a view.
func (s *Screen) draw() {
	width, height := s.terminal.Size()
	lines := s.view.Lines(max(width-1, 1)) // in the last column some terminals go on to the next line
	lines = lines[:min(len(lines), max(height-1, 1))]
	var frame strings.Builder
	widths := make([]int, len(lines))
	for i, l := range lines {
		widths[i] = l.columns()
		l.render(&frame, s.terminal.Colour)
		frame.WriteString("\x1b[K\n")
	}
	if frame.String() == s.frame && width == s.width {
		return
	}
	_, _ = io.WriteString(s.out, s.move(width)+frame.String()+"\x1b[J")
	s.drawn, s.frame, s.width = widths, frame.String(), width
}

// move moves the cursor to where the view begins. Where the terminal became
// narrower than the view, some wrap what was there and others cut it, so nobody
// knows where that is: the screen begins anew.
func (s *Screen) move(width int) string {
	switch {
	case len(s.drawn) == 0:
		return ""
	case slices.Max(s.drawn) >= width:
		return "\x1b[H\x1b[2J"
	}
	return fmt.Sprintf("\x1b[%dA\r", len(s.drawn))
}

func (s *Screen) erase() string {
	width, _ := s.terminal.Size()
	if len(s.drawn) == 0 {
		return ""
	}
	return s.move(width) + "\x1b[J"
}
