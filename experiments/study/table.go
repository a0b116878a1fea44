package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// Table is a table of figures, written as Markdown and as CSV.
type Table struct {
	Name   string     `json:"name"` // of its CSV file
	Title  string     `json:"title,omitempty"`
	Header []string   `json:"header"`
	Rows   [][]string `json:"rows"`
	// Brief says of a row whether Markdown has it too; nil is all of them.
	Brief   func(row []string) bool `json:"-"`
	OnlyCSV bool                    `json:"-"` // Markdown has none of it
}

func (t *Table) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// WriteCSV writes all rows below the header.
func (t *Table) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.WriteAll(append([][]string{t.Header}, t.Rows...)); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return nil
}

// Markdown is the table with its title above.
func (t *Table) Markdown() string {
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Title)
	}
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.Header)
	line(repeat("---", len(t.Header)))
	for _, row := range t.Rows {
		if t.Brief == nil || t.Brief(row) {
			line(row)
		}
	}
	return b.String()
}

func repeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// none stands where there is no figure.
const none = "–"
