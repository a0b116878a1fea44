// Command pairs puts the latencies that TRT-ViT (arXiv 2205.09579) compares
// beside what the T4's model predicts, and writes both as a page:
//
//	go run ./experiments/pairs > docs/results/pairs.md
package main

import (
	_ "embed"
	"fmt"
	"os"
	"text/template"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

//go:embed page.md.tmpl
var page string

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pairs:", err)
		os.Exit(1)
	}
}

func run() error {
	profile, err := latency.Open("t4")
	if err != nil {
		return err
	}
	m := model{profile}
	ratios, err := m.ratios()
	if err != nil {
		return err
	}
	densities, err := m.densities()
	if err != nil {
		return err
	}
	t := template.Must(template.New("page").Parse(page))
	return t.Execute(os.Stdout, map[string]any{
		"Ratios": ratios, "Densities": densities, "Contrast": contrast(densities[0], densities[1]), "Profile": profile,
		"Factor": m.factor(224), "FarFactor": m.factor(512),
	})
}

// model predicts for the profile's own batch and precision.
type model struct{ *latency.Profile }

func (m model) ms(g *graph.Graph) float64 { return m.Constants.Sum(g.Kernels(), m.Batch) }

// factor is the half width of the 80 % interval at a resolution.
func (m model) factor(side int) string {
	e, err := m.Estimate(1, latency.Conditions{Precision: m.Precision, Batch: m.Batch, Height: side, Width: side})
	if err != nil {
		panic(err) // the profile's own batch and precision
	}
	return fmt.Sprintf("%.2f", e.High)
}

// network is the latency of a published network in ms.
func (m model) network(name string, in space.Input) (float64, error) {
	n, err := reference.Find(name)
	if err != nil {
		return 0, err
	}
	g, err := n.Lower(in)
	if err != nil {
		return 0, err
	}
	return m.ms(g), nil
}

// published is the latency in ms that others measured, 0 if nobody did.
func published(name string, in space.Input) float64 {
	for _, r := range latency.Published() {
		if r.Network == name && r.Resolution == in.Height && r.Backbone == in.Features {
			return r.MS
		}
	}
	return 0
}
