package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"

	_ "embed"
)

// page is the whole result.
type page struct {
	Date              string
	Networks, Workers int
	Rows              []Row
}

// Row is what became of one fault.
type Row struct {
	Fault, What string
	tally
	Took  time.Duration
	Error string // why the trial did not come to its end
}

func (r Row) wrong() bool {
	return r.Error != "" || r.Lost+r.Twice+r.Other > 0 || r.Faults == 0 || r.Runs == 0
}

func (r Row) String() string {
	text := fmt.Sprintf("%-26s %4d faults, %3d runs as undisturbed, lost %d, twice %d, other %d, %v", r.Fault, r.Faults, r.Runs, r.Lost, r.Twice, r.Other, r.Took.Round(time.Second))
	if why := cmp.Or(r.Error, r.First); why != "" {
		text += ": " + why
	}
	return text
}

// Total is the sum of all rows.
func (p page) Total() (t tally) {
	for _, r := range p.Rows {
		t.add(r.tally)
	}
	return t
}

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"seconds": func(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) },
}).Parse(pageText))

func (p page) write(folder string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "README.md"), text.Bytes(), 0o644)
}
