package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// disk is a file system of a size, in memory.
type disk struct {
	folder string
	kib    int
}

func newDisk(folder string, kib int) (*disk, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
		return nil, fmt.Errorf("a small disk (tmpfs) for the trial, which needs root: %w", err)
	}
	return &disk{folder, kib}, nil
}

// grow makes room.
func (d *disk) grow(kib int) error {
	d.kib += kib
	return syscall.Mount("tmpfs", d.folder, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%dk", d.kib))
}

func (d *disk) free() error { return syscall.Unmount(d.folder, syscall.MNT_DETACH) }

// firstRoom is for the schema; moreRoom is for a few results.
const (
	firstRoom = 64
	moreRoom  = 96
)

// fullDatabase gives a search so little room that it fails time and again, at a
// different write each time.
func fullDatabase(ctx context.Context, l *lab, times int) (t tally, err error) {
	for t.Faults < times {
		l.made++
		d, err := newDisk(filepath.Join(l.folder, fmt.Sprint("disk", l.made)), firstRoom+l.rng.Intn(moreRoom))
		if err != nil {
			return t, err
		}
		c := l.alone(filepath.Join(d.folder, "soak.db"), 0)
		var look error
		c.search.bears = func(code int, said string) bool {
			c.Faults++
			look = errors.Join(look, c.lookAside(ctx), d.grow(16+l.rng.Intn(moreRoom)))
			return code == 1 && strings.Contains(said, "disk full") && look == nil
		}
		err = errors.Join(c.follow(ctx), look)
		if err == nil {
			err = c.verdict(ctx)
		}
		t.add(c.tally)
		if err = errors.Join(err, d.free()); err != nil {
			return t, err
		}
	}
	return t, nil
}

// lookAside looks at a copy: SQLite wants to write an index of the log before it
// reads, and the disk is full.
func (c *crew) lookAside(ctx context.Context) error {
	main, err := os.ReadFile(c.db)
	if err != nil {
		return err
	}
	log, err := os.ReadFile(c.db + "-wal")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	aside := *c
	aside.db = filepath.Join(c.lab.folder, "aside.db")
	if err := errors.Join(place(aside.db, main, log), aside.look(ctx)); err != nil {
		return err
	}
	c.tally, c.seen = aside.tally, aside.seen
	return nil
}

// fullQueue gives the server's files no room for a while; a server that can't
// write any more is started again when there is some.
func fullQueue(ctx context.Context, l *lab, times int) (t tally, err error) {
	var d *disk
	t, err = l.rounds(ctx, times, 2*betweenKills, func() (*crew, error) {
		c, err := l.newCrew(true, nil)
		if err != nil {
			return nil, err
		}
		if d != nil {
			err = d.free()
		}
		if err == nil {
			d, err = newDisk(filepath.Join(c.folder, "queue"), 64)
		}
		return c, err
	}, func(ctx context.Context, c *crew) error {
		select {
		case <-time.After(betweenKills): // with a full disk
		case <-ctx.Done():
		}
		room := 64
		if c.Faults+1 >= times {
			room = 64 << 10 // enough for all that is to come
		}
		if err := d.grow(room); err != nil {
			return err
		}
		c.server.signal(syscall.SIGKILL)
		return nil
	})
	if d != nil {
		err = errors.Join(err, d.free())
	}
	return t, err
}

// nobody is the user without rights, as far as files are concerned: root may
// write what is read-only.
const nobody = 65534

// readOnly takes the right to write folder and database from a search in the
// middle of it, and gives it back when the search has noticed.
func readOnly(ctx context.Context, l *lab, times int) (t tally, err error) {
	for t.Faults < times {
		l.made++
		folder := filepath.Join(l.folder, fmt.Sprint("readonly", l.made))
		if err := errors.Join(os.MkdirAll(folder, 0o777), os.Chmod(folder, 0o777), os.Chmod(l.folder, 0o755)); err != nil {
			return t, err
		}
		c := l.alone(filepath.Join(folder, "soak.db"), 0)
		begin := c.search.command
		c.search.command = func() *exec.Cmd {
			cmd := begin()
			cmd.Env = append(cmd.Env, "TMPDIR="+os.TempDir())
			if os.Geteuid() == 0 {
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			return cmd
		}
		c.search.bears = func(code int, said string) bool {
			return errors.Join(c.look(ctx), c.permit(0o777, 0o666)) == nil && strings.Contains(said, "database can't be written")
		}
		err := c.disturbed(ctx, 3, 200*time.Millisecond, func(context.Context) error {
			err := c.permit(0o555, 0o444)
			c.search.signal(syscall.SIGKILL)
			return err
		})
		if err = errors.Join(err, c.permit(0o777, 0o666)); err == nil {
			err = c.verdict(ctx)
		}
		t.add(c.tally)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// permit sets the rights to the crew's folder and the database's files.
func (c *crew) permit(folder, file os.FileMode) error {
	files, err := filepath.Glob(c.db + "*")
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Chmod(f, file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Chmod(c.folder, folder)
}
