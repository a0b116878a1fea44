// Command scale measures what becomes of searches with many workers and of
// databases with many results.
//
//	make scale
//
// Each part's results are kept in results.json beside this file, from which the
// page README.md is written; -only measures one part anew.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// results are those of all parts.
type results struct {
	Cores   int
	Workers workersPart
	Fleet   fleetPart
	Stored  storedPart
}

// part is a group of measurements.
type part struct {
	name    string
	measure func(context.Context, options, *results) error
}

var parts = []part{{"workers", measureWorkers}, {"fleet", measureFleet}, {"stored", measureStored}}

type options struct {
	folder, program, only string
	page                  bool
}

func main() {
	var o options
	flag.StringVar(&o.folder, "folder", "experiments/bench/scale", "where results.json and README.md go")
	flag.StringVar(&o.program, "program", "bin/trtnas", "the program whose database is measured")
	flag.StringVar(&o.only, "only", "", "measure this part alone: workers, fleet or stored")
	flag.BoolVar(&o.page, "page", false, "measure nothing, write the page from what is there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	if !slices.ContainsFunc(parts, func(p part) bool { return o.only == "" || p.name == o.only }) {
		var names []string
		for _, p := range parts {
			names = append(names, p.name)
		}
		return fmt.Errorf("-only %s: choose %s", o.only, strings.Join(names, ", "))
	}
	r, err := o.read()
	if err != nil {
		return err
	}
	if o.page {
		return writePage(o.folder, r)
	}
	r.Cores = runtime.NumCPU()
	for _, p := range parts {
		if o.only != "" && p.name != o.only {
			continue
		}
		if err := p.measure(ctx, o, &r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := o.write(r); err != nil {
			return err
		}
	}
	return nil
}

func (o options) path() string { return filepath.Join(o.folder, "results.json") }

func (o options) read() (r results, err error) {
	text, err := os.ReadFile(o.path())
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

func (o options) write(r results) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.path(), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return writePage(o.folder, r)
}

func today() string { return time.Now().Format(time.DateOnly) }

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
