package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// The layout of SQLite's files (sqlite.org/fileformat2.html, sections 1.3 and
// 4.1).
const (
	pageSize    = 4096
	versionAt   = 60 // the schema's version, PRAGMA user_version
	logHeader   = 32
	frameHeader = 24
)

// powerCut kills a search and keeps of the log a beginning, cut at each frame and
// within: all that could be lost is what was not acknowledged. Some of the
// copies are followed to the end.
func powerCut(ctx context.Context, l *lab, times int) (t tally, err error) {
	for round := range times {
		c := l.alone(filepath.Join(l.folder, fmt.Sprintf("power%d.db", round)), 0)
		once, cancel := context.WithCancelCause(ctx)
		err := c.disturbed(once, 1, betweenKills/2, func(context.Context) error {
			cancel(errPower) // kills it, and starts it no more
			return nil
		})
		if cancel(nil); err != nil && !errors.Is(context.Cause(once), errPower) {
			return t, err
		}
		cut, err := l.cuts(ctx, c.db)
		t.add(cut)
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// errPower ends a search for good.
var errPower = errors.New("the power went")

// cuts opens the database with each beginning of its log.
func (l *lab) cuts(ctx context.Context, db string) (t tally, err error) {
	main, err := os.ReadFile(db)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil // it was killed before there was one
	}
	log, logErr := os.ReadFile(db + "-wal")
	if err != nil || logErr != nil && !errors.Is(logErr, os.ErrNotExist) {
		return t, errors.Join(err, logErr)
	}
	before := record{}
	copied := filepath.Join(l.folder, "cut.db")
	frames := max(0, len(log)-logHeader) / (frameHeader + pageSize)
	for frame := range frames + 1 {
		whole := min(len(log), logHeader+frame*(frameHeader+pageSize))
		for _, end := range []int{whole, min(len(log), whole+1+l.rng.Intn(frameHeader+pageSize-1))} {
			if err := place(copied, main, log[:end]); err != nil {
				return t, err
			}
			c := l.alone(copied, 0)
			now, err := read(ctx, copied, c.name)
			if err != nil {
				return t, fmt.Errorf("%d bytes of the log: %w", end, err)
			}
			t.add(kept(before, now))
			t.Faults++
			before = now
		}
		if frame%50 == 0 || frame == frames {
			c := l.alone(copied, 0)
			if err := errors.Join(c.follow(ctx), c.verdict(ctx)); err != nil {
				return t, err
			}
			t.add(c.tally)
		}
	}
	return t, nil
}

// place writes a database and its log, and nothing else of that name.
func place(path string, main, log []byte) error {
	for _, more := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + more); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.WriteFile(path, main, 0o644); err != nil || len(log) == 0 {
		return err
	}
	return os.WriteFile(path+"-wal", log, 0o644)
}

// damagedPage overwrites a page of a finished search's database.
func damagedPage(ctx context.Context, l *lab, times int) (t tally, err error) {
	whole := l.alone(filepath.Join(l.folder, "pages.db"), 0)
	if err := whole.follow(ctx); err != nil {
		return t, err
	}
	data, err := os.ReadFile(whole.db)
	if err != nil {
		return t, err
	}
	saved := 0
	for i := range times {
		n := 1 + l.rng.Intn(len(data)/pageSize-1) // the first one is the file's header
		damaged := bytes.Clone(data)
		l.rng.Read(damaged[n*pageSize : (n+1)*pageSize])
		path := filepath.Join(l.folder, "damaged.db")
		if err := place(path, damaged, nil); err != nil {
			return t, err
		}
		if err := exec.CommandContext(ctx, l.program, "db", "check", path).Run(); err == nil {
			return t, fmt.Errorf("page %d is overwritten, and db check calls the database whole", n+1)
		}
		to := l.alone(filepath.Join(l.folder, fmt.Sprintf("saved%d.db", i)), 0)
		if _, err := exec.CommandContext(ctx, l.program, "db", "recover", path, "--output", to.db).Output(); err != nil {
			return t, fmt.Errorf("page %d: db recover: %w", n+1, err)
		}
		if err := to.look(ctx); err != nil {
			return t, err
		}
		saved += len(to.seen)
		err := errors.Join(to.follow(ctx), to.look(ctx))
		if err == nil {
			err = to.salvaged(ctx)
		}
		if err != nil {
			return t, fmt.Errorf("page %d: %w", n+1, err)
		}
		to.Faults = 1
		t.add(to.tally)
	}
	t.Note = fmt.Sprintf("%.1f %% of what the run had left was saved, and resuming made the rest again but for first samples that were on the page", 100*float64(saved)/float64(times*(len(l.want[0])-1)))
	return t, nil
}

// salvaged compares all but what a page may have been the only one to hold:
// samples, and with them the intervals of finalists.
func (c *crew) salvaged(ctx context.Context) error {
	got, err := c.final(ctx)
	if err != nil {
		return err
	}
	want := maps.Clone(c.lab.want[c.seed])
	for _, r := range []record{want, got} {
		r["front"] = strings.Join(identity.FindAllString(r["front"], -1), " ")
		maps.DeleteFunc(r, func(name, _ string) bool { return strings.HasPrefix(name, "timing ") })
	}
	c.judge(want, got)
	return nil
}

// identity of a network on the front.
var identity = regexp.MustCompile(`"id": "[0-9a-f]+"`)

// newerVersion shows a database of a later program to this one.
func newerVersion(ctx context.Context, l *lab, _ int) (t tally, err error) {
	c := l.alone(filepath.Join(l.folder, "newer.db"), 0)
	if err := c.follow(ctx); err != nil {
		return t, err
	}
	data, err := os.ReadFile(c.db)
	if err != nil {
		return t, err
	}
	newer := bytes.Clone(data)
	binary.BigEndian.PutUint32(newer[versionAt:], binary.BigEndian.Uint32(data[versionAt:])+1)
	if err := place(c.db, newer, nil); err != nil {
		return t, err
	}
	for _, args := range [][]string{{"resume", c.name, "--db", c.db}, {"front", c.name, "--db", c.db}, {"runs", "--db", c.db}, {"db", "check", c.db}, {"db", "merge", c.db, c.db + "2"}} {
		if _, err := exec.CommandContext(ctx, l.program, args...).Output(); !said(err, "database of a newer trtnas") {
			return t, fmt.Errorf("trtnas %v: %v, want a refusal", args, err)
		}
		t.Faults++
	}
	now, err := os.ReadFile(c.db)
	if err != nil {
		return t, err
	}
	if !bytes.Equal(now, newer) {
		t.Other++
	}
	// Under its own version it is as it was.
	if err := errors.Join(place(c.db, data, nil), c.verdict(ctx)); err != nil {
		return t, err
	}
	t.add(c.tally)
	return t, nil
}
