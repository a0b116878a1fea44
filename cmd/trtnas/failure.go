package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
)

// tell says why a command ends with the exit code: to a program that asked for
// JSON in one line, the last of standard error.
func tell(stderr io.Writer, asJSON bool, err error, code int) {
	if !asJSON {
		fmt.Fprintln(stderr, "trtnas:", err)
		return
	}
	e := json.NewEncoder(stderr)
	e.SetEscapeHTML(false)
	e.Encode(report.NewError(err.Error(), code)) // where standard error is closed nobody listens
}

// wantsJSON reports whether the command was asked for JSON. Of a command line that
// can't be read the flag counts wherever it stands, and its variable.
func wantsJSON(c *cobra.Command, args []string, getenv func(string) string) bool {
	for _, name := range []string{"json", "jsonl"} {
		f := c.Flag(name)
		if f != nil && f.Value.String() == "true" || slices.Contains(args, "--"+name) || getenv(variable(name)) == "true" {
			return true
		}
	}
	return false
}
