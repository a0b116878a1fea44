package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

// view is what a command shows: JSON by its tags, or text.
type view interface{ WriteText(io.Writer) error }

func write(c *cobra.Command, asJSON bool, v view) error {
	if !asJSON {
		return v.WriteText(c.OutOrStdout())
	}
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}
