package main

import (
	"database/sql"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// listArguments is a shell function in place of trtnas, which writes its
// arguments, each ended by a zero byte, whatever the output is redirected to.
const listArguments = `exec 3>&1
trtnas() { printf '%s\0' "$@" >&3; }
`

// checkLine reads a command line as the shell and the command would, and stops
// there.
func checkLine(t *testing.T, file string, s step) {
	t.Helper()
	c := exec.Command("sh", "-c", listArguments+s.text)
	c.Dir = t.TempDir()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s:%d: %s: %v", file, s.at+1, s.text, err)
	}
	args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if err := checkArguments(args); err != nil {
		t.Errorf("%s:%d: %s: %v", file, s.at+1, s.text, err)
	}
}

func checkArguments(args []string) error {
	root := newRoot(io.Discard, io.Discard)
	c, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	return c.ValidateArgs(c.Flags().Args())
}

// checkMention makes sure that a command in running text, whose arguments may be
// placeholders, and its flags exist.
func checkMention(t *testing.T, file, line string) {
	t.Helper()
	words := strings.Fields(line)
	c, _, err := newRoot(io.Discard, io.Discard).Find(words)
	if err != nil || !c.HasParent() && !strings.HasPrefix(words[0], "-") && words[0] != "completion" {
		t.Errorf("%s: `trtnas %s`: there is no such command", file, line)
		return
	}
	for _, w := range words {
		if name, ok := strings.CutPrefix(w, "--"); ok && !hasFlag(c, name) {
			t.Errorf("%s: `trtnas %s`: %s has no flag --%s", file, line, c.CommandPath(), name)
		}
	}
}

func hasFlag(c *cobra.Command, name string) bool {
	name, _, _ = strings.Cut(name, "=")
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	return c.Flag(name) != nil
}

// query asks the page's database, read-only.
func (p *guide) query(t *testing.T, s step) {
	t.Helper()
	db := open(t, filepath.Join(p.dir, "trtnas.db"))
	rows, err := db.Query(s.text)
	if err != nil {
		t.Errorf("%s:%d: %v\n%s", p.file, s.at+1, err, s.text)
		return
	}
	defer rows.Close()
	found := rows.Next()
	if err := rows.Err(); err != nil || !found {
		t.Errorf("%s:%d: no rows (%v)\n%s", p.file, s.at+1, err, s.text)
	}
}

func open(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", fmt.Sprintf("file:%s?mode=ro", file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// What the checks of the pages let pass, and what not.
func TestChecks(t *testing.T) {
	tests := []struct {
		args []string
		want string // in the error; empty is none
	}{
		{[]string{"search", "--budget", "10ms"}, ""},
		{[]string{"search", "--bugdet", "10ms"}, "unknown flag: --bugdet"},
		{[]string{"predict"}, "needs one argument"},
		{[]string{"serach"}, "unknown command"},
		{[]string{"arch", "show", "ResNet50"}, ""},
	}
	for _, test := range tests {
		err := checkArguments(test.args)
		if got := fmt.Sprint(err); test.want == "" && err != nil || test.want != "" && !strings.Contains(got, test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
}
