// Command export compares the ONNX writer with PyTorch's exporter: the time and
// the memory that each takes for the same network with the same weights.
//
//	make bench-export
//
// The page with the results, README.md beside this file, is written anew.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python that has experiments/verify/requirements.txt installed")
	flag.StringVar(&o.folder, "folder", "experiments/bench/export", "where the scripts are and README.md goes")
	flag.IntVar(&o.repeats, "repeats", 5, "counted runs of each side")
	onnx := flag.String("write", "", "for the benchmark's own use: only write the network as ONNX to this file")
	module := flag.String("module", "", "for the benchmark's own use: only write the network for PyTorch to this folder")
	flag.Parse()
	var err error
	switch {
	case *onnx != "":
		err = writeONNX(*onnx)
	case *module != "":
		err = writeModule(*module)
	default:
		err = o.benchmark()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

type options struct {
	python, folder string
	repeats        int
}

func (o options) script(name string) string { return filepath.Join(o.folder, name) }

// benchmark runs both sides in turn, so that a machine that gets slower or
// faster does so for both.
func (o options) benchmark() (err error) {
	if o.repeats < 1 {
		return fmt.Errorf("-repeats is %d: give 1 or more", o.repeats)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "bench-export-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	// In a process of its own too: a child's peak memory begins at its parent's.
	if _, err := run(nil, self, "-module", temp); err != nil {
		return err
	}
	ourFile, theirFile := filepath.Join(temp, "ours.onnx"), filepath.Join(temp, "theirs.onnx")
	p := page{Repeats: o.repeats}
	for i := range o.repeats + 1 {
		ours, err := measure(ourFile, self, "-write", ourFile)
		if err != nil {
			return err
		}
		theirs, err := measure(theirFile, o.python, o.script("torch_export.py"), temp, theirFile, fmt.Sprint(side))
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %d: %v; PyTorch %v\n", i, ours, theirs)
		if i > 0 { // the first fills the file caches of both sides
			p.Ours, p.Theirs = append(p.Ours, ours), append(p.Theirs, theirs)
		}
	}
	if _, err := run(&p.Same, o.python, o.script("compare.py"), ourFile, theirFile); err != nil {
		return err
	}
	return p.write(o.script("README.md"))
}
