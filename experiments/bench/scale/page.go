package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent":  func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
	"seconds":  seconds,
	"round":    func(x float64) string { return fmt.Sprintf("%.0f", x) },
	"two":      func(x float64) string { return fmt.Sprintf("%.2f", x) },
	"mega":     func(x float64) string { return fmt.Sprintf("%.2f", x/1e6) },
	"kilo":     func(x float64) string { return fmt.Sprintf("%.1f", x/1e3) },
	"million":  func(n int) string { return fmt.Sprintf("%.1f", float64(n)/1e6) },
	"megabyte": func(x float64) string { return orDash(x, "%.1f") },
	"memory":   func(x float64) string { return orDash(x, "%.0f") },
	"rows":     rows,
}).Parse(pageText))

func orDash(x float64, format string) string {
	if x == 0 {
		return "–"
	}
	return fmt.Sprintf(format, x)
}

func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// row has the uses of one kind of times.
type row struct {
	Times string
	Uses  []use
}

// rows gather what belongs to one kind of times, in their order.
func rows(all []use) []row {
	var out []row
	for _, u := range all {
		if len(out) == 0 || out[len(out)-1].Times != u.Times {
			out = append(out, row{Times: u.Times})
		}
		last := &out[len(out)-1]
		last.Uses = append(last.Uses, u)
	}
	return out
}

func writePage(folder string, r results) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, r); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "README.md"), text.Bytes(), 0o644)
}
