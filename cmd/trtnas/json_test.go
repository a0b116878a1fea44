package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/internal/jsonschema/schematest"
)

const schemaFolder = "../../docs/schemas"

// jsonCommands are those of scripts for what is written as JSON.
func jsonCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	folder, err := os.Getwd() // scripts have another
	if err != nil {
		t.Fatal(err)
	}
	schemas := schematest.Schemas{Folder: folder + "/" + schemaFolder}
	return map[string]func(*testscript.TestScript, bool, []string){
		// json SCHEMA PROGRAM [ARGUMENT...] runs a command with --json and checks what it
		// prints; ! json is for one that fails after it.
		"json": func(ts *testscript.TestScript, neg bool, args []string) {
			if len(args) < 2 {
				ts.Fatalf("usage: json SCHEMA PROGRAM [ARGUMENT...]")
			}
			if !slices.Contains(args, "--jsonl") {
				args = append(args, "--json")
			}
			if err := ts.Exec(args[1], args[2:]...); (err != nil) != neg {
				ts.Fatalf("%v", err)
			}
			ts.Check(schemas.Check(args[0], []byte(ts.ReadFile("stdout"))))
		},
		// valid SCHEMA FILE... checks what is in files, or in stdout or stderr.
		"valid": func(ts *testscript.TestScript, _ bool, args []string) {
			if len(args) < 2 {
				ts.Fatalf("usage: valid SCHEMA FILE...")
			}
			for _, file := range args[1:] {
				if err := schemas.Check(args[0], []byte(ts.ReadFile(file))); err != nil {
					ts.Fatalf("%s: %v", file, err)
				}
			}
		},
	}
}

// Every command with --json is in testdata/script/json.txtar, which holds what it
// prints to its schema, and docs/schemas/README.md says that it writes it.
func TestEveryJSONIsChecked(t *testing.T) {
	checked := map[string]bool{}
	writers := schemaWriters(t)
	script, err := os.Open("testdata/script/json.txtar")
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	root := newRoot(io.Discard, io.Discard)
	for lines := bufio.NewScanner(script); lines.Scan(); {
		words := strings.Fields(strings.TrimPrefix(lines.Text(), "! "))
		if len(words) < 4 || words[0] != "json" {
			continue
		}
		c, _, err := root.Find(words[3:])
		if err != nil {
			t.Fatal(err)
		}
		checked[c.CommandPath()] = true
		if !strings.Contains(writers[words[1]], "`"+c.CommandPath()) {
			t.Errorf("%s/README.md doesn't say that %s writes %s", schemaFolder, c.CommandPath(), words[1])
		}
	}
	walk(root, func(c *cobra.Command) {
		if c.Flag("json") != nil && !checked[c.CommandPath()] {
			t.Errorf("%s --json is not checked: add it to testdata/script/json.txtar", c.CommandPath())
		}
	})
}

// withoutJSON are the commands that have no answer for a program.
var withoutJSON = map[string]string{
	"trtnas ui":             "serves until it is interrupted",
	"trtnas worker":         "serves until it is interrupted",
	"trtnas man":            "writes man pages",
	"trtnas completion":     "writes a shell's script",
	"trtnas help":           "is for people",
	"trtnas fit":            "writes JSON, the file that is built in",
	"trtnas profile export": "writes JSON, a profile's file",
}

func TestCommandsHaveJSON(t *testing.T) {
	root := newRoot(io.Discard, io.Discard)
	groups := []string{"trtnas"}
	walk(root, func(c *cobra.Command) {
		if c.HasSubCommands() {
			groups = append(groups, c.CommandPath())
		}
	})
	walk(root, func(c *cobra.Command) {
		_, excused := withoutJSON[c.CommandPath()]
		if has := c.Flag("json") != nil; has == excused && !slices.Contains(groups, c.CommandPath()) {
			t.Errorf("%s: has --json: %v, and is excused: %v", c.CommandPath(), has, excused)
		}
	})
}

// Whatever can't be understood of a command line with --json, the error is JSON.
func TestErrorsAreJSON(t *testing.T) {
	schemas := schematest.Schemas{Folder: schemaFolder}
	walk(newRoot(io.Discard, io.Discard), func(c *cobra.Command) {
		if c.Flag("json") == nil {
			return
		}
		path := strings.Fields(c.CommandPath())[1:]
		for _, wrong := range [][]string{{"--json", "--nonsense"}, {"--nonsense", "--json"}, {"--nonsense"}, {"--json", "--db", t.TempDir(), "--device", "h900", "nowhere"}} {
			t.Setenv("TRTNAS_JSON", strconv.FormatBool(len(wrong) == 1))
			var stdout, stderr bytes.Buffer
			code := run(append(slices.Clone(path), wrong...), &stdout, &stderr)
			if code == 0 || stdout.Len() > 0 {
				t.Errorf("%s %v: exit code %d\n%s", c.CommandPath(), wrong, code, &stdout)
			}
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if err := schemas.Check("trtnas.error/1", []byte(lines[len(lines)-1])); err != nil {
				t.Errorf("%s %v: %v\n%s", c.CommandPath(), wrong, err, &stderr)
			}
		}
	})
}

func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, below := range c.Commands() {
		walk(below, f)
	}
}

// schemaWriters are the rows of docs/schemas/README.md by their schemas.
func schemaWriters(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(schemaFolder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(line, "| ["), "]("); ok && strings.HasPrefix(line, "| [") {
			rows[name] = rest
		}
	}
	return rows
}
