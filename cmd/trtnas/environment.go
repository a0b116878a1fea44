package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// variablePrefix begins the names of all variables that stand for flags.
const variablePrefix = "TRTNAS_"

// notInEnvironment are flags that ask for something else than the command's
// work.
var notInEnvironment = map[string]bool{"help": true, "version": true}

// environmentHelp stands below the flags of each command.
const environmentHelp = `{{if .HasAvailableLocalFlags}}
Environment:
  Each flag can be given as a variable: --db as TRTNAS_DB, --budget-on as
  TRTNAS_BUDGET_ON. A flag comes before its variable, and that before the default.
{{end}}`

// variable is the name of the variable that stands for the flag.
func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment gives the flags that are not on the command line the values of
// their variables. An empty variable is none.
func fromEnvironment(c *cobra.Command, getenv func(string) string) error {
	var all error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value := getenv(name)
		if value == "" || f.Changed || notInEnvironment[f.Name] {
			return
		}
		if err := c.Flags().Set(f.Name, value); err != nil {
			all = errors.Join(all, usage(fmt.Errorf("%s=%s: %w", name, value, err)))
		}
	})
	return all
}
