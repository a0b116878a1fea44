package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
)

// workerFlags say what a worker works with: a device, or what to train on.
type workerFlags struct {
	conditions conditionFlags
	tools      toolFlags
	trainer    trainerFlags
	queue      queueFlags
	name       string
}

func newWorker() *cobra.Command {
	var f workerFlags
	c := &cobra.Command{
		Use: "worker --queue ADDRESS", Short: "Measure or train networks for searches on other machines", Args: noArgs,
		Long: `Measure networks for the searches of a queue, one at a time, until Ctrl-C; the
network that is under way is finished then. One worker takes one GPU. It may
come before the search, and go at any time: what it leaves goes to another.
With --train or --train-exec it trains networks instead of measuring them.
Beyond this machine the queue needs a token or TLS certificates.`,
		Example: "  trtnas worker --queue nats://127.0.0.1:4222\n  trtnas worker --queue nats://search-host:4222 --gpu 1 --queue-token-file ~/.trtnas-token\n  trtnas worker --queue nats://127.0.0.1:4222 --train photos --python ~/venv/bin/python",
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := f.check()
			if err != nil {
				return err
			}
			if f.trainer.settings.Images != "" || f.trainer.program != "" {
				return f.train(c, a)
			}
			return f.measure(c, a)
		},
	}
	c.Flags().StringVar(&f.queue.access.URL, "queue", "", "the queue's address, such as nats://127.0.0.1:4222 (required)")
	c.Flags().StringVar(&f.name, "name", "", "name among the workers (default: the machine's and the process's)")
	c.Flags().StringVar(&f.conditions.device, "device", device.Local, "local or sim:PROFILE")
	c.Flags().StringVar(&f.trainer.settings.Images, "train", "", "train on this folder of images, fractals or fractals:CLASSESxTRAINxVALIDATION")
	c.Flags().StringVar(&f.trainer.program, "train-exec", "", "train by this program with its arguments in place of the script")
	f.trainer.addTools(c)
	c.Flags().Lookup("checkpoints").Usage = "folder of trained networks and their checkpoints, of this worker alone (default: --name, or trtnas-worker, and .train)"
	// Jobs say these; the worker shows itself with the usual ones.
	f.conditions.batch, f.conditions.resolution, f.conditions.precision = 8, "224", "fp16"
	f.tools.add(c)
	f.queue.add(c)
	return c
}

// check completes the flags that all workers have.
func (f *workerFlags) check() (fleet.Access, error) {
	if f.queue.access.URL == "" {
		return fleet.Access{}, usage(errors.New("--queue is missing: give the address that the search prints, such as --queue nats://127.0.0.1:4222"))
	}
	a, err := f.queue.find()
	if err != nil {
		return a, err
	}
	if f.trainer.checkpoints == "" {
		f.trainer.checkpoints = cmp.Or(f.name, "trtnas-worker") + ".train"
	}
	f.name = cmp.Or(f.name, defaultWorkerName())
	if err := fleet.CheckName(f.name); err != nil {
		return a, usage(fmt.Errorf("--name: %w", err))
	}
	return a, nil
}

func (f *workerFlags) measure(c *cobra.Command, a fleet.Access) error {
	spec, err := f.conditions.spec()
	if err != nil {
		return err
	}
	o, err := f.tools.options(f.conditions.device)
	if err != nil {
		return err
	}
	progress := &progressWriter{out: c.ErrOrStderr(), now: time.Now}
	w := experiments.Worker{
		Name: f.name, Spec: spec, Device: o, Tools: f.tools.find(), Talk: talk(c), Measured: progress.measured,
	}
	onInterrupt(c.Context(), "finishing the network that is under way; press Ctrl-C again to leave it to another worker",
		"stopped at once; another worker measures what was under way", nil)
	return w.Work(c.Context(), a, f.queue.patience)
}

func (f *workerFlags) train(c *cobra.Command, a fleet.Access) error {
	defer f.trainer.close()
	p, err := f.trainer.find(f.tools.tools.Python)
	if err != nil {
		return err
	}
	progress := &trainingWriter{out: c.ErrOrStderr(), now: time.Now}
	w := experiments.TrainingWorker{
		Name: f.name, Program: p, Images: f.trainer.settings.Images, Checkpoints: f.trainer.checkpoints, Talk: talk(c), Told: progress.write,
	}
	onInterrupt(c.Context(), "finishing the network that is in training; press Ctrl-C again to leave it to another worker",
		"stopped at once; another worker trains what was under way", nil)
	return setup(w.Work(c.Context(), a, f.queue.patience))
}

// defaultWorkerName is unique on a network of machines.
func defaultWorkerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	name := strings.Map(func(r rune) rune {
		if fleet.CheckName(string(r)) != nil {
			return '-'
		}
		return r
	}, host)
	return fmt.Sprintf("%.80s-%d", name, os.Getpid())
}
