package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/template"

	"github.com/trtnas/trtnas/evaluator/zerocost"
)

// page is README.md.
type page struct {
	Date        string
	Versions    []string
	Tolerances  map[zerocost.Proxy]float64
	Definitions []zerocost.Definition
	Rows        []row
	Ranks       []zerocost.Rank
}

// version adds what computed, once.
func (p *page) version(text string) {
	if !slices.Contains(p.Versions, text) {
		p.Versions = append(p.Versions, text)
	}
}

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"go":    runtime.Version,
	"score": func(p pair) string { return fmt.Sprintf("%.7g (%.0e)", p.Ours, p.difference()) },
	"of": func(r row, d zerocost.Definition) pair {
		return r.Scores[slices.IndexFunc(r.Scores, func(p pair) bool { return p.Proxy == d.Proxy })]
	},
	"interval": func(r zerocost.Rank) string {
		if r.Low == r.High {
			return "–"
		}
		return fmt.Sprintf("%.2f to %.2f", r.Low, r.High)
	},
}).Parse(pageText))

func (p *page) write(path string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}
