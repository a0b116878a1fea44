package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is for those who package trtnas, and hidden from the others.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write the man pages of all commands", Args: exactly("a folder for the pages"), Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root := c.Root()
			root.DisableAutoGenTag = true // it has the date of the day
			date := built()
			err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "trtnas", Manual: "trtnas", Date: &date}, args[0])
			if err != nil {
				return fmt.Errorf("man pages in %s: %w", args[0], err)
			}
			return nil
		},
	}
}

// built is when the program's commit was made, so that the same commit gives the
// same pages; the beginning of Unix time where that is not known.
func built() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if date, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return date
			}
		}
	}
	return time.Unix(0, 0).UTC()
}
