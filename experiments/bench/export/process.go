package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const mebi = 1 << 20

// report is what a process says of itself, as JSON.
type report struct {
	Seconds  float64 `json:"seconds"` // of the export alone
	Before   int64   `json:"before"`  // peak memory when it began, in the system's unit
	Versions string  `json:"versions"`
}

// outcome is what one process took.
type outcome struct {
	report
	Wall, CPU  float64 // seconds of the whole process
	Peak, File int64   // bytes
}

func (o outcome) String() string {
	return fmt.Sprintf("%.2f s, process %.2f s, CPU %.2f s, peak %.0f MiB", o.Seconds, o.Wall, o.CPU, float64(o.Peak)/mebi)
}

// measure runs a process that writes the file and reports on it.
func measure(file, name string, args ...string) (o outcome, err error) {
	start := time.Now()
	state, err := run(&o.report, name, args...)
	if err != nil {
		return o, err
	}
	o.Wall = time.Since(start).Seconds()
	o.CPU = (state.UserTime() + state.SystemTime()).Seconds()
	o.Peak = inBytes(state.SysUsage().(*syscall.Rusage).Maxrss)
	o.Before = inBytes(o.Before)
	info, err := os.Stat(file)
	if err != nil {
		return o, err
	}
	o.File = info.Size()
	return o, checkPeak(o.Peak)
}

// checkPeak fails where a child's peak may be the benchmark's: the system hands
// a parent's peak on to a child that it starts.
func checkPeak(child int64) error {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return err
	}
	if parent := inBytes(own.Maxrss); child <= parent {
		return fmt.Errorf("a peak of %d bytes can't be told from the benchmark's own, %d: move what takes memory in it to a child", child, parent)
	}
	return nil
}

// inBytes converts a peak as the system counts it.
func inBytes(maxrss int64) int64 {
	if runtime.GOOS == "darwin" {
		return maxrss
	}
	return maxrss * 1024
}

// run starts a program, waits for it, and reads the last line that it prints
// into answer, unless that is nil.
func run(answer any, name string, args ...string) (*os.ProcessState, error) {
	cmd := exec.Command(name, args...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		if talk.Len() > 0 {
			err = fmt.Errorf("%w: %s", err, lastLine(talk.String()))
		}
		return nil, fmt.Errorf("%s: %w; `make bench-export` installs what the scripts need", strings.Join(cmd.Args, " "), err)
	}
	if answer == nil {
		return cmd.ProcessState, nil
	}
	if err := json.Unmarshal([]byte(lastLine(out.String())), answer); err != nil {
		return nil, fmt.Errorf("%s printed %q, not the JSON object that it should end with: %w", name, lastLine(out.String()), err)
	}
	return cmd.ProcessState, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
