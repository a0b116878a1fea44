package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The search of all trials: a small one, of which each network takes a worker
// some 60 ms, and one in twenty can't be built.
const (
	networks  = 96
	crewSize  = 3 // workers
	device    = "sim:t4?invalid=0.05&pace=0.001"
	hasty     = "sim:t4?invalid=0.05" // the same device, without waiting
	runName   = "soak"
	patience  = 300 * time.Millisecond
	finalists = "3"
)

// lab is where faults are tried.
type lab struct {
	program, self string
	folder        string
	seed          int64
	rng           *rand.Rand
	want          map[int]record // what the search leaves that nothing disturbs, by its seed
	made          int            // crews
}

// crew is a search with all that takes part in it.
type crew struct {
	lab     *lab
	folder  string
	db      string
	seed    int // of the search
	name    string
	queue   string // its address, if there is one
	search  *role
	server  *role // nil where the search holds the queue, or there is none
	workers []*role

	seen record // in the database when it was looked at last
	tally
}

// alone is a search on a device of its own.
func (l *lab) alone(db string, seed int) *crew {
	c := &crew{lab: l, folder: filepath.Dir(db), db: db, seed: seed, name: fmt.Sprint(runName, seed), seen: record{}}
	c.search = &role{name: "search", command: func() *exec.Cmd { return c.following("--device", hasty) }}
	return c
}

// following is the command that begins the search, or goes on with it.
func (c *crew) following(with ...string) *exec.Cmd {
	args := append([]string{"search", "--budget", "10ms", "--algo", "nsga2", "--population", "16", "--evals", fmt.Sprint(networks),
		"--finalists", finalists, "--seed", fmt.Sprint(c.seed), "--name", c.name, "--db", c.db}, with...)
	if exec.Command(c.lab.program, "front", c.name, "--db", c.db).Run() == nil {
		args = []string{"resume", c.name, "--db", c.db}
		if with[0] != "--device" { // a run knows its device
			args = append(args, with...)
		}
	}
	return c.lab.command(c.folder, args...)
}

func (l *lab) command(folder string, args ...string) *exec.Cmd {
	c := exec.Command(l.program, args...)
	c.Env = append(os.Environ(), "TMPDIR="+folder)
	return c
}

// newCrew is a search on workers, in a folder of its own. The workers find the
// queue at their own address, if it is given.
func (l *lab) newCrew(apart bool, workersAddress func(queue string) (string, error)) (*crew, error) {
	l.made++
	folder := filepath.Join(l.folder, fmt.Sprint("crew", l.made))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := l.alone(filepath.Join(folder, "soak.db"), 0)
	c.queue = address
	queue := []string{"--patience", patience.String()}
	c.search.command = func() *exec.Cmd { return c.following(append([]string{"--workers", address}, queue...)...) }
	if apart {
		c.server = &role{name: "server", command: func() *exec.Cmd {
			return exec.Command(l.self, "-serve", address, "-folder", filepath.Join(folder, "queue"))
		}}
		// A search that finds no server becomes one, until it is killed.
		c.server.bears = func(_ int, said string) bool { return strings.Contains(said, "address is taken") }
	}
	theirs := address
	if workersAddress != nil {
		if theirs, err = workersAddress(address); err != nil {
			return nil, err
		}
	}
	for i := range crewSize {
		name := fmt.Sprint("worker", i)
		c.workers = append(c.workers, &role{name: name, command: func() *exec.Cmd {
			return l.command(folder, append([]string{"worker", "--device", device, "--queue", theirs, "--name", name}, queue...)...)
		}})
	}
	return c, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return "nats://" + l.Addr().String(), l.Close()
}

// all are the roles that there are.
func (c *crew) all() []*role {
	all := append([]*role{c.search}, c.workers...)
	if c.server != nil {
		all = append(all, c.server)
	}
	return all
}

// follow runs the search to its end.
func (c *crew) follow(ctx context.Context) error { return c.disturbed(ctx, 0, 0, nil) }

// disturbed runs the search to its end, and does a fault again and again
// meanwhile, up to times, a random while of up to pace after the last. What was
// there must still be there after each.
func (c *crew) disturbed(ctx context.Context, times int, pace time.Duration, fault func(context.Context) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	ended := make(chan error, crewSize+2)
	for _, r := range c.all() {
		running.Go(func() {
			if err := r.run(ctx); r == c.search || ctx.Err() == nil {
				ended <- err
			}
		})
	}
	defer running.Wait()
	defer cancel()
	for {
		var due <-chan time.Time
		if c.Faults < times {
			due = time.After(time.Duration(c.lab.rng.Float64() * float64(pace)))
		}
		select {
		case err := <-ended:
			return err
		case <-due:
		}
		if err := fault(ctx); err != nil {
			return err
		}
		c.Faults++
		if err := c.look(ctx); err != nil {
			return err
		}
	}
}

// look compares the database with what it held before.
func (c *crew) look(ctx context.Context) error {
	now, err := read(ctx, c.db, c.name)
	if err != nil {
		return fmt.Errorf("%s: %w", c.db, err)
	}
	c.add(kept(c.seen, now))
	c.seen = now
	return nil
}

// final is all that the search left, when it is over.
func (c *crew) final(ctx context.Context) (record, error) {
	all, err := read(ctx, c.db, c.name)
	if err != nil {
		return nil, err
	}
	for name, args := range map[string][]string{"front": {"front", c.name, "--all", "--json"}, "check": {"db", "check"}} {
		if name == "check" {
			args = append(args, c.db)
		} else {
			args = append(args, "--db", c.db)
		}
		out, err := exec.CommandContext(ctx, c.lab.program, args...).Output()
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w: %s", name, c.db, err, out)
		}
		if name == "front" {
			all[name] = string(out)
		}
	}
	return all, nil
}

// verdict compares what the search left with what it should have.
func (c *crew) verdict(ctx context.Context) error {
	got, err := c.final(ctx)
	if err != nil {
		return err
	}
	c.judge(c.lab.want[c.seed], got)
	return nil
}

func (c *crew) judge(want, got record) {
	t := compare(want, got)
	if t == (tally{}) {
		t.Runs = 1
	}
	c.add(t)
}

// rounds makes crews and disturbs them until there were so many faults.
func (l *lab) rounds(ctx context.Context, times int, pace time.Duration, make func() (*crew, error), fault func(context.Context, *crew) error) (t tally, err error) {
	for t.Faults < times {
		c, err := make()
		if err != nil {
			return t, err
		}
		err = c.disturbed(ctx, times-t.Faults, pace, func(ctx context.Context) error { return fault(ctx, c) })
		if err == nil {
			err = c.verdict(ctx)
		}
		t.add(c.tally)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// any is one of the roles, by chance.
func (c *crew) any() *role {
	all := c.all()
	return all[c.lab.rng.Intn(len(all))]
}

// signal signals one of the roles, whichever lives.
func (c *crew) signal(ctx context.Context, s syscall.Signal) (*role, error) {
	for range 1000 {
		if r := c.any(); r.signal(s) {
			return r, nil
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, errors.New("no process lives")
}
