package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/experiments/ui/page"
	"github.com/trtnas/trtnas/store"
)

func newReport() *cobra.Command {
	var db, out string
	var asJSON bool
	c := &cobra.Command{
		Use: "report RUN", Short: "Write a run as one page: HTML to read and print, or Markdown", Args: exactly("a run's name (trtnas runs lists them)"),
		Long: `Write a run as one page that needs no network: .html to read and print, .md for
a repository, with its plot beside it as .svg, or .svg for the plot alone. The
same database gives the same bytes. Prints the files' names.`,
		Example: "  trtnas report trt-vit-10ms-seed0 -o front.html\n  trtnas report trt-vit-10ms-seed0 -o docs/front.md",
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				out = args[0] + ".html"
			}
			writeFiles := pages[strings.ToLower(filepath.Ext(out))]
			if writeFiles == nil {
				return usage(fmt.Errorf("-o: %s: give a file that ends in .html, .md or .svg", out))
			}
			st, err := store.OpenReadOnly(db)
			if err != nil {
				return err
			}
			defer st.Close()
			r, err := page.Read(c.Context(), st, args[0], namedDB(db))
			if err != nil {
				return err
			}
			files, err := writeFiles(out, r)
			if err != nil {
				return err
			}
			return write(c, asJSON, report.NewFiles(files...))
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "file to write (default RUN.html)")
	dbFlag(c, &db)
	jsonFlag(c, &asJSON)
	return c
}

// pages writes a page by the file's kind, and says which files that made.
var pages = map[string]func(path string, r page.Run) ([]string, error){
	".html": func(path string, r page.Run) ([]string, error) {
		return []string{path}, writePage(path, func(b io.Writer) error { return page.HTML(b, r) })
	},
	".svg": func(path string, r page.Run) ([]string, error) { return []string{path}, writePicture(path, r) },
	".md": func(path string, r page.Run) ([]string, error) {
		picture := strings.TrimSuffix(path, filepath.Ext(path)) + ".svg"
		err := writePage(path, func(b io.Writer) error { return page.Markdown(b, r, filepath.Base(picture)) })
		if err != nil {
			return nil, err
		}
		return []string{path, picture}, writePicture(picture, r)
	},
}

func writePicture(path string, r page.Run) error {
	return writePage(path, func(b io.Writer) error { return page.Picture(b, r) })
}

// writePage leaves no half of a file where writing fails.
func writePage(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	half := path + ".part"
	err := os.WriteFile(half, b.Bytes(), 0o644)
	if err == nil {
		err = os.Rename(half, path)
	}
	if err != nil {
		os.Remove(half) // it may not be there at all
	}
	return err
}
