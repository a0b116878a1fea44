// Command verify exports networks and has programs that are not ours check
// them: onnx.checker, ONNX Runtime, PyTorch, timm, and the builder of
// TensorRT-RTX, which needs no GPU. It writes what they say to README.md in
// its own folder:
//
//	make verify
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func main() {
	python := flag.String("python", "python3", "Python that has requirements.txt installed")
	folder := flag.String("folder", "experiments/verify", "where the scripts are, and results.json and README.md go")
	quick := flag.Bool("quick", false, "one network of each family and one architecture of each space; writes nothing")
	only := flag.String("only", "", "only the network of this name; writes nothing")
	again := flag.Bool("again", false, "check anew what results.json has already")
	flag.Parse()
	err := run(context.Background(), options{*python, *folder, *quick, *only, *again})
	if err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

type options struct {
	python, folder string
	quick          bool
	only           string
	again          bool
}

func run(ctx context.Context, o options) error {
	all, err := networks(ctx, o.quick)
	if err != nil {
		return err
	}
	page := Page{}
	if !o.quick && o.only == "" && !o.again {
		if page, err = read(o.results()); err != nil {
			return err
		}
	}
	page.Versions, err = versions(ctx, o.python)
	if err != nil {
		return err
	}
	page.Date = time.Now().Format(time.DateOnly)
	rows, failed := map[string]Row{}, 0
	for _, r := range page.Rows {
		rows[r.Name] = r
	}
	page.Rows = nil
	for _, n := range all {
		if o.only != "" && n.Name != o.only {
			continue
		}
		r, done := rows[n.Name]
		if !done || r.Error != "" {
			r = check(ctx, o, n)
			r.Checked = page.Date
			fmt.Println(r.line())
		}
		if r.Error != "" {
			failed++
		}
		page.Rows = append(page.Rows, r)
		if !o.quick && o.only == "" {
			if err := page.write(o); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d networks failed", failed, len(page.Rows))
	}
	return nil
}

func (o options) results() string { return filepath.Join(o.folder, "results.json") }

func read(path string) (Page, error) {
	var p Page
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(data, &p)
}
