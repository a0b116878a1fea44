package trtnas_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Beyond these a file has more than one idea, and a function more than one
// task. Most are far below.
const (
	maxFileLines     = 400
	maxFunctionLines = 60
)

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || ast.IsGenerated(s.file) {
			continue
		}
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, at most %d: split it by idea", s.path, s.lines, maxFileLines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			begin, end := s.fset.Position(f.Pos()), s.fset.Position(f.End())
			if n := end.Line - begin.Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, at most %d: name its steps", begin, f.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		documented[s.folder] = documented[s.folder] || s.file.Doc != nil
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment: say in a sentence what its one idea is", folder)
		}
	}
}

var directRequirement = regexp.MustCompile(`(?m)^(?:require)?\s+([\w./-]+\.[\w./-]+) v\S+$`)

// A direct dependency is a decision, and each has its record.
func TestDependenciesHaveDecisionRecords(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	records := decisions(t)
	for _, match := range directRequirement.FindAllStringSubmatch(string(mod), -1) {
		if !strings.Contains(records, "`"+match[1]+"`") {
			t.Errorf("no record in docs/decisions names `%s`: write one that says why it is needed and what else was considered", match[1])
		}
	}
}

// decisions are all records, and an error for each that the index misses.
func decisions(t *testing.T) string {
	t.Helper()
	index, err := os.ReadFile("docs/decisions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("docs/decisions/[0-9]*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		if !strings.Contains(string(index), "("+filepath.Base(name)+")") {
			t.Errorf("docs/decisions/README.md has no link to %s", filepath.Base(name))
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
