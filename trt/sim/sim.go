// Package sim is a simulated device: it knows how long each network takes and
// tells it with the flaws of a real one. It is for tests, benchmarks and
// demonstrations; what it gives is labelled simulated.
package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand"
	"slices"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// Truth is the latency of a batch of a network by its ID, Flaws.Error included.
type Truth func(id string) (time.Duration, error)

// Clock is the simulated time.
type Clock struct {
	now time.Time
	// Pace is the share of the time that passes for those who wait, too; 0 is
	// none.
	Pace float64
}

// NewClock begins at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now is the simulated time.
func (c *Clock) Now() time.Time { return c.now }

// Sleep lets time pass.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return c.wait(ctx, d)
}

func (c *Clock) wait(ctx context.Context, d time.Duration) error {
	if paced := time.Duration(c.Pace * float64(d)); paced > 0 {
		select {
		case <-time.After(paced):
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Device is a simulated GPU.
type Device struct {
	name  string
	truth Truth
	flaws Flaws
	clock *Clock
	begun time.Time
	built map[string]int // how often each network was built
	cache bool           // whether something was built in this session
	after int            // sessions before this one
}

// New simulates a device of the given name.
func New(name string, truth Truth, f Flaws, clock *Clock) *Device {
	return &Device{name: name, truth: truth, flaws: f, clock: clock, begun: clock.now, built: map[string]int{}}
}

// Device implements trt.Backend.
func (d *Device) Device() trt.Device {
	return trt.Device{
		Name: "sim:" + d.name, Driver: "simulated", Library: trt.TensorRT, Version: "simulated",
		Access: trt.AccessSim, Typings: []trt.Typing{trt.Weak},
	}
}

// Close implements trt.Backend.
func (d *Device) Close() error { return nil }

// Restart begins another session, whose builds start with a cold cache. What it
// shows of a network doesn't depend on whether earlier ones built it.
func (d *Device) Restart() {
	d.after++
	d.cache = false
	clear(d.built)
}

// random is a source of its own for each network and use, so that what one
// network shows does not depend on which were measured before.
func (d *Device) random(id, use string, n int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %d", d.flaws.Seed, id, use, n)
	return rand.New(rand.NewSource(int64(h.Sum64())))
}

// buildsOfSession is more than any network has in one.
const buildsOfSession = 1000

// Build implements trt.Backend.
func (d *Device) Build(ctx context.Context, m trt.Model, s trt.Spec) (trt.Engine, error) {
	truth, err := d.truth(m.ID)
	if err != nil {
		return nil, err
	}
	d.built[m.ID]++
	n := d.built[m.ID] + buildsOfSession*d.after
	f := d.flaws
	took := time.Duration(float64(f.BuildTime) * math.Exp(f.TimeSpread*d.random(m.ID, "build time", n).NormFloat64()))
	cache := trt.CacheCold
	if d.cache {
		cache = trt.CacheWarm
	}
	d.cache = true
	if err := d.clock.Sleep(ctx, took); err != nil {
		return nil, err
	}
	if c := d.failure(m.ID, n); c != "" && c != trt.WrongOutput && c != trt.DeviceLost {
		return nil, trt.Failf(c, "simulated while building %s", m.ID)
	}
	scale := math.Exp(f.Rough*d.random(m.ID, "rough", 0).NormFloat64() + f.BuildSpread*d.random(m.ID, "build spread", n).NormFloat64())
	if s.Precision == trt.FP32 {
		scale *= 2
	}
	return &engine{device: d, model: m, build: n, spec: s, truth: time.Duration(float64(truth) * scale),
		info: d.size(m.ID, truth, took, cache)}, nil
}

// What a simulated engine takes for each ms of its latency: a T4's for networks
// at batch 8, roughly.
const (
	bytesPerMS  = 8 << 20
	memoryPerMS = 4 << 20
)

// size makes up an engine's sizes, which go with the latency by and large.
func (d *Device) size(id string, truth, took time.Duration, cache trt.CacheState) trt.EngineInfo {
	of := func(perMS float64, of string) int64 {
		return int64(perMS * truth.Seconds() * 1e3 * math.Exp(sizeSpread*d.random(id, of, 0).NormFloat64()))
	}
	return trt.EngineInfo{Bytes: 1<<20 + of(bytesPerMS, "bytes"), MemoryBytes: 1<<20 + of(memoryPerMS, "memory"), BuildTime: took, Cache: cache}
}

// sizeSpread is by how much, in logarithms, engines of equal latency differ in
// what they take.
const sizeSpread = 0.2

// failure is the class that the network fails with; empty for none.
func (d *Device) failure(id string, build int) trt.Class {
	if d.flaws.Fail != nil {
		return d.flaws.Fail(id, build)
	}
	u := d.random(id, "failure", 0).Float64()
	for _, s := range d.flaws.shares() {
		if u -= s.share; u < 0 {
			return s.class
		}
	}
	return ""
}

// engine is a simulated engine.
type engine struct {
	device *Device
	model  trt.Model
	build  int
	spec   trt.Spec
	truth  time.Duration
	timed  int
	info   trt.EngineInfo
}

func (e *engine) Info() trt.EngineInfo { return e.info }
func (e *engine) Close() error         { return nil }

// healthEvery is how often the simulated health is sampled.
const healthEvery = 100 * time.Millisecond

// Time implements trt.Engine.
func (e *engine) Time(ctx context.Context, n int, warmUp time.Duration) (trt.Timing, error) {
	d := e.device
	if c := d.failure(e.model.ID, e.build); c == trt.DeviceLost {
		return trt.Timing{}, trt.Failf(c, "simulated while timing %s", e.model.ID)
	}
	if err := d.clock.Sleep(ctx, warmUp); err != nil {
		return trt.Timing{}, err
	}
	e.timed++
	rng := d.random(e.model.ID, "noise", 1000*e.build+e.timed)
	var t trt.Timing
	begun := d.clock.now
	next := begun
	for range n {
		if !d.clock.now.Before(next) {
			t.Health = append(t.Health, e.health())
			next = d.clock.now.Add(healthEvery)
		}
		sample := time.Duration(float64(e.truth) * d.slowdown() * math.Exp(d.flaws.Noise*rng.NormFloat64()))
		t.Samples = append(t.Samples, max(sample, 1))
		d.clock.now = d.clock.now.Add(sample)
	}
	t.Health = append(t.Health, e.health())
	return t, d.clock.wait(ctx, d.clock.now.Sub(begun))
}

// throttled tells whether a throttling episode is under way.
func (d *Device) throttled() bool {
	since := d.clock.now.Sub(d.begun)
	return since >= d.flaws.ThrottleAfter && since < d.flaws.ThrottleAfter+d.flaws.ThrottleFor
}

// throttledSpeed is what is left of the clock in an episode.
const throttledSpeed = 0.7

func (d *Device) slowdown() float64 {
	factor := 1 + d.flaws.Drift*d.clock.now.Sub(d.begun).Hours()
	if d.throttled() {
		factor /= throttledSpeed
	}
	return factor
}

// Clocks, temperatures and power of a T4 at work, which draws 70 W at most.
func (e *engine) health() trt.Health {
	d := e.device
	watts := min(70, 62*math.Exp(powerSpread*d.random(e.model.ID, "power", 0).NormFloat64()))
	h := trt.Health{SMClockMHz: 1590, MemClockMHz: 5000, TemperatureC: 65, PowerW: math.Round(watts), Processes: 1}
	if d.throttled() && !d.flaws.Blind {
		h.SMClockMHz, h.TemperatureC, h.Throttle = int(1590*throttledSpeed), 92, trt.ThrottleSWThermal
	}
	return h
}

// powerSpread is by how much, in logarithms, networks differ in the power that
// they draw.
const powerSpread = 0.1

// Outputs implements trt.Engine: ten values that belong to the network, wrong
// in fp16 where that is planted.
func (e *engine) Outputs(ctx context.Context, _ trt.Tensor) ([]trt.Tensor, error) {
	rng := e.device.random(e.model.ID, "outputs", 0)
	data := make([]float32, 10)
	for i := range data {
		data[i] = float32(rng.NormFloat64())
	}
	if e.device.failure(e.model.ID, e.build) == trt.WrongOutput && e.spec.Precision == trt.FP16 {
		slices.Reverse(data)
	}
	return []trt.Tensor{{TensorType: trt.TensorType{Name: "logits", Shape: []int{1, len(data)}}, Data: data}}, ctx.Err()
}

// Profile implements trt.Engine: the network as one layer.
func (e *engine) Profile(ctx context.Context) ([]trt.Layer, error) {
	return []trt.Layer{{Name: "simulated", Time: e.truth}}, ctx.Err()
}

var _ trt.Backend = (*Device)(nil)
