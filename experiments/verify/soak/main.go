// Command soak does to searches what goes wrong in weeks on many machines, as
// often as time allows: processes are killed and paused, connections break,
// messages come twice, disks are full, clocks jump, files are damaged. After
// each fault it compares all that a search left behind with what the same search
// left that nothing disturbed. All processes are real ones on this machine. It
// writes README.md in its own folder:
//
//	make soak
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
)

func main() {
	var o options
	flag.StringVar(&o.program, "program", "bin/trtnas", "the program that is tried")
	flag.StringVar(&o.folder, "folder", "experiments/verify/soak", "where README.md goes")
	flag.IntVar(&o.kills, "kills", 200, "how often processes are killed in all")
	flag.IntVar(&o.others, "others", 20, "how often each other fault happens, where it can be counted")
	flag.BoolVar(&o.quick, "quick", false, "few of each fault (below a minute); writes nothing")
	flag.StringVar(&o.only, "only", "", "only the fault of this name; writes nothing")
	flag.Int64Var(&o.seed, "seed", 1, "of what is disturbed and when")
	serve := flag.String("serve", "", "be a queue's server at this address instead, with its files in -folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	work := func() error { return run(ctx, o) }
	if *serve != "" {
		work = func() error { return server(ctx, *serve, o.folder) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

type options struct {
	program, folder string
	kills, others   int
	quick           bool
	only            string
	seed            int64
}

// server is a queue that no search holds, as a user's own.
func server(ctx context.Context, address, folder string) error {
	s, err := embed.Start(fleet.Access{URL: address}, folder)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return s.Close()
}

// limit of one fault's trial: minutes, unless the machine is busy or a
// process hangs.
const limit = 30 * time.Minute

func run(ctx context.Context, o options) error {
	if o.quick {
		o.kills, o.others = 8, 2
	}
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.folder)
	p := page{Date: time.Now().Format(time.DateOnly), Networks: networks, Workers: crewSize}
	var failed error
	for _, f := range faults(o) {
		if o.only != "" && o.only != f.name || o.quick && f.long {
			continue
		}
		row := l.attempt(ctx, f)
		fmt.Println(row)
		if row.wrong() {
			failed = errors.Join(failed, fmt.Errorf("%s: %s", f.name, row))
		}
		p.Rows = append(p.Rows, row)
	}
	if o.quick || o.only != "" || ctx.Err() != nil {
		return errors.Join(failed, ctx.Err())
	}
	return errors.Join(failed, p.write(o.folder))
}

// attempt tries one fault within its time.
func (l *lab) attempt(ctx context.Context, f fault) Row {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begun := time.Now()
	l.rng = rand.New(rand.NewSource(l.seed))
	t, err := f.try(ctx, l, f.times)
	row := Row{Fault: f.name, What: f.what, tally: t, Took: time.Since(begun)}
	if err != nil {
		row.Error = err.Error()
	}
	return row
}

// fault is one way in which things go wrong.
type fault struct {
	name, what string
	times      int
	long       bool // takes too long for the small edition
	try        func(ctx context.Context, l *lab, times int) (tally, error)
}

func faults(o options) []fault {
	apart := o.kills * 3 / 5
	return []fault{
		{"kill", "SIGKILL of a worker, the search or the server, whichever comes", apart, false, killApart},
		{"kill, one holds the queue", "SIGKILL of a worker, or of the search, which holds the server", o.kills - apart, false, killHolder},
		{"pause", "SIGSTOP of a worker, the search or the server, for up to 4 times the patience", o.others, false, pause},
		{"network", "connections of the workers are slow, cut, or fall silent", o.others, true, network},
		{"messages", "jobs and outcomes are sent again, late and in another order", 10 * o.others, false, messages},
		{"disk full: database", "a search's disk has no room in the middle of a write", o.others, true, fullDatabase},
		{"disk full: queue", "the server's disk has no room", max(1, o.others/4), true, fullQueue},
		{"read-only", "folder and database may not be written, from the middle of a run on", o.others, false, readOnly},
		{"clock", "every clock jumps by minutes to months, back and forth, once a second", 1, true, clock},
		{"two searches", "two searches write to one file at once", 1, false, twoSearches},
		{"one run twice", "two processes follow one run", o.others, false, oneRunTwice},
		{"power cut", "SIGKILL, and of the log only a beginning is left: cut at and within each frame", max(1, o.others/4), false, powerCut},
		{"damaged page", "a page is overwritten; `db check` and `db recover`, then resumed", o.others, false, damagedPage},
		{"newer version", "the database is one of a later program's", 1, false, newerVersion},
	}
}

// newLab finds the programs, and makes the run with which all are compared.
func newLab(ctx context.Context, o options) (*lab, error) {
	program, err := filepath.Abs(o.program)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return nil, err
	}
	l := &lab{program: program, self: self, folder: folder, seed: o.seed, want: map[int]record{}}
	for seed := range 2 {
		whole := l.alone(filepath.Join(folder, fmt.Sprintf("whole%d.db", seed)), seed)
		if err := whole.follow(ctx); err != nil {
			return nil, err
		}
		if l.want[seed], err = whole.final(ctx); err != nil {
			return nil, err
		}
	}
	return l, nil
}
