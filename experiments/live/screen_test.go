package live

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// emulator is a terminal without colour that cuts what is beyond its width. It
// knows the sequences that a Screen uses, and fails on any other.
type emulator struct {
	t             *testing.T
	width, height int
	rows          [][]rune // from the first one that was written, scrolled or not
	x, y          int
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

func (e *emulator) Write(b []byte) (int, error) {
	for text := string(b); text != ""; {
		if m := sequence.FindStringSubmatch(text); m != nil {
			n, _ := strconv.Atoi(m[1])
			e.control(n, m[2])
			text = text[len(m[0]):]
			continue
		}
		e.put(rune(text[0]))
		text = text[1:]
	}
	return len(b), nil
}

func (e *emulator) top() int { return max(0, len(e.rows)-e.height) }

func (e *emulator) row() []rune {
	for len(e.rows) <= e.y {
		e.rows = append(e.rows, nil)
	}
	return e.rows[e.y]
}

func (e *emulator) put(r rune) {
	switch r {
	case '\r':
		e.x = 0
	case '\n': // as the kernel gives it to a terminal
		e.x, e.y = 0, e.y+1
		e.row()
	default:
		if e.x >= e.width {
			e.t.Errorf("%q is beyond %d columns, in %q", r, e.width, string(e.row()))
		}
		row := e.row()
		for len(row) <= e.x {
			row = append(row, ' ')
		}
		row[e.x] = r
		e.rows[e.y] = row
		e.x++
	}
}

func (e *emulator) control(n int, what string) {
	switch what {
	case "A":
		e.y = max(e.top(), e.y-n)
	case "H":
		e.x, e.y = 0, e.top()
	case "K":
		e.rows[e.y] = e.row()[:min(e.x, len(e.row()))]
	case "J":
		if n == 2 {
			e.rows = e.rows[:e.top()]
			return
		}
		e.rows[e.y] = e.row()[:min(e.x, len(e.row()))]
		e.rows = e.rows[:e.y+1]
	default:
		e.t.Errorf("unknown sequence %d%s", n, what)
	}
}

func (e *emulator) String() string {
	var all []string
	for _, r := range e.rows {
		all = append(all, strings.TrimRight(string(r), " "))
	}
	return strings.TrimRight(strings.Join(all, "\n"), "\n")
}

type counter struct{ n, lines int }

func (c *counter) Lines(width int) []Line {
	c.n++
	var all []Line
	for i := range c.lines {
		all = append(all, Line{{fmt.Sprintf("line %d of frame %d", i, c.n), Plain}}.cut(width))
	}
	return all
}

func newScreen(t *testing.T) (*Screen, *emulator) {
	e := &emulator{t: t, width: 80, height: 10}
	return NewScreen(e, &Terminal{Size: func() (int, int) { return e.width, e.height }}), e
}

func want(t *testing.T, e *emulator, text string) {
	t.Helper()
	if got := e.String(); got != text {
		t.Errorf("on the screen:\n%s\nwant:\n%s", got, text)
	}
}

func TestTextStandsAboveTheView(t *testing.T) {
	s, e := newScreen(t)
	fmt.Fprintln(s, "before")
	end := s.Show(&counter{lines: 2}, nil)
	want(t, e, "before\nline 0 of frame 1\nline 1 of frame 1")
	fmt.Fprint(s, "while") // no line of its own
	want(t, e, "before\nwhile\nline 0 of frame 2\nline 1 of frame 2")
	s.Redraw()
	want(t, e, "before\nwhile\nline 0 of frame 3\nline 1 of frame 3")
	end()
	fmt.Fprintln(s, "after")
	want(t, e, "before\nwhile\nline 0 of frame 4\nline 1 of frame 4\nafter")
}

func TestViewThatShrinks(t *testing.T) {
	s, e := newScreen(t)
	v := &counter{lines: 4}
	s.Show(v, nil)
	v.lines = 1
	s.Redraw()
	want(t, e, "line 0 of frame 2")
}

func TestResize(t *testing.T) {
	for _, test := range []struct {
		name          string
		width, height int
		want          string
	}{
		{"wider", 200, 10, "before\nline 0 of frame 2\nline 1 of frame 2\nline 2 of frame 2"},
		{"narrower", 40, 10, "before\nline 0 of frame 2\nline 1 of frame 2\nline 2 of frame 2"},
		// What the terminal made of wider lines nobody knows, so the screen is cleared.
		{"narrower than the view", 10, 10, "line 0 o~\nline 1 o~\nline 2 o~"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, e := newScreen(t)
			fmt.Fprintln(s, "before")
			s.Show(&counter{lines: 3}, nil)
			e.width, e.height = test.width, test.height
			s.Redraw()
			want(t, e, test.want)
		})
	}
}

// A terminal that is too low shows the beginning of the view.
func TestLowTerminal(t *testing.T) {
	s, e := newScreen(t)
	e.height = 3
	s.Show(&counter{lines: 5}, nil)
	s.Redraw()
	want(t, e, "line 0 of frame 2\nline 1 of frame 2")
}

func TestTicks(t *testing.T) {
	s, e := newScreen(t)
	ticks := make(chan time.Time)
	end := s.Show(&counter{lines: 1}, ticks)
	ticks <- start
	ticks <- start
	end()
	want(t, e, "line 0 of frame 4")
}

func TestDetect(t *testing.T) {
	// A file of a test is no terminal; the command's tests have a real one.
	if d := Detect(nil, func(string) string { return "dumb" }); d != nil {
		t.Error("a dumb terminal can show a view")
	}
}
