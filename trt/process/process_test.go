package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// fakeDeed in the environment makes the test binary a program that does it.
const fakeDeed = "TRTNAS_FAKE_DEED"

func TestMain(m *testing.M) {
	if deed := os.Getenv(fakeDeed); deed != "" {
		do(deed)
	}
	os.Exit(m.Run())
}

func do(deed string) {
	switch deed {
	case "say":
		fmt.Println("out")
		fmt.Fprintln(os.Stderr, "err")
	case "fail":
		os.Exit(3)
	case "abort":
		// Go would turn its own into an exit with code 2.
		panic(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -ABRT $$"}, os.Environ()))
	case "much":
		fmt.Println(strings.Repeat("x", 3*tailSize))
		fmt.Println("end")
	case "hang": // with a child, both deaf to SIGTERM
		signal.Ignore(syscall.SIGTERM)
		beget("sleep")
		time.Sleep(time.Hour)
	case "leave": // a child that holds the output
		beget("sleep")
		fmt.Println("left")
	case "run": // a program that hangs, through this package
		_, err := Run(context.Background(), Command{Path: os.Args[0], Env: []string{fakeDeed + "=hang"}})
		panic(err)
	case "sleep":
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Hour)
	case "eat": // memory, in a child
		beget("hog")
		time.Sleep(time.Hour)
	case "hog":
		hoard := bytes.Repeat([]byte{1}, 256<<20)
		time.Sleep(time.Hour)
		fmt.Println(len(hoard))
	case "reserve": // address space without touching it
		_, err := syscall.Mmap(-1, 0, 1<<40, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		time.Sleep(3 * memoryPeriod)
		fmt.Println(err)
	}
	os.Exit(0)
}

// beget starts a child, and writes its ID and ours to the file of pids.
func beget(deed string) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fakeDeed+"="+deed)
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		panic(err)
	}
	text := fmt.Sprintf("%d\n%d\n", os.Getpid(), child.Process.Pid)
	if err := errors.Join(os.WriteFile("pids.new", []byte(text), 0o600), os.Rename("pids.new", "pids")); err != nil {
		panic(err)
	}
}

func command(t *testing.T, deed string) Command {
	return Command{Path: os.Args[0], Dir: t.TempDir(), Env: []string{fakeDeed + "=" + deed}}
}

// pids are the IDs in the file, once it is there: a program's and its child's.
func pids(t *testing.T, folder string) []int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(folder, "pids"))
		var program, child int
		if err == nil {
			_, err = fmt.Sscan(string(text), &program, &child)
		}
		if err == nil {
			return []int{program, child}
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// gone checks that all processes whose IDs are in the file have ended.
func gone(t *testing.T, folder string) {
	t.Helper()
	for _, pid := range pids(t, folder) {
		ends(t, pid)
	}
}

func ends(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d survives", pid)
		}
	}
}

// alive is false for a process that has ended and waits for its parent to ask
// how, which for orphans is the machine's matter.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		deed     string
		out, err string
		exit     trt.Exit
	}{
		{"say", "out\n", "err\n", trt.Exit{}},
		{"fail", "", "", trt.Exit{Code: 3}},
		{"abort", "", "", trt.Exit{Signal: syscall.SIGABRT}},
		{"much", strings.Repeat("x", tailSize-5) + "\nend\n", "", trt.Exit{}},
	} {
		r, err := Run(t.Context(), command(t, test.deed))
		if err != nil || r.Out != test.out || r.Err != test.err || r.Exit != test.exit {
			t.Errorf("%s: %v, %d bytes %.20q, %q, %+v", test.deed, err, len(r.Out), r.Out, r.Err, r.Exit)
		}
	}
	if r := (Result{Out: "a\n", Err: "b\n"}); r.All() != "a\nb\n" {
		t.Errorf("all is %q", r.All())
	}
	if _, err := Run(t.Context(), Command{Path: "/nowhere/program"}); err == nil || !strings.Contains(err.Error(), "/nowhere/program") {
		t.Errorf("no program: %v", err)
	}
}

func TestLimits(t *testing.T) {
	slow, big := command(t, "hang"), command(t, "eat")
	slow.Time, big.Memory = 300*time.Millisecond, 128<<20
	for _, test := range []struct {
		command Command
		exit    trt.Exit
	}{
		{slow, trt.Exit{Signal: syscall.SIGKILL, TimeLimit: slow.Time}},
		{big, trt.Exit{Signal: syscall.SIGKILL, MemoryLimit: big.Memory}},
	} {
		r, err := Run(t.Context(), test.command)
		if err != nil || r.Exit != test.exit {
			t.Errorf("%v, %+v, want %+v", err, r.Exit, test.exit)
		}
		gone(t, test.command.Dir)
	}
}

// What is only reserved does not count.
func TestReservedMemory(t *testing.T) {
	c := command(t, "reserve")
	c.Memory = 256 << 20
	r, err := Run(t.Context(), c)
	if err != nil || r.Exit != (trt.Exit{}) || r.Out != "<nil>\n" {
		t.Errorf("%v, %+v, %q", err, r.Exit, r.Out)
	}
}

func TestNothingIsLeft(t *testing.T) {
	c := command(t, "leave")
	begun := time.Now()
	r, err := Run(t.Context(), c)
	if err != nil || r.Exit != (trt.Exit{}) || r.Out != "left\n" || time.Since(begun) > 10*time.Second {
		t.Errorf("%v, %+v, %q after %v", err, r.Exit, r.Out, time.Since(begun))
	}
	gone(t, c.Dir)
}

func TestCancel(t *testing.T) {
	c := command(t, "hang")
	c.Time = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r, err := Run(ctx, c)
	if !errors.Is(err, context.DeadlineExceeded) || r.Exit.TimeLimit != 0 {
		t.Errorf("%v, %+v", err, r.Exit)
	}
	gone(t, c.Dir)
}

func TestKill(t *testing.T) {
	c := command(t, "hang")
	p, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	pids(t, c.Dir)
	select {
	case <-p.Done():
		t.Error("it ended on its own")
	default:
	}
	p.Kill()
	p.Kill()
	if exit, err := p.Wait(); err != nil || exit != (trt.Exit{Signal: syscall.SIGKILL}) {
		t.Errorf("%v, %+v", err, exit)
	}
	gone(t, c.Dir)
}

func TestOut(t *testing.T) {
	c := command(t, "say")
	var out bytes.Buffer
	c.Out = &out
	if r, err := Run(t.Context(), c); err != nil || out.String() != "out\n" || r.Out != "" {
		t.Errorf("%v, %q, %q", err, out.String(), r.Out)
	}
}

func TestParseStat(t *testing.T) {
	fields := strings.Repeat(" 0", 18)
	for _, test := range []struct {
		stat  string
		group int
		pages int64
	}{
		{"7 (a) S 1 5" + fields + " 42 0", 5, 42},
		{"7 (a ) R 9 9) S 1 5" + fields + " 42 0", 5, 42},
		{"7 (a) S 1 x" + fields + " 42 0", 0, 0},
		{"7 (a) S 1 5" + fields + " x 0", 0, 0},
		{"", 0, 0},
	} {
		if group, pages := parseStat([]byte(test.stat)); group != test.group || pages != test.pages {
			t.Errorf("%q: %d, %d", test.stat, group, pages)
		}
	}
}
