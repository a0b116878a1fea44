package study

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Schema names the JSON format of a Page.
const Schema = "trtnas.study/1"

// Page is what studies found of a device.
type Page struct {
	Schema     string               `json:"schema"`
	Device     string               `json:"device"` // as asked for
	Note       string               `json:"note"`   // what its latencies are
	Conditions evaluator.Conditions `json:"conditions"`
	Seeds      int                  `json:"seeds"`
	Results    []Result             `json:"studies"`
}

// NewPage puts results on a page.
func NewPage(s *Subject, results []Result) Page {
	d := s.devices[paperSpec]
	return Page{Schema: Schema, Device: s.Device, Note: d.Note, Conditions: d.Conditions(), Seeds: s.Seeds, Results: results}
}

// Summary are the conditions in a line.
func (p Page) Summary() string { return report.Conditions(p.Conditions) }

// Count is how many claims have the verdict.
func (p Page) Count(v Verdict) int {
	n := 0
	for _, r := range p.Results {
		for _, c := range r.Claims {
			if c.Verdict == v {
				n++
			}
		}
	}
	return n
}

// Tally counts the claims by verdict.
func (p Page) Tally() string {
	var parts []string
	for _, v := range []Verdict{Reproduced, NotReproduced, Unresolved, Unmeasured} {
		if n := p.Count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}

// Claims is the table of all claims.
func (p Page) Claims() string {
	t := p.claims()
	return t.Markdown()
}

func (p Page) claims() Table {
	t := Table{Name: "claims", Header: []string{"study", "the paper says", "published", "found here", "verdict"}}
	for _, r := range p.Results {
		for _, c := range r.Claims {
			t.add(r.Name, c.Says, c.Published, c.Found, string(c.Verdict))
		}
	}
	return t
}

// WriteText writes the page as Markdown.
func (p Page) WriteText(w io.Writer) error { return pageTemplate.Execute(w, p) }

// Save writes the page as README.md, its tables as CSV and its plots as SVG to
// the folder, which is made if it is not there.
func (p Page) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("results of studies: %w", err)
	}
	err := save(folder, "README.md", p.WriteText)
	if claims := p.claims(); len(claims.Rows) > 0 {
		err = errors.Join(err, save(folder, "claims.csv", claims.WriteCSV))
	}
	for _, r := range p.Results {
		for _, t := range r.Tables {
			err = errors.Join(err, save(folder, t.Name+".csv", t.WriteCSV))
		}
		for _, plot := range r.Plots {
			err = errors.Join(err, save(folder, plot.Name+".svg", plot.WriteSVG))
		}
	}
	return err
}

func save(folder, name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644)
}
