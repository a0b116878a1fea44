package study

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Plot is a picture of series over two axes, written as SVG.
type Plot struct {
	Name   string // of its file
	Title  string
	X, Y   Axis
	Series []Series
}

// Axis of a plot.
type Axis struct {
	Label string
	Log   bool
	Ticks []float64 // nil chooses them
}

// Series is a line or single points.
type Series struct {
	Name   string
	Line   bool
	Points []Point
}

// Point has a label if it is to be named, and bounds if High is above Low.
type Point struct {
	X, Y, Low, High float64
	Label           string
}

// Measures of the picture in px. Colours are of middling lightness, for dark and
// light pages alike.
const (
	plotWidth, plotHeight = 640.0, 360.0
	marginLeft, marginTop = 64.0, 30.0
	marginFoot            = 46.0
	legendWidth           = 270.0
	ink                   = "#808080"
)

var colours = []string{"#1c7ed6", "#d9480f", "#2b8a3e", "#9c36b5", "#e6a700", "#0b7285", "#a0522d", "#868e96"}

// WriteSVG writes the picture. Equal plots give equal bytes.
func (p *Plot) WriteSVG(w io.Writer) error {
	var b strings.Builder
	x, y := p.scales()
	width, height := marginLeft+plotWidth+legendWidth, marginTop+plotHeight+marginFoot
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" font-family="sans-serif" font-size="12" fill="%s">`+"\n", width, height, width, ink)
	fmt.Fprintf(&b, "<title>%s</title>\n<g transform=\"translate(%.0f %.0f)\">\n", escape(p.Title), marginLeft, marginTop)
	fmt.Fprintf(&b, `<text x="%.0f" y="-12" text-anchor="middle" font-size="14">%s</text>`+"\n", plotWidth/2, escape(p.Title))
	p.axes(&b, x, y)
	placed := p.dots(x, y)
	for i, s := range p.Series {
		s.draw(&b, x, y, colours[i%len(colours)], &placed)
		fmt.Fprintf(&b, `<circle cx="%.0f" cy="%d" r="5" fill="%s"/><text x="%.0f" y="%d">%s</text>`+"\n",
			plotWidth+20, 10+20*i, colours[i%len(colours)], plotWidth+32, 14+20*i, escape(s.Name))
	}
	b.WriteString("</g>\n</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// scale maps values of an axis to px.
type scale struct {
	low, high, from, to float64
	log                 bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	return s.from + (s.to-s.from)*(v-low)/(high-low)
}

// scales leave a margin around the points.
func (p *Plot) scales() (x, y scale) {
	x = scale{low: math.Inf(1), high: math.Inf(-1), from: 0, to: plotWidth, log: p.X.Log}
	y = scale{low: math.Inf(1), high: math.Inf(-1), from: plotHeight, to: 0, log: p.Y.Log}
	for _, s := range p.Series {
		for _, point := range s.Points {
			x.low, x.high = min(x.low, point.X), max(x.high, point.X)
			y.low, y.high = min(y.low, point.Y), max(y.high, point.Y)
			if point.High > point.Low {
				y.low, y.high = min(y.low, point.Low), max(y.high, point.High)
			}
		}
	}
	return x.widen(), y.widen()
}

func (s scale) widen() scale {
	const margin = 0.05
	switch {
	case s.low > s.high: // no point
		s.low, s.high = 1, 2
	case s.low == s.high:
		s.low, s.high = s.low*0.9, s.high*1.1
	}
	if s.log {
		factor := math.Pow(s.high/s.low, margin)
		s.low, s.high = s.low/factor, s.high*factor
		return s
	}
	extra := margin * (s.high - s.low)
	s.low, s.high = s.low-extra, s.high+extra
	return s
}

// ticks are round values, some six of them.
func (s scale) ticks() []float64 {
	if s.log {
		return s.logTicks()
	}
	step := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/6)))
	for _, factor := range []float64{2, 2.5, 2} { // 2, 5, 10
		if (s.high-s.low)/step <= 7 {
			break
		}
		step *= factor
	}
	var ticks []float64
	for v := math.Ceil(s.low / step); v*step <= s.high; v++ {
		ticks = append(ticks, v*step)
	}
	return ticks
}

