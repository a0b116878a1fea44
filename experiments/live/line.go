// Package live shows on a terminal how a search comes on: one view, drawn anew
// in place.
package live

import (
	"strings"
	"unicode"
)

// Style is how a span looks on terminals with colour.
type Style string

// The styles, as parameters of ECMA-48's SGR.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
)

// Span is text in one style, without control characters.
type Span struct {
	Text  string
	Style Style
}

// Line is one line of the screen.
type Line []Span

// columns is how many columns a text takes, or more: beyond Latin, Greek and
// Cyrillic some characters take two, and all are counted so.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

func (l Line) columns() int {
	n := 0
	for _, s := range l {
		n += columns(s.Text)
	}
	return n
}

// cut is the line as far as it fits into width columns.
func (l Line) cut(width int) Line {
	var kept Line
	for _, s := range l {
		if n := columns(s.Text); n > width {
			return append(kept, Span{cutText(s.Text, width), s.Style})
		}
		width -= columns(s.Text)
		kept = append(kept, s)
	}
	return kept
}

// cutText is the text in so many columns, ending with a tilde if it is wider.
func cutText(text string, width int) string {
	if columns(text) <= width {
		return text
	}
	if width <= 0 {
		return ""
	}
	var b strings.Builder
	for _, r := range text {
		n := columns(string(r))
		if n >= width { // the tilde takes the last column
			break
		}
		width -= n
		b.WriteRune(r)
	}
	return b.String() + "~"
}

func (l Line) render(b *strings.Builder, colour bool) {
	for _, s := range l {
		if !colour || s.Style == Plain {
			b.WriteString(s.Text)
			continue
		}
		b.WriteString("\x1b[" + string(s.Style) + "m" + s.Text + "\x1b[m")
	}
}

// clean replaces what a terminal might obey.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// row is what is known of one thing: a label and phrases, the most telling
// first.
type row struct {
	label   string
	phrases []Span
}

// From this width on phrases stand in a column beside the labels.
const wide = 60

// labels is the width of the column of labels.
const labels = 13

// lines sets the row in so many columns: phrases that don't fit stand below, and
// those that are wider than a line are broken.
func (r row) lines(width int) []Line {
	indent := labels
	if width < wide {
		indent = 2
	}
	line := Line{{r.label, Dim}}
	gap := 2
	if width >= wide {
		gap = max(labels-columns(r.label), 1)
	}
	var all []Line
	for _, p := range r.phrases {
		for _, piece := range broken(p.Text, max(width-indent, 1)) {
			if line.columns()+gap+columns(piece) > width {
				all = append(all, line)
				line, gap = Line{}, indent
			}
			line = append(line, Span{strings.Repeat(" ", gap), Plain}, Span{piece, p.Style})
			gap = 2
		}
	}
	all = append(all, line)
	for i := range all {
		all[i] = all[i].cut(width)
	}
	return all
}

// broken is a text in pieces of at most so many columns, which is two at least
// for characters that take two.
func broken(text string, width int) []string {
	var pieces []string
	var b strings.Builder
	room := width
	for _, r := range text {
		n := columns(string(r))
		if n > room && b.Len() > 0 {
			pieces, room = append(pieces, b.String()), width
			b.Reset()
		}
		room -= n
		b.WriteRune(r)
	}
	return append(pieces, b.String())
}
