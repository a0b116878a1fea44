package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// wander is added to Go's own time.Now: each second, the clock goes to another
// one of these (s). Time since a moment goes on as ever, as when a machine's
// clock is set.
const wander = `
func wander(mono int64) int64 {
	return [...]int64{0, 700_000, -3_000_000, 3600, -60, 100_000_000, 1}[mono/1e9%7]
}
`

// askedOf is where the standard library reads the clock, and what it becomes.
var askedOf = [2]string{"sec, nsec, mono := runtimeNow()\n\tif mono == 0", "sec, nsec, mono := runtimeNow()\n\tsec += wander(mono)\n\tif mono == 0"}

// wandering builds the program with a clock that jumps.
func wandering(ctx context.Context, folder string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	standard := filepath.Join(string(bytes.TrimSpace(root)), "src", "time", "time.go")
	source, err := os.ReadFile(standard)
	if err != nil {
		return "", err
	}
	if bytes.Count(source, []byte(askedOf[0])) != 1 {
		return "", fmt.Errorf("%s does not read the clock as it did: adapt askedOf", standard)
	}
	changed := filepath.Join(folder, "time.go")
	source = append(bytes.Replace(source, []byte(askedOf[0]), []byte(askedOf[1]), 1), wander...)
	if err := os.WriteFile(changed, source, 0o644); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {standard: changed}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return "", err
	}
	program := filepath.Join(folder, "trtnas")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", list, "-o", program, "./cmd/trtnas")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building a program whose clock jumps: %w: %s", err, out)
	}
	return program, nil
}

// clock follows a search on workers, of which all clocks jump.
func clock(ctx context.Context, l *lab, _ int) (tally, error) {
	folder := filepath.Join(l.folder, "clock")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return tally{}, err
	}
	program, err := wandering(ctx, folder)
	if err != nil {
		return tally{}, err
	}
	jumping := *l
	jumping.program = program
	t, err := jumping.rounds(ctx, 10, betweenKills, func() (*crew, error) { return jumping.newCrew(false, nil) }, func(context.Context, *crew) error {
		return nil // the clocks jump by themselves
	})
	t.Note = "counted are looks, with a jump or two between"
	return t, err
}