func (s scale) logTicks() []float64 {
	var ticks []float64
	for decade := math.Pow(10, math.Floor(math.Log10(s.low))); decade <= s.high; decade *= 10 {
		for _, digit := range []float64{1, 2, 3, 5, 7} {
			if v := digit * decade; v >= s.low && v <= s.high {
				ticks = append(ticks, v)
			}
		}
	}
	return ticks
}

func (p *Plot) axes(b *strings.Builder, x, y scale) {
	ticksX, ticksY := p.X.Ticks, p.Y.Ticks
	if ticksX == nil {
		ticksX = x.ticks()
	}
	if ticksY == nil {
		ticksY = y.ticks()
	}
	for _, v := range ticksX {
		fmt.Fprintf(b, `<line x1="%.1f" y1="0" x2="%.1f" y2="%.0f" stroke="%s" stroke-opacity="0.3"/><text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`+"\n",
			x.at(v), x.at(v), plotHeight, ink, x.at(v), plotHeight+16, round(v))
	}
	for _, v := range ticksY {
		fmt.Fprintf(b, `<line x1="0" y1="%.1f" x2="%.0f" y2="%.1f" stroke="%s" stroke-opacity="0.3"/><text x="-6" y="%.1f" text-anchor="end">%s</text>`+"\n",
			y.at(v), plotWidth, y.at(v), ink, y.at(v)+4, round(v))
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" text-anchor="middle">%s</text>`+"\n", plotWidth/2, plotHeight+36, escape(p.X.Label))
	fmt.Fprintf(b, `<text transform="translate(-46 %.0f) rotate(-90)" text-anchor="middle">%s</text>`+"\n", plotHeight/2, escape(p.Y.Label))
}

// round shows no digits that rounding errors made, and no -0.
func round(v float64) string { return fmt.Sprintf("%g", math.Round(v*1e6)/1e6+0) }

// A line of more points than these has no dots on it.
const mostDots = 30

func (s Series) draw(b *strings.Builder, x, y scale, colour string, placed *labels) {
	if s.Line {
		var at []string
		for _, p := range s.Points {
			at = append(at, fmt.Sprintf("%.1f,%.1f", x.at(p.X), y.at(p.Y)))
		}
		fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", colour, strings.Join(at, " "))
	}
	for _, p := range s.Points {
		if p.High > p.Low {
			fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-opacity="0.4"/>`+"\n", x.at(p.X), y.at(p.Low), x.at(p.X), y.at(p.High), colour)
		}
		if !s.Line || len(s.Points) <= mostDots {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x.at(p.X), y.at(p.Y), colour)
		}
		if p.Label != "" {
			placed.write(b, p.Label, x.at(p.X), y.at(p.Y))
		}
	}
}

// labels are what is in the way of further ones: dots, and labels that are
// written already.
type labels []box

func (p *Plot) dots(x, y scale) labels {
	const radius = 3
	var l labels
	for _, s := range p.Series {
		for _, point := range s.Points {
			cx, cy := x.at(point.X), y.at(point.Y)
			l = append(l, box{cx - radius, cy - radius, cx + radius, cy + radius})
		}
	}
	return l
}

type box struct{ left, top, right, bottom float64 }

// Size of a label's letters in px.
const letterWidth, letterHeight = 5.8, 10.0

// write puts the text beside the point where there is room, or leaves it out.
func (l *labels) write(b *strings.Builder, text string, x, y float64) {
	width := letterWidth * float64(len(text))
	for _, at := range [][2]float64{{x + 5, y - 4}, {x + 5, y + 12}, {x - 5 - width, y - 4}, {x - 5 - width, y + 12}} {
		here := box{at[0], at[1] - letterHeight, at[0] + width, at[1]}
		if here.left < 0 || here.right > plotWidth || l.overlap(here) {
			continue
		}
		*l = append(*l, here)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="10">%s</text>`+"\n", at[0], at[1], escape(text))
		return
	}
}

func (l *labels) overlap(a box) bool {
	return slices.ContainsFunc(*l, func(o box) bool {
		return a.left < o.right && o.left < a.right && a.top < o.bottom && o.top < a.bottom
	})
}
