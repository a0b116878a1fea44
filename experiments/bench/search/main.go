// Command search compares how many measurements searches need: those of
// trtnas, pymoo's NSGA-II, and Optuna's NSGA-II and TPE, on the same spaces and
// the same simulated devices.
//
//	make bench-search
//
// Each run that is finished is kept in results.jsonl beside this file, so that
// the command goes on where it was interrupted, and after each stage the page
// with the results, README.md, is written anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
)

type options struct {
	python, trtnas, folder string
	seeds, jobs            int
}

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python that has requirements.txt installed")
	flag.StringVar(&o.trtnas, "trtnas", "bin/trtnas", "the program that searches and measures")
	flag.StringVar(&o.folder, "folder", "experiments/bench/search", "where peers.py is, and results.jsonl and README.md go")
	flag.IntVar(&o.seeds, "seeds", 20, "most runs of a method on a truth and space")
	flag.IntVar(&o.jobs, "jobs", 2, "runs at a time")
	quick := flag.Bool("quick", false, "instead make sure with few runs that screening saves measurements; writes no page")
	again := flag.String("again", "", "drop the kept runs of this method, to run it anew")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *quick:
		err = o.quick(ctx)
	default:
		err = o.benchmark(ctx, *again)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "search:", err)
		os.Exit(1)
	}
}

func (o options) path(name string) string { return filepath.Join(o.folder, name) }

// benchmark runs what is missing, stage by stage. What an interrupt leaves is a
// page of the runs that are finished.
func (o options) benchmark(ctx context.Context, again string) error {
	runs, err := openLog(o.path("results.jsonl"))
	if err != nil {
		return err
	}
	if err := runs.drop(again); err != nil {
		return err
	}
	for i, stage := range stages(o.seeds) {
		if err := o.all(ctx, stage, runs); err != nil {
			if ctx.Err() != nil {
				break
			}
			return fmt.Errorf("stage %d: %w", i+1, err)
		}
		fmt.Fprintf(os.Stderr, "stage %d is complete\n", i+1)
		if err := writePage(o.folder, runs.records); err != nil {
			return err
		}
	}
	return writePage(o.folder, runs.records)
}

// all does the jobs that the log has no record of, some at a time, and returns
// the first error.
func (o options) all(ctx context.Context, jobs []job, runs *log) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan job)
	var workers sync.WaitGroup
	for range o.jobs {
		workers.Go(func() {
			for j := range todo {
				if err := o.one(ctx, j, runs); err != nil {
					cancel(fmt.Errorf("%v: %w", j, err))
				}
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() == nil && !runs.has(j) {
			todo <- j
		}
	}
	close(todo)
	workers.Wait()
	return context.Cause(ctx)
}

// one does a job and keeps its record.
func (o options) one(ctx context.Context, j job, runs *log) error {
	if ctx.Err() != nil {
		return nil
	}
	run := map[way]func(context.Context, job) (found, error){command: o.search, peer: o.peer, directly: o.engine}[setups[j.Method].way]
	found, err := run(ctx, j)
	if err != nil {
		return err
	}
	r, err := runs.add(j, found)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%v: %d evaluations in %.0f s\n", j, r.Evaluated, r.Seconds)
	return nil
}

// found is what a run came to know.
type found struct {
	points  []point // of each network in the order in which they were measured
	seconds float64 // of the whole run
	own     float64 // seconds of the optimiser alone; 0 if unknown
	by      string  // versions of what ran
}

// point is a measured network; one that failed is the zero point.
type point struct {
	Latency  float64 // ms
	Accuracy float64 // the lower bound, per cent
}

var errDiffers = errors.New("the search and the objective function tell different things of the same network")
