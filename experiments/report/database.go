package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/trtnas/trtnas/store"
)

// The schemas of what the commands on databases say.
const (
	CheckSchema    = "trtnas.check/1"
	RecoverySchema = "trtnas.recovery/1"
	MergeSchema    = "trtnas.merge/1"
)

// Check is what is wrong with a database.
type Check struct {
	Schema   string   `json:"schema"`
	Database string   `json:"database"`
	Faults   []string `json:"faults"`
}

// WriteText writes a line for each fault.
func (c Check) WriteText(w io.Writer) error {
	if len(c.Faults) == 0 {
		_, err := fmt.Fprintf(w, "%s: whole\n", c.Database)
		return err
	}
	_, err := fmt.Fprintf(w, "%s: damaged\n  %s\n`trtnas db recover %s -o NEW` saves what can be read\n", c.Database, strings.Join(c.Faults, "\n  "), c.Database)
	return err
}

// Recovery is what was saved of a damaged database.
type Recovery struct {
	Schema   string `json:"schema"`
	Database string `json:"database"` // the new one
	store.Recovery
}

// WriteText writes a table of rows, and what is to be known of runs.
func (r Recovery) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "table\tkept\tread in vain")
	for _, s := range r.Rows {
		fmt.Fprintf(t, "%s\t%d\t%d\n", s.Table, s.Kept, s.Orphans)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, c := range r.Cut {
		if c.Generation == c.Had {
			fmt.Fprintf(w, "run %s may lack measurements of its finalists; `trtnas resume` makes what is missing\n", c.Run)
			continue
		}
		fmt.Fprintf(w, "run %s is whole up to generation %d of %d; `trtnas resume` makes the others again, from results that are kept\n", c.Run, c.Generation, c.Had)
	}
	_, err := fmt.Fprintf(w, "%d pages had something that could not be read; what could is in %s\n", r.Damaged, r.Database)
	return err
}

// Merge is what a database got from others.
type Merge struct {
	Schema   string       `json:"schema"`
	Database string       `json:"database"`
	From     []MergedFrom `json:"from"`
}

// MergedFrom is what it got from one.
type MergedFrom struct {
	Database string `json:"database"`
	store.Merged
}

// WriteText writes a line for each database.
func (m Merge) WriteText(w io.Writer) error {
	for _, f := range m.From {
		runs := "no run"
		if len(f.Runs) > 0 {
			runs = "runs " + strings.Join(f.Runs, ", ")
		}
		fmt.Fprintf(w, "%s: %d networks, %d results, %d timings, %d labels, %d profiles, %s\n", f.Database, f.Networks, f.Results, f.Timings, f.Labels, f.Profiles, runs)
		if len(f.Other) > 0 {
			fmt.Fprintf(w, "  left out, since other profiles have these names: %s\n", strings.Join(f.Other, ", "))
		}
	}
	return nil
}
