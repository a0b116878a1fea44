package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is the whole result.
type page struct {
	Repeats      int
	Ours, Theirs []outcome
	Same         struct {
		Difference float64 `json:"difference"` // of the two files' outputs, relative
		Versions   string  `json:"versions"`
	}
}

// row is a quantity on both sides.
type row struct{ What, Ours, Theirs, Ratio string }

// rows of the page. What is smaller is better in all of them, and the ratio says
// how many times.
func (p page) rows(weights int64) []row {
	var rows []row
	add := func(what, form string, of func(outcome) float64) {
		ours, theirs := spreadOf(p.Ours, of), spreadOf(p.Theirs, of)
		rows = append(rows, row{what, ours.text(form), theirs.text(form), fmt.Sprintf("%.1f", theirs.median/ours.median)})
	}
	add("export alone, s", "%.2f", func(o outcome) float64 { return o.Seconds })
	add("whole process, s", "%.2f", func(o outcome) float64 { return o.Wall })
	add("CPU time of the process, s", "%.2f", func(o outcome) float64 { return o.CPU })
	add("peak memory of the process, MiB", "%.0f", func(o outcome) float64 { return float64(o.Peak) / mebi })
	add("peak memory over weights", "%.2f", func(o outcome) float64 { return float64(o.Peak) / float64(weights) })
	add("file, MiB", "%.1f", func(o outcome) float64 { return float64(o.File) / mebi })
	return rows
}

func (p page) write(path string) error {
	weights, err := weightBytes()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	err = pageTemplate.Execute(&text, map[string]any{
		"Network": network, "Side": side, "Date": time.Now().Format(time.DateOnly), "Repeats": p.Repeats,
		"Go": p.Ours[0].Versions, "Python": p.Theirs[0].Versions, "Runtime": p.Same.Versions,
		"System": runtime.GOOS + "/" + runtime.GOARCH, "CPUs": runtime.NumCPU(),
		"Weights": fmt.Sprintf("%.1f MiB", float64(weights)/mebi), "Difference": fmt.Sprintf("%.0e", p.Same.Difference),
		"Before": spreadOf(p.Theirs, func(o outcome) float64 { return float64(o.Before) / mebi }).text("%.0f"),
		"Rows":   p.rows(weights),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// spread of a quantity over the runs.
type spread struct{ median, least, most float64 }

func spreadOf(outcomes []outcome, of func(outcome) float64) spread {
	var values []float64
	for _, o := range outcomes {
		values = append(values, of(o))
	}
	slices.Sort(values)
	n := len(values)
	return spread{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

// text is the median with the extremes in brackets, or the one value.
func (s spread) text(form string) string {
	median, least, most := fmt.Sprintf(form, s.median), fmt.Sprintf(form, s.least), fmt.Sprintf(form, s.most)
	if least == most {
		return median
	}
	return fmt.Sprintf("%s (%s–%s)", median, least, most)
}
