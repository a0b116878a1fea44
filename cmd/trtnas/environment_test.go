package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are the root and all below it.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, below := range c.Commands() {
		all = append(all, commands(below)...)
	}
	return all
}

// Each flag of each command has a variable of its own, which it takes its value
// from.
func TestEachFlagHasAVariable(t *testing.T) {
	for _, c := range commands(newRoot(io.Discard, io.Discard)) {
		names := map[string]string{}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			v := variable(f.Name)
			if other := names[v]; other != "" {
				t.Errorf("%s: --%s and --%s both have %s", c.CommandPath(), f.Name, other, v)
			}
			names[v] = f.Name
			if notInEnvironment[f.Name] {
				return
			}
			given := map[string]string{"bool": "true", "duration": "7m0s", "int": "7", "int64": "7", "uint64": "7", "float64": "7"}[f.Value.Type()]
			if given == "" {
				given = "seven"
			}
			err := fromEnvironment(c, func(name string) string {
				if name == v {
					return given
				}
				return ""
			})
			if got := strings.Trim(f.Value.String(), "[]"); err != nil || got != given || !f.Changed {
				t.Errorf("%s: %s=%s gives --%s %s, %v", c.CommandPath(), v, given, f.Name, got, err)
			}
		})
	}
}

func TestFlagsComeBeforeVariables(t *testing.T) {
	for _, test := range []struct {
		args     []string
		variable string
		want     string
		fails    bool
	}{
		{nil, "", "7", false},
		{nil, "8", "8", false},
		{[]string{"--n=9"}, "8", "9", false},
		{[]string{"--n=7"}, "8", "7", false}, // the default, but given
		{nil, "many", "0", true},
	} {
		c := &cobra.Command{}
		c.Flags().Int("n", 7, "")
		if err := c.ParseFlags(test.args); err != nil {
			t.Fatal(err)
		}
		err := fromEnvironment(c, func(name string) string { return map[string]string{"TRTNAS_N": test.variable}[name] })
		if got := c.Flags().Lookup("n").Value.String(); got != test.want || (err != nil) != test.fails {
			t.Errorf("%v with TRTNAS_N=%s: %s, %v, want %s", test.args, test.variable, got, err, test.want)
		}
		if test.fails && (exitCode(err) != exitUsage || !strings.Contains(err.Error(), "TRTNAS_N=many")) {
			t.Errorf("exit code %d for %v", exitCode(err), err)
		}
	}
}

// The documentation lists each exit code as the program's help does.
func TestExitCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 130 |"} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/cli.md has no row %q", row)
		}
	}
}

func TestExitCodes(t *testing.T) {
	ctx, cancel := interruptible(io.Discard)
	cancel()
	for _, test := range []struct {
		err  error
		want int
	}{
		{errors.New("disk full"), exitFailure},
		{usage(errors.New("--x")), exitUsage},
		{errNothingFound, exitNothingFound},
		{ctx.Err(), exitInterrupted},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%v: exit code %d, want %d", test.err, got, test.want)
		}
	}
}

// Man pages have the date that builds are given, else their commit's, and never one
// that is made up: the test's program has no commit.
func TestManDates(t *testing.T) {
	for _, test := range []struct {
		epoch, date string
		code        int
	}{{"1796083200", `"Dec 2026"`, 0}, {"0", `"Jan 1970"`, 0}, {"", `""`, 0}, {"today", "", exitUsage}} {
		t.Setenv(epochVariable, test.epoch)
		folder := t.TempDir()
		if code := run([]string{"man", folder}, io.Discard, io.Discard); code != test.code {
			t.Fatalf("%q: exit code %d, want %d", test.epoch, code, test.code)
		}
		if test.code != 0 {
			continue
		}
		page, err := os.ReadFile(filepath.Join(folder, "trtnas.1"))
		if want := `.TH "TRTNAS" "1" ` + test.date + ` "trtnas" "trtnas"`; err != nil || !strings.Contains(string(page), want) {
			t.Errorf("%q: no %s in the page (%v):\n%.300s", test.epoch, want, err, page)
		}
	}
}

// Each command that people see has a man page, and the same program writes the
// same bytes.
func TestManPages(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, folder := range []string{first, second} {
		if code := run([]string{"man", folder}, io.Discard, os.Stderr); code != 0 {
			t.Fatalf("exit code %d", code)
		}
	}
	for _, c := range commands(newRoot(io.Discard, io.Discard)) {
		if !c.IsAvailableCommand() && c.HasParent() {
			continue
		}
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		a, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Error(err)
			continue
		}
		b, err := os.ReadFile(filepath.Join(second, name))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s differs from one time to the next: %v", name, err)
		}
		for _, says := range []string{".TH", ".SH NAME", strings.ReplaceAll(c.CommandPath(), " ", "-")} {
			if !strings.Contains(string(a), says) {
				t.Errorf("%s has no %s", name, says)
			}
		}
	}
}
