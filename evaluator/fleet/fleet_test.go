package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

const patience = 300 * time.Millisecond

var spec = trt.Spec{Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}

// gpu is a made-up device: a network's latency is a function of its ID and the
// session.
type gpu struct {
	name    string
	spec    trt.Spec
	session int
	wait    func() // while it measures
	broken  bool
	begun   *atomic.Int32
	told    func(id string) // of each network
}

func (g *gpu) Conditions() evaluator.Conditions {
	d := trt.Device{Name: g.name, Driver: "1", Library: trt.TensorRT, Version: "10"}
	return evaluator.Conditions{Spec: d.Conditions(g.spec), Latency: string(trt.AccessTrtexec)}
}

func (g *gpu) Network(_ context.Context, n evaluator.Network) (evaluator.Result, error) {
	if g.begun != nil {
		g.begun.Add(1)
	}
	if g.told != nil {
		g.told(n.ID())
	}
	if g.broken {
		return evaluator.Result{}, errors.New("the GPU has fallen off the bus")
	}
	if g.wait != nil {
		g.wait()
	}
	m := trt.Measurement{Checked: trt.CheckedORT}
	for range 3 {
		m.Samples = append(m.Samples, latency(n.ID(), g.session))
	}
	m.Median = trt.MedianOf(m.Samples)
	return evaluator.Result{ID: n.ID(), Measurement: &m}, nil
}

func latency(id string, session int) time.Duration {
	h := fnv.New32()
	fmt.Fprint(h, id, session)
	return time.Duration(h.Sum32()%1e6+1) * time.Microsecond
}

func (g *gpu) Renew(context.Context) error { g.session++; return nil }
func (g *gpu) Close() error                { return nil }

// bench is a server with its workers.
type bench struct {
	t      *testing.T
	server *embed.Server
	talk   func(string)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &bench{t, s, func(text string) { t.Log(text) }}
}

func (b *bench) connect() *fleet.Queue {
	b.t.Helper()
	q, err := fleet.Connect(b.t.Context(), b.server.Access, patience)
	if err != nil {
		b.t.Fatal(err)
	}
	q.Talk = b.talk
	b.t.Cleanup(func() { q.Close() })
	return q
}

// worker runs until stop is called, which returns its error.
func (b *bench) worker(name string, g gpu) (q *fleet.Queue, stop func() error) {
	b.t.Helper()
	q = b.connect()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	w := &fleet.Worker{Name: name, Queue: q, Open: func(_ context.Context, s trt.Spec) (fleet.Device, error) {
		device := g
		device.spec, device.session = s, 1
		return &device, nil
	}}
	go func() { ended <- w.Run(ctx, spec) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	b.t.Cleanup(func() { stop() })
	return q, stop
}

func (b *bench) fleet(session int) *fleet.Fleet {
	b.t.Helper()
	q := b.connect()
	f, err := q.Gather(b.t.Context(), func(fleet.Fingerprint) bool { return true })
	if err != nil {
		b.t.Fatal(err)
	}
	workers, err := fleet.New(q, f, spec, session, accuracy.Default())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { workers.Close() })
	return workers
}

func archs(t *testing.T, n int) []space.Arch {
	t.Helper()
	s, err := space.Load("open")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(1))
	all := make([]space.Arch, n)
	for i := range all {
		all[i] = s.Decode(s.Sample(rng))
	}
	return all
}

// check compares results with what the device gives in the session.
func check(t *testing.T, archs []space.Arch, results []evaluator.Result, session int) {
	t.Helper()
	if len(results) != len(archs) {
		t.Fatalf("%d results for %d networks", len(results), len(archs))
	}
	for i, r := range results {
		want := latency(archs[i].ID(), session)
		l := r.Score.Latency
		if r.Failure != nil || r.ID != archs[i].ID() || r.Arch != archs[i] || l.Value != want || l.Source != evaluator.LatencyMeasured || r.Score.Params == 0 || r.Score.Accuracy.Source != evaluator.AccuracyPredicted {
			t.Errorf("result %d is %+v, want network %s of %v", i, r, archs[i].ID(), want)
		}
	}
}

func jitter() { time.Sleep(time.Duration(rand.Intn(20)) * time.Millisecond) }

func sleeping(d time.Duration) func() { return func() { time.Sleep(d) } }

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came so far")
		}
	}
}

// In whatever order workers are done, results come in the order of the batch.
func TestOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			b := newBench(t)
			var begun atomic.Int32
			for i := range workers {
				b.worker(fmt.Sprint("w", i), gpu{name: "T4", wait: jitter, begun: &begun})
			}
			all := archs(t, 24)
			results, err := b.fleet(1).Evaluate(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			check(t, all, results, 1)
			if n := int(begun.Load()); n != len(all) {
				t.Errorf("%d measurements of %d networks", n, len(all))
			}
		})
	}
}

