// Package smi asks nvidia-smi who a GPU is and how it fares. It stays one
// process, since starting it again and again slows the GPU's work down.
package smi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
)

// Period is the time between two looks at a GPU.
const Period = 100 * time.Millisecond

// patience is with one query. Without persistence mode, each one first
// initialises the GPU.
const patience = 30 * time.Second

// The fields of queries (nvidia-smi --help-query-gpu). Drivers from 535 on
// call the reasons events.
var (
	facts   = []string{"name", "uuid", "memory.total", "driver_version"}
	clocks  = []string{"timestamp", "clocks.sm", "clocks.mem", "temperature.gpu", "power.draw"}
	reasons = []string{"clocks_event_reasons.active", "clocks_throttle_reasons.active"}
)

const capability = "compute_cap" // from driver 510 on

// GPU is a GPU that is watched.
type GPU struct {
	program, id string
	device      trt.Device
	watch       *process.Process
	readings    readings
}

// Open looks at a GPU, which is an index in the order of the PCI bus or a
// UUID, and watches it until Close. The program is nvidia-smi if it is empty.
// The error is a *trt.Failure, or the context's.
func Open(ctx context.Context, program, id string) (*GPU, error) {
	g := &GPU{program: cmp.Or(program, "nvidia-smi"), id: id}
	if err := g.identify(ctx); err != nil {
		return nil, err
	}
	fields := clocks
	for _, reason := range reasons {
		_, err := g.query(ctx, reason)
		if err == nil {
			fields = append(slices.Clone(clocks), reason)
			break
		}
		if !errors.As(err, new(unknownField)) {
			return nil, err
		}
	}
	watch, err := process.Start(context.WithoutCancel(ctx), g.command(&g.readings,
		"--query-gpu="+strings.Join(fields, ","), fmt.Sprintf("--loop-ms=%d", Period.Milliseconds())))
	if err != nil {
		return nil, err
	}
	g.watch = watch
	return g, nil
}

// Device is the GPU without a library. What nvidia-smi can't tell is empty or
// zero.
func (g *GPU) Device() trt.Device { return g.device }

// Between is the GPU's health in a span of time, of which there are only the
// last minutes. In a span too short for a reading it is that of the last one
// before, unless that is more than two periods old. The number of processes is
// left out. The error tells why it is unknown.
func (g *GPU) Between(from, to time.Time) ([]trt.Health, error) {
	select {
	case <-g.watch.Done():
		exit, _ := g.watch.Wait()
		_, said := g.watch.Output()
		return nil, fmt.Errorf("%s ended: %s", g.program, trt.Classify(said, exit).Message)
	default:
		return g.readings.between(from, to), nil
	}
}

// Close ends the watch.
func (g *GPU) Close() error {
	g.watch.Kill()
	return nil
}

// identify finds out who the GPU is, and who computes on it.
func (g *GPU) identify(ctx context.Context) error {
	values, err := g.query(ctx, append(slices.Clone(facts), capability)...)
	if errors.As(err, new(unknownField)) {
		values, err = g.query(ctx, facts...)
	}
	if err != nil {
		return err
	}
	g.device = trt.Device{Name: known(values[0]), UUID: known(values[1]), MemoryBytes: int64(number(values[2])) << 20, Driver: known(values[3])}
	if len(values) > len(facts) {
		g.device.ComputeCapability = known(values[len(facts)])
	}
	g.device.Others, err = g.Processes(ctx)
	return err
}

// Processes are those that compute on the GPU now: number and name. The watch
// can't tell of them, so this starts nvidia-smi once more, which is not for the
// time in which something is timed.
func (g *GPU) Processes(ctx context.Context) ([]string, error) {
	lines, err := g.ask(ctx, "--query-compute-apps=pid,process_name")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, line := range lines {
		pid, name, _ := strings.Cut(line, ", ")
		if number(pid) > 0 { // or it says in words that there are none
			all = append(all, strings.TrimSpace(pid+" "+known(name)))
		}
	}
	return all, nil
}

// unknownField is a field that this nvidia-smi doesn't have.
type unknownField struct{ error }

// query asks for fields of the GPU.
func (g *GPU) query(ctx context.Context, fields ...string) ([]string, error) {
	lines, err := g.ask(ctx, "--query-gpu="+strings.Join(fields, ","))
	if err != nil {
		return nil, err
	}
	if len(lines) != 1 {
		return nil, trt.Failf(trt.NoDevice, "%s has %d GPUs %s", g.program, len(lines), g.id)
	}
	values := strings.Split(lines[0], ", ")
	if len(values) != len(fields) {
		return nil, trt.Failf(trt.Incompatible, "%s was asked for %s and answers %q", g.program, strings.Join(fields, ", "), lines[0])
	}
	return values, nil
}

// ask runs a query to its end.
func (g *GPU) ask(ctx context.Context, query string) ([]string, error) {
	c := g.command(nil, query)
	c.Time = patience
	r, err := process.Run(ctx, c)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, trt.Failf(trt.Incomplete, "%v: it comes with NVIDIA's driver", err)
	case strings.Contains(r.All(), "is not a valid field"):
		return nil, unknownField{fmt.Errorf("%s: %s", g.program, strings.TrimSpace(r.All()))}
	case r.Exit != trt.Exit{}:
		f := trt.Classify(r.All(), r.Exit)
		f.Class, f.Message = cmp.Or(f.Class, trt.NoDevice), g.program+": "+f.Message
		return nil, f
	}
	text := strings.TrimSpace(r.Out)
	if text == "" {
		return nil, nil
	}
	return strings.Split(text, "\n"), nil
}

// command asks in UTC, so that times can be read.
func (g *GPU) command(out *readings, arguments ...string) process.Command {
	c := process.Command{Path: g.program, Args: append([]string{"-i", g.id, "--format=csv,noheader,nounits"}, arguments...), Env: []string{"TZ=UTC"}}
	if out != nil {
		c.Out = out
	}
	return c
}
