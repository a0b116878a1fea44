package main

import (
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"syscall"
	"time"

	"github.com/trtnas/trtnas/evaluator/fleet/embed"
	"github.com/trtnas/trtnas/space"
)

// fleetPart is what many workers ask of the server.
type fleetPart struct {
	Date    string
	Workers int
	Loads   []load
}

// load is what the server moved while networks took so long each.
type load struct {
	Each       time.Duration
	Networks   int
	Took       time.Duration
	PerSecond  float64 // networks
	Share      float64 // of the workers' time that was used
	Messages   float64 // per second
	Bytes      float64 // per second
	Cores      float64 // that server, workers and search were busy on, on average
	HeapMB     float64 // of all three
	QueueBytes float64 // moved for each network
}

const fleetWorkers = 1000

// loads are networks of half a minute, as TensorRT's are, and ever shorter ones
// until something is full.
var loads = []struct {
	each     time.Duration
	networks int
}{
	{30 * time.Second, 3000},
	{5 * time.Second, 4000},
	{time.Second, 5000},
	{0, 5000},
}

func measureFleet(ctx context.Context, _ options, r *results) error {
	out := fleetPart{Date: today(), Workers: fleetWorkers}
	for i, l := range loads {
		archs, err := draw(l.networks, rand.New(rand.NewSource(int64(i))))
		if err != nil {
			return err
		}
		measured, err := measureLoad(ctx, l.each, archs)
		if err != nil {
			return err
		}
		say("%v each: %.0f networks/s, %.0f messages/s, %.2f MB/s, %.2f cores", l.each, measured.PerSecond, measured.Messages, measured.Bytes/1e6, measured.Cores)
		out.Loads = append(out.Loads, measured)
	}
	r.Fleet = out
	return nil
}

// reading is what the process and its server have used so far.
type reading struct {
	at      time.Time
	cpu     time.Duration
	traffic embed.Traffic
}

func (r *rig) read() (reading, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return reading{}, fmt.Errorf("time of the processor: %w", err)
	}
	t, err := r.server.Traffic()
	return reading{time.Now(), time.Duration(u.Utime.Nano() + u.Stime.Nano()), t}, err
}

func measureLoad(ctx context.Context, each time.Duration, archs []space.Arch) (l load, err error) {
	r, err := newRig(ctx, fleetWorkers, func(space.Arch) time.Duration { return each })
	if err != nil {
		return l, err
	}
	defer func() {
		if err2 := r.Close(); err == nil {
			err = err2
		}
	}()
	before, err := r.read()
	if err != nil {
		return l, err
	}
	wall, err := r.evaluate(ctx, archs, len(archs))
	if err != nil {
		return l, err
	}
	after, err := r.read()
	if err != nil {
		return l, err
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	n, s := float64(len(archs)), wall.Seconds()
	return load{
		Each: each, Networks: len(archs), Took: wall, PerSecond: n / s, Share: each.Seconds() * n / (fleetWorkers * s),
		Messages:   float64(after.traffic.Messages-before.traffic.Messages) / s,
		Bytes:      float64(after.traffic.Bytes-before.traffic.Bytes) / s,
		QueueBytes: float64(after.traffic.Bytes-before.traffic.Bytes) / n,
		Cores:      (after.cpu - before.cpu).Seconds() / after.at.Sub(before.at).Seconds(),
		HeapMB:     float64(heap.HeapInuse) / 1e6,
	}, nil
}
