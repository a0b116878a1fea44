package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// table of a space and truth.
type table struct {
	Space, Truth string
	Rows         []row
	Seeds        int
}

type row struct{ Method, Seeds, To95, To99, AtTenth, AtCap, Cap string }

// summary compares screening with pymoo.
type summary struct{ Space, Truth, Times95, Fresh95, Times99, Ours, Theirs, Wins string }

// wrongRow is what searches need whose model is wrong, and how many times as
// much as NSGA-II that is.
type wrongRow struct{ Space, Truth, Method, Seeds, To95, To99, Times95, Times99 string }

func wrongRows(c cell) []wrongRow {
	if len(c.runs[fromNothing]) == 0 {
		return nil
	}
	var rows []wrongRow
	for _, m := range wrongly {
		if len(c.runs[m]) == 0 {
			continue
		}
		times := func(share float64) string {
			ratio := spreadOf(c.evaluations(m, share)).median / spreadOf(c.evaluations(fromNothing, share)).median
			if math.IsNaN(ratio) || math.IsInf(ratio, 0) || ratio == 0 {
				return "–"
			}
			return fmt.Sprintf("%.2f", ratio)
		}
		rows = append(rows, wrongRow{
			c.Space, c.Truth.String(), setups[m].title, fmt.Sprint(len(c.runs[m])),
			evaluationsText(c.evaluations(m, 0.95), pymooCap), evaluationsText(c.evaluations(m, 0.99), pymooCap), times(0.95), times(0.99),
		})
	}
	return rows
}

// writePage writes README.md and its plots.
func writePage(folder string, records []record) error {
	all := cells(records)
	var tables []table
	var summaries []summary
	var wrong []wrongRow
	for _, c := range all {
		tables = append(tables, tableOf(c))
		wrong = append(wrong, wrongRows(c)...)
		if len(c.runs[pymoo40]) > 0 && len(c.runs[pymoo100]) > 0 {
			summaries = append(summaries, summaryOf(c))
		}
	}
	for _, s := range spaces {
		if err := os.WriteFile(filepath.Join(folder, s+".svg"), plot(s, all), 0o644); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	err := pageTemplate.Execute(&text, map[string]any{
		"Date": time.Now().Format(time.DateOnly), "System": runtime.GOOS + "/" + runtime.GOARCH, "CPUs": runtime.NumCPU(),
		"By": versions(records), "Tables": tables, "Summaries": summaries, "Spaces": spaces, "Budget": budget, "Corner": -corner[1],
		"Cap": pymooCap, "Tenth": pymooCap / 10, "Long": setups[long].evaluations, "Growth": fmt.Sprintf("%g", 100*lateGrowth),
		"Engines": engines(records), "Wrong": wrong, "Tuned": tunedSeeds,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "README.md"), text.Bytes(), 0o644)
}

// versions are those of all programs that made the records.
func versions(records []record) string {
	var all []string
	for _, r := range records {
		if !slices.Contains(all, r.By) {
			all = append(all, r.By)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func tableOf(c cell) table {
	t := table{Space: c.Space, Truth: c.Truth.String(), Seeds: len(c.runs[screened])}
	for _, m := range c.methods() {
		most := setups[m].evaluations
		t.Rows = append(t.Rows, row{
			Method: setups[m].title, Seeds: fmt.Sprint(len(c.runs[m])), Cap: fmt.Sprint(most),
			To95: evaluationsText(c.evaluations(m, 0.95), most), To99: evaluationsText(c.evaluations(m, 0.99), most),
			AtTenth: percentText(c.shares(m, pymooCap/10)), AtCap: percentText(c.shares(m, most)),
		})
	}
	return t
}

func summaryOf(c cell) summary {
	s := summary{Space: c.Space, Truth: c.Truth.String(), Times95: savingText(c, 0.95), Fresh95: savingText(c.fresh(), 0.95), Times99: savingText(c, 0.99)}
	s.Ours = percentText(c.shares(screened, pymooCap/10))
	at40, at100 := c.shares(pymoo40, pymooCap), c.shares(pymoo100, pymooCap)
	s.Theirs = percentText(at40)
	if spreadOf(at100).median > spreadOf(at40).median {
		s.Theirs = percentText(at100)
	}
	wins, of := c.wins()
	s.Wins = fmt.Sprintf("%d of %d", wins, of)
	return s
}

func savingText(c cell, share float64) string {
	if len(c.runs[screened]) == 0 || len(c.runs[pymoo40]) == 0 || len(c.runs[pymoo100]) == 0 {
		return "–"
	}
	times, atLeast := c.saving(share)
	switch {
	case math.IsNaN(times) || times == 0:
		return "–"
	case atLeast:
		return fmt.Sprintf("more than %.0f", times)
	}
	return fmt.Sprintf("%.0f", times)
}

// engineRow has the time that NSGA-II takes for itself, in ms for each network.
type engineRow struct {
	Space               string
	Population          int
	Ours, Theirs, Times string
}

func engines(records []record) []engineRow {
	var rows []engineRow
	for _, s := range spaces {
		for _, pair := range [][2]method{{engine40, enginePymoo40}, {engine100, enginePymoo100}, {engine400, enginePymoo400}} {
			ours, theirs := ownTimes(records, s, pair[0]), ownTimes(records, s, pair[1])
			if len(ours) == 0 || len(theirs) == 0 {
				continue
			}
			a, b := spreadOf(ours), spreadOf(theirs)
			rows = append(rows, engineRow{s, setups[pair[0]].population, milliText(a), milliText(b), fmt.Sprintf("%.0f", b.median/a.median)})
		}
	}
	return rows
}

func ownTimes(records []record, space string, m method) []float64 {
	var times []float64
	for _, r := range records {
		if r.Space == space && r.Method == m {
			times = append(times, 1000*r.Own/float64(r.Evaluated))
		}
	}
	return times
}

func milliText(s spread) string { return fmt.Sprintf("%.3f (%.3f–%.3f)", s.median, s.low, s.high) }