// What takes the longest is measured first.
func TestLongestFirst(t *testing.T) {
	b := newBench(t)
	all := archs(t, 12)
	blocks := map[string]int{}
	for _, a := range all {
		for _, s := range a.Stages {
			blocks[a.ID()] += s.Depth
		}
	}
	var order []int
	free := make(chan bool)
	b.worker("w", gpu{name: "T4", wait: func() { <-free }, told: func(id string) { order = append(order, blocks[id]) }})
	time.AfterFunc(patience/2, func() { close(free) }) // by then all are queued
	results, err := b.fleet(1).Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if !slices.IsSortedFunc(order, func(a, b int) int { return b - a }) || len(order) != len(all) {
		t.Errorf("networks of %v blocks, in this order", order)
	}
}

// A network of a worker that went without a word is measured by another.
func TestWorkerDies(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	hung := make(chan bool)
	dying, _ := b.worker("dying", gpu{name: "T4", begun: &begun, wait: func() { <-hung }})
	t.Cleanup(func() { close(hung) })
	go func() {
		for begun.Load() == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		dying.Close()
		b.worker("living", gpu{name: "T4"})
	}()
	all := archs(t, 3)
	results, err := b.fleet(1).Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if begun.Load() != 1 {
		t.Errorf("the dying worker began %d networks, want 1", begun.Load())
	}
}

// A worker whose device is broken ends and says why; its network goes on.
func TestBrokenDevice(t *testing.T) {
	b := newBench(t)
	_, stop := b.worker("broken", gpu{name: "T4", broken: true})
	f := b.fleet(1)
	time.AfterFunc(patience, func() { b.worker("living", gpu{name: "T4"}) })
	all := archs(t, 2)
	results, err := f.Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if err := stop(); err == nil || !strings.Contains(err.Error(), "fallen off the bus") {
		t.Errorf("the broken worker ended with %v", err)
	}
	q := b.connect()
	eventually(t, func() bool {
		m, err := q.Workers(t.Context())
		return err == nil && len(m) == 2 && m[0].State == fleet.Gone && strings.Contains(m[0].Why, "fallen off") && m[1].State == fleet.Idle && m[1].Done == 2
	})
}

// A build that takes longer than the patience is not given to another.
func TestLongJobsKeepTheirWorker(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	for _, name := range []string{"a", "b"} {
		b.worker(name, gpu{name: "T4", begun: &begun, wait: sleeping(3 * patience)})
	}
	all := archs(t, 1)
	results, err := b.fleet(1).Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if begun.Load() != 1 {
		t.Errorf("it was measured %d times", begun.Load())
	}
}

// A further session builds anew; the first can be asked for again.
func TestSessions(t *testing.T) {
	b := newBench(t)
	b.worker("w", gpu{name: "T4"})
	all := archs(t, 4)
	for i, session := range []int{1, 2, 1, 3} {
		// Others each time, since outcomes are kept.
		results, err := b.fleet(session).Evaluate(t.Context(), all[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		check(t, all[i:i+1], results, session)
	}
}

// What was measured while no search was there is found by the next one.
func TestOutcomeWaits(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	_, stop := b.worker("w", gpu{name: "T4", begun: &begun, wait: sleeping(patience)})
	all := archs(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	f := b.fleet(1)
	time.AfterFunc(patience/2, cancel)
	if _, err := f.Evaluate(ctx, all); !errors.Is(err, context.Canceled) {
		t.Fatalf("a search that was stopped: %v", err)
	}
	if err := stop(); err != nil { // finishes what it began
		t.Fatal(err)
	}
	results, err := f.Evaluate(t.Context(), all) // there is no worker now
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if begun.Load() != 1 {
		t.Errorf("it was measured %d times", begun.Load())
	}
}

// A search that is stopped takes back what no worker began.
func TestWithdrawn(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	_, stop := b.worker("first", gpu{name: "T4"})
	f := b.fleet(1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := f.Evaluate(ctx, archs(t, 4)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	b.worker("second", gpu{name: "T4", begun: &begun})
	time.Sleep(2 * patience)
	if n := begun.Load(); n != 0 {
		t.Errorf("%d networks were measured that nobody waits for", n)
	}
}

func TestMixedFleetIsRefused(t *testing.T) {
	b := newBench(t)
	b.worker("a", gpu{name: "Tesla T4"})
	b.worker("b", gpu{name: "A10"})
	q := b.connect()
	eventually(t, func() bool { members, err := q.Workers(t.Context()); return err == nil && len(members) == 2 })
	_, err := q.Gather(t.Context(), func(fleet.Fingerprint) bool { return true })
	if !errors.Is(err, fleet.ErrMixed) || !strings.Contains(err.Error(), "a: Tesla T4, driver 1, TensorRT 10") || !strings.Contains(err.Error(), "b: A10") {
		t.Errorf("%v", err)
	}
	if f, err := q.Gather(t.Context(), func(f fleet.Fingerprint) bool { return f.Device == "A10" }); err != nil || f.Device != "A10" {
		t.Errorf("%v, %v", f, err)
	}
}
