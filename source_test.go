package trtnas_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// source is one Go file of this repository. The tests parse the files
// themselves, so that Go's test cache knows what they read; a subprocess such as
// `go list` is invisible to it, and a violation would pass as "(cached)".
type source struct {
	path   string // from the repository's root
	folder string // "." for the root
	test   bool
	file   *ast.File
	fset   *token.FileSet
	lines  int
}

// sources are all Go files, outside folders that the go tool ignores too.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if ignored(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			all = append(all, parse(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ignored(folder string) bool {
	return folder != "." && (strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")) ||
		folder == "testdata" || folder == "vendor"
}

func parse(t *testing.T, name string) source {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{
		path: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		file: file, fset: fset, lines: bytes.Count(text, []byte("\n")),
	}
}
