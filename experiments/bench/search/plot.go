package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A plot has a panel for each truth. Colours are of middling lightness, for
// dark and light pages alike.
const (
	panelWidth, panelHeight = 300.0, 250.0
	marginLeft, marginTop   = 52.0, 30.0
	marginRight, marginFoot = 14.0, 42.0
	legendHeight            = 26.0
	ink                     = "#808080"
)

var colours = map[method]string{
	screened: "#d9480f", nsga2: "#1c7ed6", random: "#868e96", pymoo40: "#2b8a3e", pymoo100: "#74b816",
	regularised: "#0b7285", local: "#a0522d", optuna40: "#9c36b5", optuna100: "#cc5de8", tpe: "#e6a700",
}

// The axes: evaluations on a logarithmic scale, and what is missing of the
// reference on another one.
const (
	fewest, mostShown = 10.0, 10_000.0
	leastGap, mostGap = 0.001, 0.5
)

var (
	ticksX = []int{10, 100, 1000, 10_000}
	ticksY = []float64{0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002}
)

func plot(space string, all []cell) []byte {
	var of []cell
	for _, c := range all {
		if c.Space == space {
			of = append(of, c)
		}
	}
	width := float64(max(len(of), 1)) * (marginLeft + panelWidth + marginRight)
	height := legendHeight + marginTop + panelHeight + marginFoot
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" font-family="sans-serif" font-size="12" fill="%s">`+"\n", width, height, width, ink)
	fmt.Fprintf(&b, "<title>Hypervolume over evaluations in the space %s</title>\n", space)
	legend(&b, of)
	for i, c := range of {
		fmt.Fprintf(&b, `<g transform="translate(%.0f %.0f)">`+"\n", float64(i)*(marginLeft+panelWidth+marginRight)+marginLeft, legendHeight+marginTop)
		panel(&b, c)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func legend(b *bytes.Buffer, of []cell) {
	x := marginLeft
	for _, m := range shown {
		if !slices.ContainsFunc(of, func(c cell) bool { return len(c.runs[m]) > 0 }) {
			continue
		}
		fmt.Fprintf(b, `<line x1="%.0f" y1="13" x2="%.0f" y2="13" stroke="%s" stroke-width="3"/><text x="%.0f" y="17">%s</text>`+"\n",
			x, x+20, colours[m], x+25, setups[m].title)
		x += 45 + 6.4*float64(len(setups[m].title))
	}
}

func panel(b *bytes.Buffer, c cell) {
	fmt.Fprintf(b, `<text x="%.0f" y="-10" text-anchor="middle">%s, %s</text>`+"\n", panelWidth/2, c.Space, c.Truth)
	for _, n := range ticksX {
		x := acrossX(float64(n))
		fmt.Fprintf(b, `<line x1="%.1f" y1="0" x2="%.1f" y2="%.0f" stroke="%s" stroke-opacity="0.3"/><text x="%.1f" y="%.0f" text-anchor="middle">%d</text>`+"\n",
			x, x, panelHeight, ink, x, panelHeight+16, n)
	}
	for _, gap := range ticksY {
		y := downY(gap)
		fmt.Fprintf(b, `<line x1="0" y1="%.1f" x2="%.0f" y2="%.1f" stroke="%s" stroke-opacity="0.3"/><text x="-6" y="%.1f" text-anchor="end">%g %%</text>`+"\n",
			y, panelWidth, y, ink, y+4, math.Round(1000*(1-gap))/10)
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" text-anchor="middle">networks measured</text>`+"\n", panelWidth/2, panelHeight+34)
	for _, m := range c.methods() {
		line(b, c, m)
	}
}

// line is the median over the seeds with its interval.
func line(b *bytes.Buffer, c cell, m method) {
	var middle, upper, lower []string
	for _, n := range counts(setups[m].evaluations) {
		s := spreadOf(c.shares(m, n))
		if s.median < 1-mostGap {
			continue
		}
		at := func(share float64) string { return fmt.Sprintf("%.1f,%.1f", acrossX(float64(n)), downY(1-share)) }
		middle, upper, lower = append(middle, at(s.median)), append(upper, at(s.high)), append(lower, at(s.low))
	}
	if len(middle) == 0 {
		return
	}
	slices.Reverse(lower)
	fmt.Fprintf(b, `<polygon fill="%s" fill-opacity="0.15" points="%s"/>`+"\n", colours[m], strings.Join(append(upper, lower...), " "))
	fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", colours[m], strings.Join(middle, " "))
}

// counts are evaluations at even distances on the axis, up to most.
func counts(most int) []int {
	var all []int
	for i := 0; ; i++ {
		n := int(math.Round(fewest * math.Pow(mostShown/fewest, float64(i)/60)))
		if n >= most {
			return append(all, most)
		}
		all = append(all, n)
	}
}

func acrossX(n float64) float64 {
	return panelWidth * math.Log(n/fewest) / math.Log(mostShown/fewest)
}

func downY(gap float64) float64 {
	gap = min(max(gap, leastGap), mostGap)
	return panelHeight * math.Log(gap/leastGap) / math.Log(mostGap/leastGap)
}
