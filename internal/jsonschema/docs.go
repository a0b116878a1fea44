package jsonschema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Docs are the doc comments of a module's types, read from its sources as they are
// asked for.
type Docs struct {
	Root   string // the module's folder
	Module string // its path
	texts  map[string]string
	read   map[string]bool // packages
}

// typeDoc is what a type's comment says; types of other modules have none.
func (d *Docs) typeDoc(t reflect.Type) string { return d.find(t, t.Name()) }

func (d *Docs) fieldDoc(t reflect.Type, field string) string {
	return d.find(t, t.Name()+"."+field)
}

func (d *Docs) find(t reflect.Type, name string) string {
	folder, ours := strings.CutPrefix(t.PkgPath(), d.Module+"/")
	if !ours {
		return ""
	}
	if !d.read[folder] {
		d.add(folder)
	}
	return d.texts[folder+" "+name]
}

// add reads a package. What can't be read has no descriptions, which shows in the
// schema.
func (d *Docs) add(folder string) {
	if d.read == nil {
		d.read, d.texts = map[string]bool{}, map[string]string{}
	}
	d.read[folder] = true
	files, err := os.ReadDir(filepath.Join(d.Root, folder))
	if err != nil {
		return
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(d.Root, folder, f.Name()), nil, parser.ParseComments)
		if err != nil {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok {
				d.declaration(folder, g)
			}
			return true
		})
	}
}

func (d *Docs) declaration(folder string, g *ast.GenDecl) {
	for _, s := range g.Specs {
		spec, ok := s.(*ast.TypeSpec)
		if !ok {
			continue
		}
		d.texts[folder+" "+spec.Name.Name] = text(spec.Doc, g.Doc)
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range body.Fields.List {
			for _, name := range f.Names {
				d.texts[folder+" "+spec.Name.Name+"."+name.Name] = text(f.Doc, f.Comment)
			}
		}
	}
}

// text is the first comment there is, on one line.
func text(comments ...*ast.CommentGroup) string {
	for _, c := range comments {
		if line := strings.Join(strings.Fields(c.Text()), " "); line != "" {
			return line
		}
	}
	return ""
}
