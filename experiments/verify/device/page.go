package main

import (
	"bytes"
	"os"
	"runtime"
	"text/template"
	"time"

	_ "embed"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// page is the whole result.
type page struct {
	Date   string
	Device trt.Device
	Target string
	Input  space.Input
	Rows   []row
}

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"mebibytes": mebibytes}).Parse(pageText))

// Built counts the networks of which there is an engine.
func (p page) Built() int {
	n := 0
	for _, r := range p.Rows {
		if r.Failure == nil {
			n++
		}
	}
	return n
}

// Took is the time of all builds.
func (p page) Took() time.Duration {
	var sum time.Duration
	for _, r := range p.Rows {
		sum += r.Engine.BuildTime
	}
	return sum.Round(time.Second)
}

// On is where the program ran.
func (p page) On() string { return runtime.Version() + " on " + runtime.GOOS + "/" + runtime.GOARCH }

func (p page) write(path string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}
