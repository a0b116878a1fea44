// Package study asks of a device what TRT-ViT (arXiv 2205.09579) found on a
// T4: each study is a file with its question, its settings and its output.
package study

import (
	"context"
	"fmt"
	"strings"
)

// Study answers one question on a device.
type Study struct {
	Name     string
	Question string
	run      func(context.Context, *Subject) (Result, error)
}

// All lists the studies in the order of the paper.
func All() []Study { return []Study{density, depth, blocks, ratio, family, convergence, transfer} }

// Find returns the study of that name.
func Find(name string) (Study, error) {
	var names []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Study{}, fmt.Errorf("unknown study %q: choose %s or all", name, strings.Join(names, ", "))
}

// Result is what a study found. Equal subjects give equal results.
type Result struct {
	Name     string   `json:"name"`
	Question string   `json:"question"`
	Notes    []string `json:"notes"` // paragraphs of Markdown: settings, and what the figures can and can't tell
	Tables   []Table  `json:"tables"`
	Plots    []Plot   `json:"-"` // of what the tables have
	Claims   []Claim  `json:"claims,omitempty"`
}

// Run asks the study's question of a device. What has to be measured or searched
// is kept in the subject's store, so that a study that was stopped goes on where
// it was.
func (s Study) Run(ctx context.Context, of *Subject) (Result, error) {
	r, err := s.run(ctx, of)
	if err != nil {
		return r, fmt.Errorf("study %s: %w", s.Name, err)
	}
	r.Name, r.Question = s.Name, s.Question
	return r, nil
}
