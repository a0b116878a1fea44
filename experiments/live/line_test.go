package live

import (
	"strings"
	"testing"
)

func text(l Line) string {
	var b strings.Builder
	l.render(&b, false)
	return b.String()
}

func texts(lines []Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, text(l))
	}
	return strings.Join(all, "\n")
}

func TestRow(t *testing.T) {
	r := row{"best", []Span{{"83.55 % top-1", Bold}, {"[82.7, 84.4] at 80 %", Plain}, {"predicted", Plain}}}
	for _, test := range []struct {
		width int
		want  string
	}{
		{80, "best         83.55 % top-1  [82.7, 84.4] at 80 %  predicted"},
		{60, "best         83.55 % top-1  [82.7, 84.4] at 80 %  predicted"},
		{40, "best  83.55 % top-1\n  [82.7, 84.4] at 80 %  predicted"},
		{15, "best\n  83.55 % top-1\n  [82.7, 84.4] \n  at 80 %\n  predicted"},
	} {
		if got := texts(r.lines(test.width)); got != test.want {
			t.Errorf("in %d columns:\n%s\nwant:\n%s", test.width, got, test.want)
		}
	}
}

func TestLinesFit(t *testing.T) {
	r := row{"last failure", []Span{{"crash", Red}, {"ネットワーク ist länger als eine Zeile, viel länger", Plain}, {"", Plain}}}
	for width := 1; width < 100; width++ {
		for _, l := range r.lines(width) {
			if n := l.columns(); n > width && width > 1 {
				t.Errorf("%q takes %d columns of %d", text(l), n, width)
			}
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{{0, ""}, {1, "~"}, {4, "abc~"}, {5, "abcde"}, {6, "abcde"}} {
		if got := cutText("abcde", test.width); got != test.want {
			t.Errorf("in %d columns %q, want %q", test.width, got, test.want)
		}
	}
}

func TestRenderAndClean(t *testing.T) {
	var b strings.Builder
	l := Line{{"a", Bold}, {clean("b\x1b[2J\nc"), Plain}}
	l.render(&b, true)
	if got, want := b.String(), "\x1b[1ma\x1b[mb [2J c"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := text(l), "ab [2J c"; got != want {
		t.Errorf("without colour %q, want %q", got, want)
	}
}
