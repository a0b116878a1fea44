// Command fractals asks whether short training on images that a formula makes
// ranks networks as ImageNet does. It trains published networks, whose ImageNet
// accuracy is known, from scratch by the script that trtnas ships, keeps what
// each reached as a row of a CSV file, and writes README.md beside that file:
//
//	make study-fractals
//
// Rows that are there are not computed again, so it can be stopped at any time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python that has experiments/verify/requirements.txt installed")
	flag.StringVar(&o.folder, "folder", "experiments/verify/fractals", "where train.py is")
	flag.StringVar(&o.data, "data", "experiments/verify/fractals/scores.csv", "file of the results; README.md goes beside it")
	flag.StringVar(&o.images, "images", "fractals:32x16x32", "fractals:CLASSESxTRAINxVALIDATION, or a folder of images")
	flag.IntVar(&o.resolution, "resolution", 64, "of the images, pixels")
	flag.IntVar(&o.epochs, "epochs", 12, "of a training")
	flag.IntVar(&o.threads, "threads", 1, "of PyTorch on the CPU")
	flag.StringVar(&o.networks, "networks", "chosen", "chosen, all of the recipe r300, or names of predictor/accuracy/data/imagenet.csv with commas between")
	flag.IntVar(&o.repeats, "repeats", 6, "networks that are trained with a second seed too")
	flag.DurationVar(&o.time, "time", 0, "begin no training after that; 0 is no limit")
	flag.BoolVar(&o.quick, "quick", false, "two networks for an epoch on few images; keeps nothing")
	flag.BoolVar(&o.page, "page", false, "train nothing; write the page of the rows that are there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "fractals:", err)
		os.Exit(1)
	}
}

type options struct {
	python, folder, data string
	images, networks     string
	resolution, epochs   int
	threads, repeats     int
	time                 time.Duration
	quick, page          bool
}

func run(ctx context.Context, o options) error {
	if o.quick {
		folder, err := os.MkdirTemp("", "fractals-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder) //nolint:errcheck // the system clears it too
		o.data, o.networks = filepath.Join(folder, "scores.csv"), "pvt_v2_b0.in1k,pit_ti_224.in1k"
		o.images, o.resolution, o.epochs, o.repeats = "fractals:2x8x8", 32, 1, 1
	}
	if !o.page {
		if err := train(ctx, o); err != nil {
			return err
		}
	}
	rows, under, err := load(o.data)
	if err != nil {
		return err
	}
	r, err := analyse(rows, under)
	if err != nil {
		return err
	}
	return r.write(filepath.Join(filepath.Dir(o.data), "README.md"))
}

// train adds the rows that the file lacks.
func train(ctx context.Context, o options) error {
	networks, err := selection(o.networks)
	if err != nil {
		return err
	}
	done, under, err := load(o.data)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(jobs(networks, o.repeats), func(j job) bool {
		return slices.ContainsFunc(done, func(r row) bool { return r.job == j })
	})
	if len(left) == 0 {
		return nil
	}
	t, err := startTrainer(ctx, o)
	if err != nil {
		return err
	}
	defer t.close() //nolint:errcheck // what it answered has been kept
	if len(done) > 0 && t.conditions != under {
		return fmt.Errorf("%s has rows of %+v, and this would add rows of %+v: give another -data", o.data, under, t.conditions)
	}
	begun := time.Now()
	for i, j := range left {
		if o.time > 0 && time.Since(begun) > o.time {
			fmt.Printf("%d trainings are left after %v: give the command again to go on\n", len(left)-i, o.time)
			return nil
		}
		r, err := t.train(j)
		if err != nil {
			return err
		}
		fmt.Printf("%d of %d after %v: %+v\n", i+1, len(left), time.Since(begun).Round(time.Second), r)
		if err := add(o.data, r, t.conditions); err != nil {
			return err
		}
	}
	return nil
}
