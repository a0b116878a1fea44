package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is for those who package trtnas, and hidden from the others.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write the man pages of all commands", Args: exactly("a folder for the pages"), Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			date, err := built(os.Getenv)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root := c.Root()
			root.DisableAutoGenTag = true // it has the date of the day
			if err := writeMan(root, args[0], date); err != nil {
				return fmt.Errorf("man pages in %s: %w", args[0], err)
			}
			return nil
		},
	}
}

// writeMan writes the pages of a command and of those below it.
func writeMan(c *cobra.Command, folder string, date time.Time) error {
	var page bytes.Buffer
	if err := doc.GenMan(c, &doc.GenManHeader{Section: "1", Source: "trtnas", Manual: "trtnas", Date: &date}, &page); err != nil {
		return err
	}
	text := page.Bytes()
	if date.IsZero() {
		text = bytes.Replace(text, []byte(date.Format("Jan 2006")), nil, 1)
	}
	name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
	if err := os.WriteFile(filepath.Join(folder, name), text, 0o666); err != nil {
		return err
	}
	for _, below := range c.Commands() {
		if !below.IsAvailableCommand() || below.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err := writeMan(below, folder, date); err != nil {
			return err
		}
	}
	return nil
}

// epochVariable dates what is built (https://reproducible-builds.org/specs/source-date-epoch).
const epochVariable = "SOURCE_DATE_EPOCH"

// built is the date of the pages: the variable's, else that of the program's commit,
// so that the same commit gives the same pages; zero where none is known.
func built(getenv func(string) string) (time.Time, error) {
	if text := getenv(epochVariable); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 {
			return time.Time{}, usage(fmt.Errorf("%s=%s: give seconds since 1970, or unset it", epochVariable, text))
		}
		return time.Unix(seconds, 0).UTC(), nil
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if date, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return date.UTC(), nil
			}
		}
	}
	return time.Time{}, nil
}
