package main

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand"
	"slices"
	"time"

	"github.com/trtnas/trtnas/space"
)

// workersPart is how much of its workers' time a search uses.
type workersPart struct {
	Date    string
	Each    time.Duration // that a network takes, on average
	Batch   int           // networks of a round in Speed
	Speed   []use         // by the number of workers
	ByBatch []use         // with the most workers
}

// use is the share of the workers' time in which they measured.
type use struct {
	Times          string
	Workers, Batch int
	Share          float64
	// Bound is the share that is lost to nothing but waiting for the last ones of a
	// round: where each network goes to the first worker that is free, at once.
	Bound float64
}

// times are how long networks take, as a factor on the average.
type times struct {
	name string
	of   func(space.Arch) float64
}

const (
	// each is far shorter than what TensorRT takes, half a minute, so that what the
	// queue costs shows.
	each = 250 * time.Millisecond
	// perRun is how many networks a run measures.
	perRun    = 96
	usual     = 16 // the round of a screened search
	most      = 8  // workers
	spreadBy  = 0.3
	curveRuns = 192
)

var curve = []int{8, 16, 32, 64}

// kinds of times: equal; evenly within 30 %; with a standard deviation of 30 %
// that nothing foretells, and one that goes with the number of blocks.
func kinds(archs []space.Arch) []times {
	scale := blockScale(archs)
	return []times{
		{"equal", func(space.Arch) float64 { return 1 }},
		{"± 30 %", func(a space.Arch) float64 { return 1 + spreadBy*(2*chance(a)-1) }},
		{"standard deviation of 30 %", func(a space.Arch) float64 {
			return math.Exp(spreadBy*math.Sqrt2*math.Erfinv(2*chance(a)-1) - spreadBy*spreadBy/2)
		}},
		{"the same, going with the blocks", func(a space.Arch) float64 { return scale(a) }},
	}
}

// chance is a number within (0, 1) that is the network's own.
func chance(a space.Arch) float64 {
	h := fnv.New64a()
	h.Write([]byte(a.ID()))
	return rand.New(rand.NewSource(int64(h.Sum64()))).Float64()*(1-2e-9) + 1e-9
}

func blocks(a space.Arch) float64 {
	n := 0
	for _, s := range a.Stages {
		n += s.Depth
	}
	return float64(n)
}

// blockScale turns a network's blocks into a factor of mean 1 and a standard
// deviation of spreadBy.
func blockScale(archs []space.Arch) func(space.Arch) float64 {
	mean, square := 0.0, 0.0
	for _, a := range archs {
		mean += blocks(a) / float64(len(archs))
		square += blocks(a) * blocks(a) / float64(len(archs))
	}
	sd := math.Sqrt(square - mean*mean)
	return func(a space.Arch) float64 { return max(0.1, 1+spreadBy*(blocks(a)-mean)/sd) }
}

func measureWorkers(ctx context.Context, _ options, r *results) error {
	out := workersPart{Date: today(), Each: each, Batch: usual}
	archs, err := draw(curveRuns, rand.New(rand.NewSource(1)))
	if err != nil {
		return err
	}
	for _, t := range kinds(archs) {
		for workers := 1; workers <= most; workers *= 2 {
			u, err := measureUse(ctx, t, workers, usual, archs[:perRun])
			if err != nil {
				return err
			}
			out.Speed = append(out.Speed, u)
		}
		for _, batch := range curve {
			u, err := measureUse(ctx, t, most, batch, archs)
			if err != nil {
				return err
			}
			out.ByBatch = append(out.ByBatch, u)
		}
	}
	r.Workers = out
	return nil
}

func measureUse(ctx context.Context, t times, workers, batch int, archs []space.Arch) (use, error) {
	took := func(a space.Arch) time.Duration { return time.Duration(float64(each) * t.of(a)) }
	u := use{Times: t.name, Workers: workers, Batch: batch, Bound: bound(archs, took, workers, batch)}
	rig, err := newRig(ctx, workers, took)
	if err != nil {
		return u, err
	}
	wall, err := rig.evaluate(ctx, archs, batch)
	if err2 := rig.Close(); err == nil {
		err = err2
	}
	u.Share = share(archs, took, workers, wall)
	say("%s, %d workers, rounds of %d: %.0f %% of their time (bound %.0f %%)", t.name, workers, batch, 100*u.Share, 100*u.Bound)
	return u, err
}

func share(archs []space.Arch, took func(space.Arch) time.Duration, workers int, wall time.Duration) float64 {
	var busy time.Duration
	for _, a := range archs {
		busy += took(a)
	}
	return busy.Seconds() / (float64(workers) * wall.Seconds())
}

// bound plays the rounds without a queue: networks with the most blocks first,
// each to the worker that is free first.
func bound(archs []space.Arch, took func(space.Arch) time.Duration, workers, batch int) float64 {
	var wall time.Duration
	for from := 0; from < len(archs); from += batch {
		round := slices.Clone(archs[from:min(from+batch, len(archs))])
		slices.SortStableFunc(round, func(a, b space.Arch) int { return int(blocks(b) - blocks(a)) })
		free := make([]time.Duration, workers)
		for _, a := range round {
			first := slices.Index(free, slices.Min(free))
			free[first] += took(a)
		}
		wall += slices.Max(free)
	}
	return share(archs, took, workers, wall)
}
