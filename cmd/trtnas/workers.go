package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
)

// queueFlags say what opens a queue.
type queueFlags struct {
	access   fleet.Access
	patience time.Duration
}

func (f *queueFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.access.TokenFile, "queue-token-file", "", "file with the queue's token (default: what "+fleet.TokenVariable+" holds)")
	c.Flags().StringVar(&f.access.Cert, "queue-cert", "", "this machine's certificate for the queue (PEM), beside --queue-key and --queue-ca")
	c.Flags().StringVar(&f.access.Key, "queue-key", "", "key of the certificate (PEM)")
	c.Flags().StringVar(&f.access.CA, "queue-ca", "", "certificates that the other end's must be signed by (PEM)")
	c.Flags().DurationVar(&f.patience, "patience", fleet.DefaultPatience, "how long a worker may be silent before its network goes to another")
}

// find completes the access by the environment, and checks it.
func (f *queueFlags) find() (fleet.Access, error) {
	a := f.access
	a.Token = os.Getenv(fleet.TokenVariable)
	if f.patience < leastPatience {
		return a, usage(fmt.Errorf("--patience: %v, need at least %v", f.patience, leastPatience))
	}
	return a, usage(a.Check())
}

// leastPatience keeps the heartbeats, three times as many, from being a load.
const leastPatience = 100 * time.Millisecond

// workersFlags let a search measure on workers.
type workersFlags struct {
	queue queueFlags
}

func (f *workersFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.queue.access.URL, "workers", "", "measure on the workers of this queue, such as nats://127.0.0.1:4222; it is started where none is")
	f.queue.add(c)
}

// open lets the tools measure on workers, if any were asked for. Freeing ends
// that.
func (f *workersFlags) open(c *cobra.Command, db string, t *device.Tools) (free func(), err error) {
	if f.queue.access.URL == "" {
		return func() {}, nil
	}
	a, err := f.queue.find()
	if err != nil {
		return nil, err
	}
	q, closing, err := experiments.OpenQueue(c.Context(), a, db, f.queue.patience, talk(c))
	if err != nil {
		return nil, err
	}
	t.Workers = q
	return func() {
		if err := closing(); err != nil {
			fmt.Fprintln(c.ErrOrStderr(), "trtnas: queue:", err)
		}
	}, nil
}

func talk(c *cobra.Command) func(string) {
	return func(text string) { fmt.Fprintln(c.ErrOrStderr(), text) }
}

func newWorker() *cobra.Command {
	var conditions conditionFlags
	var tools toolFlags
	var queue queueFlags
	var name string
	c := &cobra.Command{
		Use: "worker --queue ADDRESS", Short: "Measure networks for searches on other machines", Args: noArgs,
		Long: `Measure networks for the searches of a queue, one at a time, until Ctrl-C; the
network that is under way is finished then. One worker takes one GPU. It may
come before the search, and go at any time: what it leaves goes to another.
Beyond this machine the queue needs a token or TLS certificates.`,
		Example: "  trtnas worker --queue nats://127.0.0.1:4222\n  trtnas worker --queue nats://search-host:4222 --gpu 1 --queue-token-file ~/.trtnas-token",
		RunE: func(c *cobra.Command, _ []string) error {
			spec, err := conditions.spec()
			if err != nil {
				return err
			}
			o, err := tools.options(conditions.device)
			if err != nil {
				return err
			}
			if queue.access.URL == "" {
				return usage(fmt.Errorf("--queue is missing: give the address that the search prints, such as --queue nats://127.0.0.1:4222"))
			}
			a, err := queue.find()
			if err != nil {
				return err
			}
			if name == "" {
				name = defaultWorkerName()
			}
			if err := fleet.CheckName(name); err != nil {
				return usage(fmt.Errorf("--name: %w", err))
			}
			progress := &progressWriter{out: c.ErrOrStderr(), now: time.Now}
			w := experiments.Worker{
				Name: name, Spec: spec, Device: o, Tools: tools.find(), Talk: talk(c), Measured: progress.measured,
			}
			onInterrupt(c.Context(), "finishing the network that is under way; press Ctrl-C again to leave it to another worker",
				"stopped at once; another worker measures what was under way", nil)
			return w.Work(c.Context(), a, queue.patience)
		},
	}
	c.Flags().StringVar(&queue.access.URL, "queue", "", "the queue's address, such as nats://127.0.0.1:4222 (required)")
	c.Flags().StringVar(&name, "name", "", "name among the workers (default: the machine's and the process's)")
	c.Flags().StringVar(&conditions.device, "device", device.Local, "local or sim:PROFILE")
	// Jobs say these; the worker shows itself with the usual ones.
	conditions.batch, conditions.resolution, conditions.precision = 8, "224", "fp16"
	tools.add(c)
	queue.add(c)
	return c
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

func newWorkers() *cobra.Command {
	var queue queueFlags
	var asJSON bool
	c := &cobra.Command{
		Use: "workers --queue ADDRESS", Short: "List the workers of a queue", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if queue.access.URL == "" {
				return usage(fmt.Errorf("--queue is missing: give the address that the search prints, such as --queue nats://127.0.0.1:4222"))
			}
			a, err := queue.find()
			if err != nil {
				return err
			}
			list, err := experiments.Workers(c.Context(), a, queue.patience)
			if err != nil {
				return err
			}
			return write(c, asJSON, list)
		},
	}
	c.Flags().StringVar(&queue.access.URL, "queue", "", "the queue's address, such as nats://127.0.0.1:4222 (required)")
	queue.add(c)
	jsonFlag(c, &asJSON)
	return c
}
