package live

import (
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/trt"
)

// clockwork is a time that a test moves.
type clockwork struct{ now time.Time }

func (c *clockwork) Now() time.Time { return c.now }

func (c *clockwork) pass(d time.Duration) { c.now = c.now.Add(d) }

func networkOf(id string, failed trt.Class) evaluator.Result {
	r := evaluator.Result{ID: id, Measurement: &trt.Measurement{
		Engine:    trt.EngineInfo{BuildTime: 21 * time.Second},
		Health:    []trt.Health{{SMClockMHz: 1590, TemperatureC: 65, PowerW: 68, Throttle: trt.ThrottlePowerCap}},
		Reference: &trt.Drift{Baseline: 1000, Before: 1000, After: 1030},
	}}
	r.Score.Latency = evaluator.Latency{Value: 6737 * time.Microsecond, Low: 6723 * time.Microsecond, High: 6756 * time.Microsecond, Level: 0.95, Source: evaluator.LatencyMeasured}
	r.Score.Accuracy = evaluator.Accuracy{Value: 83.29, Low: 82.4, High: 84.1, Level: 0.8, Source: evaluator.AccuracyPredicted}
	if failed != "" {
		r.Failure, r.Measurement = &evaluator.Failure{Class: failed, Message: "it\nfell\x1b[2J over"}, nil
	}
	return r
}

// measuring is a search of 40 networks after a generation of 16, of which one
// failed, and two more.
func measuring(c *clockwork) *Search {
	s := NewSearch(Run{Name: "night", Device: "Tesla T4, TensorRT 10.3.0", Budgets: []Budget{{"t4:b8", 10 * time.Millisecond}}, Resume: "trtnas resume night --db runs.db"}, c.Now)
	s.Begun(experiments.Progress{Budget: 40})
	for range 15 {
		c.pass(30 * time.Second)
		s.Measured(networkOf("aaaa", ""))
	}
	c.pass(30 * time.Second)
	s.Measured(networkOf("bbbb", trt.Crash))
	leader := networkOf("cccc", "")
	s.Generation(experiments.Progress{
		Generation: 1, Evaluated: 16, Budget: 40, Failed: 1, Known: 3, Hypervolume: 184.03, Front: 6,
		Fastest: 980 * time.Microsecond, Slowest: 6737 * time.Microsecond, Best: 82, Leader: &leader,
	})
	for range 2 {
		c.pass(30 * time.Second)
		s.Measured(networkOf("dddd", ""))
	}
	return s
}

func TestLines(t *testing.T) {
	c := &clockwork{start}
	s := measuring(c)
	const wideView = `night [==================                      ]  45 %  9:00
evaluated    18 of 40  1 failed  3 cached  2.0/min
time left    about 11:00  [11:00, 11:00] at 80 %
best         83.29 % top-1  [82.4, 84.1] at 80 %  predicted  cccc
its latency  6.737 ms  [6.723, 6.756] at 95 %  measured
front        6 networks  0.98 to 6.74 ms  budget 10ms
hypervolume  184.030  grew in the last round, 1:00
device       Tesla T4, TensorRT 10.3.0  built in 21 s  1590 MHz  65 C  68 W
             slowed: power cap  drift +3.0 %
last failure crash  bbbb  it fell [2J over`
	if got := texts(s.Lines(79)); got != wideView {
		t.Errorf("in 79 columns:\n%s\nwant:\n%s", got, wideView)
	}
	s.Stopping()
	c.pass(20 * time.Second)
	const narrow = `night [========           ]  45 %  9:20
stopping  finishing what is under way
  Ctrl-C again stops at once
  goes on with: trtnas resume night --d
  b runs.db
evaluated  18 of 40  1 failed  3 cached
  2.0/min
time left  about 10:40
  [10:40, 10:40] at 80 %
best  83.29 % top-1
  [82.4, 84.1] at 80 %  predicted  cccc
its latency  6.737 ms
  [6.723, 6.756] at 95 %  measured
front  6 networks  0.98 to 6.74 ms`
	if got := texts(s.Lines(39)); !strings.HasPrefix(got, narrow+"\n") {
		t.Errorf("in 39 columns:\n%s\nwant at first:\n%s", got, narrow)
	}
}

// Of a search with several budgets the best network has a latency for each.
func TestSeveralBudgets(t *testing.T) {
	c := &clockwork{start}
	s := measuring(c)
	s.run.Budgets = append(s.run.Budgets, Budget{"t4:b1", 3 * time.Millisecond})
	s.at.Leader.Beside = []evaluator.Latency{{Value: 2113 * time.Microsecond, Low: 2100 * time.Microsecond, High: 2127 * time.Microsecond, Level: 0.95, Source: evaluator.LatencyMeasured}}
	for width, want := range map[int]string{
		79: `
its latency  6.737 ms  [6.723, 6.756] at 95 %  measured  of 10ms for t4:b8
             2.113 ms  [2.100, 2.127] at 95 %  measured  of 3ms for t4:b1
front        6 networks  0.98 to 6.74 ms  budget 10ms, 3ms
`,
		39: `
its latency  6.737 ms
  [6.723, 6.756] at 95 %  measured
  of 10ms for t4:b8
  2.113 ms  [2.100, 2.127] at 95 %
  measured  of 3ms for t4:b1
front  6 networks  0.98 to 6.74 ms
  budget 10ms, 3ms
`,
	} {
		if got := texts(s.Lines(width)); !strings.Contains(got, want) {
			t.Errorf("in %d columns:\n%s\nwant in it:%s", width, got, want)
		}
	}
	s.at.Leader = nil
	if got := texts(s.Lines(79)); !strings.Contains(got, "nothing within 10ms, 3ms yet") {
		t.Errorf("without a network within the budgets:\n%s", got)
	}
}

func TestViewFits(t *testing.T) {
	c := &clockwork{start}
	s := measuring(c)
	s.run.Name = strings.Repeat("a long name ", 10)
	for width := 1; width < 200; width++ {
		for _, l := range s.Lines(width) {
			if n := l.columns(); n > width {
				t.Errorf("%q takes %d columns of %d", text(l), n, width)
			}
		}
	}
}

func TestBeginningAndEnd(t *testing.T) {
	c := &clockwork{start}
	s := NewSearch(Run{Name: "a", Device: "t4", Budgets: []Budget{{"t4:b8", 10 * time.Millisecond}}}, c.Now)
	empty := texts(s.Lines(79)) // before the run has begun
	s.Begun(experiments.Progress{Budget: 100})
	for _, says := range []string{"evaluated    0 of 100  0 failed  0 cached", "time left    not known yet", "best         nothing within 10ms yet"} {
		if got := texts(s.Lines(79)); !strings.Contains(got, says) {
			t.Errorf("at first:\n%s\nwant %q in it\nand before that:\n%s", got, says, empty)
		}
	}
	if got := texts(s.Lines(79)); strings.Contains(got, "out of range") {
		t.Errorf("nothing was rejected:\n%s", got)
	}
	s.Generation(experiments.Progress{Evaluated: 100, Budget: 100, Rejected: 7, Hypervolume: 1, Stalled: 60})
	for i := range 3 {
		s.Again(i, 12)
		c.pass(time.Minute)
	}
	for _, says := range []string{"100 of 100  0 failed  7 out of range  0 cached", "stalled: grew 60 networks ago", "finalists    2 of 12 builds timed again", "not known yet"} {
		if got := texts(s.Lines(79)); !strings.Contains(got, says) {
			t.Errorf("at the end:\n%s\nwant %q in it", got, says)
		}
	}
}
