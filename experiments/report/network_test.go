package report

import (
	"reflect"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Of sessions the view keeps figures and not samples, and of layers their sum
// at each place.
func TestSetTimings(t *testing.T) {
	ms := func(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
	measurement := func(v float64, layers []trt.Layer) *trt.Measurement {
		return &trt.Measurement{
			Median: trt.Interval{Value: ms(v), Low: ms(v - 1), High: ms(v + 1)}, Samples: []time.Duration{1, 2, 3}, Checked: trt.CheckedORT,
			Engine: trt.EngineInfo{Bytes: 5_000_000, BuildTime: 20 * time.Second}, Layers: layers,
		}
	}
	failure := &evaluator.Failure{Class: trt.Crash, Message: "gone"}
	var v NetworkView
	v.SetTimings([]store.Timing{
		{Session: 1, Measurement: measurement(10, []trt.Layer{{Place: "s2.b1", Time: ms(1)}, {Place: "", Time: ms(2)}, {Place: "s2.b1", Time: ms(5)}})},
		{Session: 2, Measurement: measurement(11, nil)},
		{Session: 3, Failure: failure},
	})
	if want := []LayerTime{{"s2.b1", 6, 0.75}, {"", 2, 0.25}}; !reflect.DeepEqual(v.Layers, want) {
		t.Errorf("layers %+v, want %+v", v.Layers, want)
	}
	if v.Rebuilt == nil || v.Rebuilt.Spread != 0.1 {
		t.Errorf("rebuilt %+v", v.Rebuilt)
	}
	first := SessionView{Median: 10, Low: 9, High: 11, Samples: 3, BuildS: 20, EngineMB: 5, Checked: "like ONNX Runtime's"}
	if len(v.Sessions) != 3 || !reflect.DeepEqual(v.Sessions[0], first) || v.Sessions[2].Failure != failure || v.Sessions[2].Samples != 0 {
		t.Errorf("sessions %+v", v.Sessions)
	}
}

// What held a clock back shows, and a reference that was not timed is no
// figure.
func TestHealthAdd(t *testing.T) {
	var h Health
	h.Add(time.Unix(7, 0), 3, &trt.Drift{Baseline: 100, Before: 101, After: 103}, []trt.Health{{SMClockMHz: 1500, TemperatureC: 60, PowerW: 70}, {SMClockMHz: 1200, TemperatureC: 65, PowerW: 60, Throttle: trt.ThrottlePowerCap}})
	h.Add(time.Unix(8, 0), 4, nil, nil)
	want := Health{
		Time: []int64{7, 8}, Candidate: []int{3, 4}, Reference: []float64{1.02, 0}, SMClockMHz: []int{1200, 0},
		TemperatureC: []int{65, 0}, PowerW: []float64{70, 0}, Throttle: []string{trt.ThrottlePowerCap.String(), ""},
	}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want %+v", h, want)
	}
}
