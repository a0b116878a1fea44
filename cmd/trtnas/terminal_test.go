package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/trtnas/trtnas/store"
)

// terminal is a command on a terminal of its own.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	tty    *os.File
	ended  chan struct{} // nothing more comes
	mu     sync.Mutex
	output bytes.Buffer
}

// onTerminal starts trtnas on a terminal of so many columns.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) *terminal {
	t.Helper()
	cmd := exec.Command("trtnas", args...)
	cmd.Env = append(append(os.Environ(), "TERM=xterm", "NO_COLOR=1"), env...)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, cmd: cmd, tty: tty, ended: make(chan struct{})}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, unless the test failed
		tty.Close()
	})
	go s.read()
	return s
}

func (s *terminal) read() {
	defer close(s.ended)
	b := make([]byte, 1<<16)
	for {
		n, err := s.tty.Read(b)
		s.mu.Lock()
		s.output.Write(b[:n])
		s.mu.Unlock()
		if err != nil { // the kernel's way to say that the other end is closed
			return
		}
	}
}

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// wait waits until what came after the first bytes matches, and returns how many came.
func (s *terminal) wait(after int, pattern string) int {
	s.t.Helper()
	match := regexp.MustCompile(pattern)
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if text := s.text(); match.MatchString(text[after:]) {
			return len(text)
		}
	}
	text := s.text()[after:]
	s.t.Fatalf("no %q in %d bytes that end with\n%s", pattern, len(text), text[max(0, len(text)-2000):])
	return 0
}

func (s *terminal) press(key string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(key); err != nil {
		s.t.Fatal(err)
	}
}

const ctrlC = "\x03"

// end waits for the command's end, and returns its exit code.
func (s *terminal) end() int {
	s.t.Helper()
	err := s.cmd.Wait()
	<-s.ended
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return s.cmd.ProcessState.ExitCode()
}

// slow is a search whose networks take half a second each.
func slow(db string) []string {
	return []string{"search", "--budget", "10ms", "--device", "sim:t4?pace=0.01", "--evals", "400", "--name", "night", "--db", db}
}

// measurements counts what a database keeps of the run.
func measurements(t *testing.T, db string) int {
	t.Helper()
	st, err := store.OpenReadOnly(db)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx := context.Background()
	run, err := st.Run(ctx, "night")
	if err != nil {
		t.Fatal(err)
	}
	n, err := st.Sessions(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The first Ctrl-C finishes and keeps the measurement that is under way; the
// run goes on from there.
func TestFirstInterruptDrains(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	s := onTerminal(t, 100, nil, slow(db)...)
	at := s.wait(0, `evaluated +[3-9] of 400`)
	kept := measurements(t, db)
	s.press(ctrlC)
	s.wait(at, `stopping +finishing what is under way .*Ctrl-C again stops at once`)
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if now := measurements(t, db); now <= kept {
		t.Errorf("%d measurements after Ctrl-C, %d before: what was under way is lost", now, kept)
	}
	if text := s.text()[at:]; !strings.Contains(text, "stopped; `trtnas resume night --db "+db+"` goes on") {
		t.Errorf("nothing says how to resume:\n%s", text)
	}
	s = onTerminal(t, 100, nil, "resume", "night", "--db", db)
	s.wait(0, `evaluated +[4-9] of 400`)
	s.press(ctrlC)
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d of the resumed run", code)
	}
}

// The second Ctrl-C stops at once, and nothing that was finished is lost.
func TestSecondInterruptStops(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	args := slow(db)
	args[4] = "sim:t4?pace=0.1" // a network takes three seconds
	s := onTerminal(t, 200, nil, args...)
	at := s.wait(0, `evaluated +1 of 400`)
	s.press(ctrlC)
	at = s.wait(at, `stopping +finishing`)
	s.press(ctrlC)
	s.wait(at, "stopped at once; `trtnas resume night --db .*x.db` goes on with what was finished")
	if code := s.end(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if n := measurements(t, db); n != 1 {
		t.Errorf("%d measurements are kept of one, and one that was under way", n)
	}
}

func TestViewFollowsTheTerminal(t *testing.T) {
	s := onTerminal(t, 80, nil, slow(filepath.Join(t.TempDir(), "x.db"))...)
	at := s.wait(0, "night \\[ +\\] +0 %(?s:.*)\x1b\\[[0-9]+A\r")
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 30, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	at = s.wait(at, `(?s)time left.*evaluated +\d+ of 400  0 failed`)
	s.press(ctrlC)
	s.wait(at, "stopping.*finishing what is under way\x1b\\[K")
	s.end()
	for _, line := range strings.Split(plainText(s.text()[at:]), "\n") {
		if strings.HasPrefix(line, "stopped;") {
			break // not of the view any more
		}
		if len(line) >= 40 {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// plainText is what was written without what moves the cursor or colours, and
// without what the terminal echoes.
func plainText(text string) string {
	return strings.NewReplacer("^C", "", "\r", "").Replace(escapes.ReplaceAllString(text, ""))
}

func TestTerminalsWithoutColourOrView(t *testing.T) {
	for _, test := range []struct {
		env          string
		view, colour bool
	}{
		{"NO_COLOR=", true, true},
		{"NO_COLOR=1", true, false},
		{"TERM=dumb", false, false},
	} {
		t.Run(test.env, func(t *testing.T) {
			s := onTerminal(t, 80, []string{test.env}, "search", "--budget", "10ms", "--evals", "200", "--db", filepath.Join(t.TempDir(), "x.db"))
			if code := s.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			text := s.text()
			if got := strings.Contains(text, "\x1b[K"); got != test.view {
				t.Errorf("a view: %v in\n%q", got, text)
			}
			if got := strings.Contains(text, "\x1b[1m"); got != test.colour {
				t.Errorf("colour: %v in\n%q", got, text)
			}
			if !strings.Contains(text, "200 of 200") {
				t.Errorf("nothing says that all is done:\n%s", text)
			}
		})
	}
}
