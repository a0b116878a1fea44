package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"text/template"

	"github.com/trtnas/trtnas/predictor"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"interval": interval,
	"giga":     func(v float64) string { return fmt.Sprintf("%.2f", v/1e9) },
	"f2":       func(v float64) string { return fmt.Sprintf("%.2f", v) },
	"f1":       func(v float64) string { return fmt.Sprintf("%.1f", v) },
}).Parse(pageText))

// interval as "+0.10 [-0.05, +0.25]".
func interval(e predictor.Estimate) string {
	return fmt.Sprintf("%+.2f [%+.2f, %+.2f]", e.Value, e.Low, e.High)
}

// Answer in a sentence, by the rule of analyse.go.
func (r *result) Answer() string {
	gain := r.figure(loss).Gain
	switch {
	case gain.Low > 0:
		return "Yes: the loss on fractals ranks these networks better than the estimate."
	case gain.High < 0:
		return "No: the loss on fractals ranks these networks worse than the estimate."
	}
	return "It can't be told from these networks: the interval of the difference holds 0."
}

// Adds says whether the loss adds to the estimate.
func (r *result) Adds() string {
	gain := r.figure(both).Gain
	switch {
	case gain.Low > 0:
		return "Summed with the estimate's rank it adds to it."
	case gain.High < 0:
		return "Summed with the estimate's rank it takes from it."
	}
	return "Whether it adds to the estimate can't be told either way."
}

// Loss and Both are the figures of the two questions.
func (r *result) Loss() figure { return r.figure(loss) }

// Both is the sum of the estimate's rank and the loss's.
func (r *result) Both() figure { return r.figure(both) }

// Estimate is the product's.
func (r *result) Estimate() figure { return r.figure(estimate) }

// Least MACs of a network.
func (r *result) Least() float64 {
	return slices.MinFunc(r.Networks, func(a, b network) int { return cmp.Compare(a.MACs, b.MACs) }).MACs
}

// Most MACs of a network.
func (r *result) Most() float64 {
	return slices.MaxFunc(r.Networks, func(a, b network) int { return cmp.Compare(a.MACs, b.MACs) }).MACs
}

func (r *result) write(path string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, r); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}
