// Package page writes a run as one page that needs nothing else: HTML for
// reading and printing, or Markdown for a repository. Equal databases give
// equal bytes.
package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"

	"github.com/trtnas/trtnas/experiments/report"
)

//go:embed page.html.tmpl page.md.tmpl page.css plot.css
var files embed.FS

// Run is what a page shows.
type Run struct {
	View       report.View
	Candidates report.Candidates
	Networks   []report.NetworkView // that are drawn, the most accurate first
}

// drawn is how many networks of a front a page draws.
const drawn = 3

// chosen are those: the most accurate, the fastest and one between.
func chosen(v report.View) []string { return pick(v.Front.ID, drawn) }

// rows are how many networks of a front a table shows.
const rows = 24

// content is what the templates read.
type content struct {
	Run
	Style       template.CSS
	Pareto      template.HTML
	Outside     int
	Hypervolume []template.HTML
	Health      []plot
	Limited     int // sessions in which clocks were held back
	Some, All   []frontRow
	Near        []report.Reference // published networks about the budget
	Failed      int
	Picture     string // file of the plot beside a Markdown page
}

type plot struct {
	Label   string
	Drawing template.HTML
}

// frontRow is one network of the front.
type frontRow struct {
	ID, Latency, Interval, Source, Top1, Top1Interval, Rows, Spread string
}

// HTML writes the page.
func HTML(w io.Writer, r Run) error {
	t, err := template.New("page.html.tmpl").Funcs(functions).ParseFS(files, "page.html.tmpl")
	if err != nil {
		return err
	}
	c, err := r.content()
	if err != nil {
		return err
	}
	return t.Execute(w, c)
}

// Markdown writes the page, which shows the picture in the file of that name.
func Markdown(w io.Writer, r Run, picture string) error {
	t, err := texttemplate.New("page.md.tmpl").Funcs(functions).Funcs(texttemplate.FuncMap{"cell": cell}).ParseFS(files, "page.md.tmpl")
	if err != nil {
		return err
	}
	c, err := r.content()
	if err != nil {
		return err
	}
	c.Picture = picture
	return t.Execute(w, c)
}

// Picture writes the plot of accuracy against latency as an SVG file.
func Picture(w io.Writer, r Run) error {
	style, err := files.ReadFile("plot.css")
	if err != nil {
		return err
	}
	plot, _ := r.pareto()
	_, err = io.WriteString(w, strings.Replace(plot, "</title>", "</title>\n<style>"+string(style)+"</style>", 1))
	return err
}

func (r Run) content() (content, error) {
	c := content{Run: r, All: frontRows(r.View.Front)}
	for _, name := range []string{"page.css", "plot.css"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return c, err
		}
		c.Style += template.CSS(text)
	}
	pareto, outside := r.pareto()
	c.Pareto, c.Outside = template.HTML(pareto), outside
	c.Some = pick(c.All, rows)
	hv := r.View.Hypervolume
	c.Hypervolume = append(c.Hypervolume, template.HTML(hypervolume(hv, "networks evaluated", scaled(hv.Evaluated, 1))))
	if len(hv.DeviceS) > 0 {
		c.Hypervolume = append(c.Hypervolume, template.HTML(hypervolume(hv, "device time, minutes", scaled(hv.DeviceS, 1.0/60))))
	}
	if h := r.View.Health; h != nil && len(h.Time) > 0 {
		c.drawHealth(h)
	}
	for _, ref := range r.View.References {
		if share := ref.Latency.Value / r.View.BudgetMS; share >= nearLow && share <= nearHigh {
			c.Near = append(c.Near, ref)
		}
	}
	for _, k := range r.View.Failures {
		c.Failed += k.Networks
	}
	return c, nil
}

// Published networks much faster or slower than the budget are no alternative
// to what a search for it finds (as in `trtnas front`).
const nearLow, nearHigh = 0.5, 1.25

func (c *content) drawHealth(h *report.Health) {
	for _, t := range h.Throttle {
		if t != "" {
			c.Limited++
		}
	}
	for _, p := range []struct {
		label  string
		values []float64
		guides []float64
	}{
		{"Reference network against its first timing", h.Reference, []float64{1 - h.GreatestDrift, 1 + h.GreatestDrift}},
		{"SM clock, MHz", scaled(h.SMClockMHz, 1), nil},
		{"Temperature, °C", scaled(h.TemperatureC, 1), nil},
		{"Power, W", h.PowerW, nil},
	} {
		c.Health = append(c.Health, plot{p.label, template.HTML(health(p.label, p.values, h.Throttle, p.guides))})
	}
}

func frontRows(f report.FrontColumns) []frontRow {
	all := make([]frontRow, len(f.ID))
	for i := range f.ID {
		all[i] = frontRow{
			ID: f.ID[i], Latency: ms(f.Latency[i]), Interval: bounds(f.Low[i], f.High[i], ms), Source: f.Source[i],
			Top1: percent(f.Top1[i]), Top1Interval: bounds(f.Top1Low[i], f.Top1High[i], percent), Rows: f.Rows[i],
		}
		if f.Spread[i] > 0 {
			all[i].Spread = share(f.Spread[i])
		}
	}
	return all
}

// cell writes text that a Markdown table can't take for its own.
func cell(v any) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", ">", "&gt;").Replace(fmt.Sprint(v))
}
