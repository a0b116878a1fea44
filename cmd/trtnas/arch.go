package main

import (
	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space/reference"
)

func newArch() *cobra.Command {
	c := &cobra.Command{Use: "arch", Short: "Show and export published networks", Args: noCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(newArchList(), newArchShow(), newArchExport())
	return c
}

func newArchList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the published networks with parameters and MACs", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := report.NewArchList(reference.All())
			if err != nil {
				return err
			}
			return write(c, asJSON, list)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newArchShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show NETWORK", Short: "Show one published network stage by stage", Args: exactly("a network's name"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := reference.Find(args[0])
			if err != nil {
				return usage(err)
			}
			shown, err := report.NewArchDetail(n)
			if err != nil {
				return err
			}
			return write(c, asJSON, shown)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func jsonFlag(c *cobra.Command, to *bool) {
	c.Flags().BoolVar(to, "json", false, "write JSON, with the schema named in it")
}
