package main

import (
	"errors"
	"flag"
	"net"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts compare with anew")

// TestMain lets the scripts run this test binary as the command trtnas.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trtnas": main})
}

func TestScripts(t *testing.T) {
	commands := jsonCommands(t)
	commands["exits"] = exits
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds:          commands,
		Setup:         freeQueue,
	})
}

// freeQueue gives a script the address of a queue that nobody listens at.
func freeQueue(e *testscript.Env) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.Setenv("QUEUE", "nats://"+l.Addr().String())
	return l.Close()
}

// exits runs a command that must end with an exit code: exits 2 trtnas ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
