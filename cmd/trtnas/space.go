package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
)

func newSpace() *cobra.Command {
	c := &cobra.Command{Use: "space", Short: "Show and check search spaces", Args: noCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(
		spaceCommand("show SPACE", "Show the choices of a space", func(s *space.Space) view { return report.NewSpaceDetail(s) }),
		spaceCommand("count SPACE", "Count a space's genotypes and different networks", func(s *space.Space) view { return report.NewSpaceCount(s) }),
		newSpaceList(), newSpaceValidate(),
	)
	return c
}

func spaceCommand(use, short string, show func(*space.Space) view) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: use, Short: short, Args: exactly("a built-in space's name or a YAML file"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := space.Load(args[0])
			if err != nil {
				return usage(err)
			}
			return write(c, asJSON, show(s))
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newSpaceList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the built-in spaces", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return write(c, asJSON, report.NewSpaceList(space.Builtin()))
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func newSpaceValidate() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "validate FILE", Short: "Check a space's YAML file", Args: exactly("a YAML file"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := space.Load(args[0])
			if err != nil {
				return usage(err)
			}
			if asJSON {
				return write(c, asJSON, report.NewSpaceDetail(s))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: space %q is valid\n", args[0], s.Name)
			return err
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
