package experiments

import (
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// A rebuild that fails for a moment's reason says nothing against a network,
// one that fails for the network's own does.
func TestCombine(t *testing.T) {
	good := func(ms time.Duration) store.Timing {
		return store.Timing{Measurement: &trt.Measurement{Median: trt.Interval{Value: ms * time.Millisecond, Low: (ms - 1) * time.Millisecond, High: (ms + 1) * time.Millisecond}}}
	}
	bad := func(c trt.Class) store.Timing { return store.Timing{Failure: &evaluator.Failure{Class: c}} }
	first := evaluator.Result{Score: evaluator.Score{Latency: evaluator.MeasuredLatency(*good(10).Measurement)}}
	for name, test := range map[string]struct {
		sessions []store.Timing
		ms       time.Duration // 0 for a failure
		source   evaluator.LatencySource
	}{
		"one":                  {[]store.Timing{good(10)}, 10, evaluator.LatencyMeasured},
		"two":                  {[]store.Timing{good(10), good(14)}, 12, evaluator.LatencyRemeasured},
		"three":                {[]store.Timing{good(10), good(14), good(11)}, 11, evaluator.LatencyRemeasured},
		"out of memory":        {[]store.Timing{good(10), bad(trt.OutOfMemory)}, 10, evaluator.LatencyMeasured},
		"out of memory, right": {[]store.Timing{good(10), bad(trt.OutOfMemory), good(14)}, 12, evaluator.LatencyRemeasured},
		"wrong output":         {[]store.Timing{good(10), bad(trt.WrongOutput)}, 0, ""},
	} {
		r := combine(first, sessions{{"": test.sessions}})
		if test.ms == 0 {
			if r.Failure == nil {
				t.Errorf("%s: no failure", name)
			}
			continue
		}
		if l := r.Score.Latency; r.Failure != nil || l.Value != test.ms*time.Millisecond || l.Source != test.source || l.Low > l.Value || l.High < l.Value {
			t.Errorf("%s: %+v, failure %v", name, l, r.Failure)
		}
	}
}
