package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/store"
)

func newProfile() *cobra.Command {
	c := &cobra.Command{
		Use: "profile", Short: "List, show, export and import latency profiles", Args: noCommand,
		Long: `A latency profile predicts latencies on one device: search and predict take it
as --device NAME. The profile t4 is built in, others are made by calibrate.
Exported ones are files that other databases import, or that --device takes as
they are.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newProfileList(), newProfileShow(), newProfileExport(), newProfileImport())
	return c
}

func newProfileList() *cobra.Command {
	var db string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the profiles", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			files, err := experiments.Profiles(c.Context(), db)
			if err != nil {
				return err
			}
			return write(c, asJSON, report.NewProfileList(files))
		},
	}
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}

func newProfileShow() *cobra.Command {
	var db string
	var asJSON bool
	c := &cobra.Command{
		Use: "show NAME", Short: "Show what a profile is of and what it is worth", Args: exactly("a profile's name (trtnas profile list shows them)"),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := experiments.FindProfile(c.Context(), db, args[0])
			if err != nil {
				return usage(err)
			}
			return write(c, asJSON, report.Profile(f))
		},
	}
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}

func newProfileExport() *cobra.Command {
	var db, out string
	c := &cobra.Command{
		Use: "export NAME", Short: "Write a profile as a JSON file", Args: exactly("a profile's name (trtnas profile list shows them)"),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := experiments.FindProfile(c.Context(), db, args[0])
			if err != nil {
				return usage(err)
			}
			if out == "" {
				return f.Write(c.OutOrStdout())
			}
			return writeFile(out, f)
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVarP(&out, "output", "o", "", "file to write instead of standard output")
	return c
}

func writeFile(path string, f latency.File) error {
	w, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := f.Write(w); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

func newProfileImport() *cobra.Command {
	var db string
	var force, asJSON bool
	c := &cobra.Command{
		Use: "import FILE", Short: "Keep an exported profile in the database", Args: exactly("a file that trtnas profile export wrote"),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := latency.ReadFile(args[0])
			if err != nil {
				return usage(err)
			}
			st, err := store.Open(db, time.Now)
			if err != nil {
				return err
			}
			defer st.Close()
			if err := experiments.SaveProfile(c.Context(), st, f, force); err != nil {
				return err
			}
			if asJSON {
				return write(c, asJSON, report.Profile(f))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is in %s\n", f.Profile.Name, db)
			return err
		},
	}
	dbFlag(c, &db)
	c.Flags().BoolVar(&force, "force", false, "replace another profile of that name")
	jsonFlag(c, &asJSON)
	return c
}
