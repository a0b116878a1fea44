package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// storedPart is what programs take on a database of many results.
type storedPart struct {
	Date     string
	Results  int
	FileMB   float64
	Memory   []memoryAt // of the search that made them
	Commands []command
}

// memoryAt is a search's resident memory after so many evaluations.
type memoryAt struct {
	Evaluated int
	MB        float64
}

// command is what one took.
type command struct {
	Name   string
	Took   time.Duration
	PeakMB float64
	Output float64 // MB
}

// storedResults are what 694 days of measuring at a minute each give.
const storedResults = 1_000_000

func measureStored(ctx context.Context, o options, r *results) error {
	folder, err := os.MkdirTemp("", "scale")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s := stored{program: o.program, db: filepath.Join(folder, "many.db"), folder: folder}
	out := storedPart{Date: today(), Results: storedResults}
	if out.Memory, err = s.fill(ctx); err != nil {
		return err
	}
	file, err := os.Stat(s.db)
	if err != nil {
		return err
	}
	out.FileMB = float64(file.Size()) / 1e6
	for _, args := range [][]string{
		{"runs"},
		{"front", run, "--json"},
		{"front", run, "--csv"},
		{"report", run, "-o", filepath.Join(folder, "report.html")},
		{"importance", run},
		{"db", "check", s.db},
	} {
		c, err := s.time(ctx, args...)
		if err != nil {
			return err
		}
		out.Commands = append(out.Commands, c)
	}
	for _, measure := range []func(context.Context) ([]command, error){s.query, s.dashboard, s.resume} {
		more, err := measure(ctx)
		if err != nil {
			return err
		}
		out.Commands = append(out.Commands, more...)
	}
	r.Stored = out
	return nil
}

const run = "many"

// stored is the database that commands work on.
type stored struct{ program, db, folder string }

func (s stored) command(ctx context.Context, args ...string) *exec.Cmd {
	if args[0] != "db" { // which names it anyway
		args = append(args, "--db", s.db)
	}
	return exec.CommandContext(ctx, s.program, args...)
}

var evaluated = regexp.MustCompile(`^(\d+) of \d+ evaluated`)

// fill searches, and reads the search's memory at every tenth of it.
func (s stored) fill(ctx context.Context) ([]memoryAt, error) {
	c := s.command(ctx, "search", "--budget", "10ms", "--evals", strconv.Itoa(storedResults), "--name", run)
	progress, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	var all []memoryAt
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		at := evaluated.FindStringSubmatch(lines.Text())
		if at == nil {
			continue
		}
		n, err := strconv.Atoi(at[1])
		if err != nil || n < (len(all)+1)*storedResults/10 || n == storedResults {
			continue
		}
		mb, err := resident(c.Process.Pid)
		if err != nil {
			return nil, err
		}
		say("%d evaluated, %.0f MB", n, mb)
		all = append(all, memoryAt{n, mb})
	}
	return all, c.Wait()
}

// resident is a process's memory in MB (proc_pid_statm(5)).
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory of process %d: %q", pid, text)
	}
	pages, err := strconv.Atoi(fields[1])
	return float64(pages*os.Getpagesize()) / 1e6, err
}

func (s stored) time(ctx context.Context, args ...string) (command, error) {
	c := s.command(ctx, args...)
	var out, messages bytes.Buffer
	c.Stdout, c.Stderr = &out, &messages
	begun := time.Now()
	if err := c.Run(); err != nil {
		return command{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, messages.Bytes())
	}
	made := command{Name: "trtnas " + strings.Join(args, " "), Took: time.Since(begun), Output: float64(out.Len()) / 1e6, PeakMB: peak(c.ProcessState)}
	last := len(args) - 1
	switch args[0] {
	case "db":
		made.Name = "trtnas db check"
	case "report":
		file, err := os.Stat(args[last])
		if err != nil {
			return command{}, err
		}
		made.Name, made.Output = "trtnas report "+run, float64(file.Size())/1e6
	}
	say("%s: %v, %.0f MB", made.Name, made.Took.Round(10*time.Millisecond), made.PeakMB)
	return made, nil
}

// peak is the most memory that a process had, in MB; Linux counts in kB.
func peak(p *os.ProcessState) float64 {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(u.Maxrss) * 1024 / 1e6
}

// query asks by SQL, as users do, for one network and for the front.
func (s stored) query(ctx context.Context) ([]command, error) {
	var all []command
	for _, q := range []struct{ name, sql string }{
		{"SQL: one network's result", "SELECT latency_ms FROM measurements WHERE architecture = (SELECT architecture FROM evaluations WHERE run = 1 AND seq = 500000)"},
		{"SQL: the view `front`", "SELECT count(*) FROM front"},
	} {
		begun := time.Now()
		if err := ask(ctx, s.db, q.sql); err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		all = append(all, command{Name: q.name, Took: time.Since(begun)})
		say("%s: %v", q.name, all[len(all)-1].Took)
	}
	return all, nil
}

var dashboardAt = regexp.MustCompile(`at (http://\S+)`)

// dashboard asks it for what a page needs, twice: the first time it reads the
// run.
func (s stored) dashboard(ctx context.Context) ([]command, error) {
	c := s.command(ctx, "ui", "--addr", "127.0.0.1:0")
	messages, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	address := ""
	for lines := bufio.NewScanner(messages); address == "" && lines.Scan(); {
		if at := dashboardAt.FindStringSubmatch(lines.Text()); at != nil {
			address = strings.TrimSuffix(at[1], "/")
		}
	}
	var all []command
	for _, path := range []string{"/api/view?run=" + url.QueryEscape(run), "/api/candidates?run=" + url.QueryEscape(run), "/api/view?run=" + url.QueryEscape(run)} {
		begun := time.Now()
		bytes, err := get(ctx, address+path)
		if err != nil {
			return nil, errors.Join(err, c.Process.Kill(), c.Wait())
		}
		name, _, _ := strings.Cut(path, "?")
		if len(all) == 2 {
			name += ", again"
		}
		all = append(all, command{Name: "dashboard: " + name, Took: time.Since(begun), Output: float64(bytes) / 1e6})
		say("%s: %v", all[len(all)-1].Name, all[len(all)-1].Took)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		return nil, err
	}
	_ = c.Wait() // it ends by the signal
	for i := range all {
		all[i].PeakMB = peak(c.ProcessState)
	}
	return all, nil
}

func get(ctx context.Context, address string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", address, answer.Status)
	}
	return io.Copy(io.Discard, answer.Body)
}

// resume goes on with a run that has all results but is not over.
func (s stored) resume(ctx context.Context) ([]command, error) {
	if err := reopen(ctx, s.db, storedResults+further); err != nil {
		return nil, err
	}
	c, err := s.time(ctx, "resume", run)
	c.Name += fmt.Sprintf(" (%d more)", further)
	return []command{c}, err
}

// further evaluations are one generation.
const further = 100
