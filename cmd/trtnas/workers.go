package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/experiments"
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

// workersFlags let a search measure and train on workers.
type workersFlags struct {
	queue queueFlags
}

const measureOnWorkers = "measure, and train where accuracies are trained, on the workers of this queue"

// add adds the flags; does is what the workers are for.
func (f *workersFlags) add(c *cobra.Command, does string) {
	c.Flags().StringVar(&f.queue.access.URL, "workers", "", does+", such as nats://127.0.0.1:4222; it is started where none is")
	f.queue.add(c)
}

// open opens the queue, if workers were asked for; else there is none. Freeing
// closes it.
func (f *workersFlags) open(c *cobra.Command, db string) (q *fleet.Queue, free func(), err error) {
	if f.queue.access.URL == "" {
		return nil, func() {}, nil
	}
	a, err := f.queue.find()
	if err != nil {
		return nil, nil, err
	}
	q, closing, err := experiments.OpenQueue(c.Context(), a, db, f.queue.patience, talk(c))
	if err != nil {
		return nil, nil, err
	}
	return q, func() {
		if err := closing(); err != nil {
			fmt.Fprintln(c.ErrOrStderr(), "trtnas: queue:", err)
		}
	}, nil
}

func talk(c *cobra.Command) func(string) {
	return func(text string) { fmt.Fprintln(c.ErrOrStderr(), text) }
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
