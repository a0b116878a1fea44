package replay_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/replay"
)

// driver is a device that gives what it is told.
type driver struct {
	device  trt.Device
	results map[string]error // nil is a measurement
}

func (d driver) Device() trt.Device { return d.device }
func (d driver) Close() error       { return nil }
func (d driver) Measure(_ context.Context, m trt.Model, _ trt.Spec) (trt.Measurement, error) {
	return measurement, d.results[m.ID]
}

var measurement = trt.Measurement{
	Median: trt.Interval{Value: 5, Low: 4, High: 6}, Samples: []time.Duration{4, 5, 6}, Checked: trt.CheckedORT, Attempts: 2,
	Reference: &trt.Drift{Baseline: 1, Before: 1, After: 1, Factor: 1}, Health: []trt.Health{{SMClockMHz: 1000, Throttle: trt.ThrottlePowerCap}},
}

var gpu = trt.Device{Name: "GPU", UUID: "GPU-1", Driver: "580", Library: trt.TensorRT, Version: "10.6.0", Access: trt.AccessPython, Typings: []trt.Typing{trt.Weak}}

func record(t *testing.T, folder string, d trt.Device) trt.Spec {
	t.Helper()
	spec := d.Conditions(trt.Spec{Precision: trt.FP16, Batch: 8})
	r := replay.Recorder{Folder: folder, Driver: driver{d, map[string]error{
		"b": trt.Failf(trt.OutOfMemory, "12 GiB wanted"),
		"c": trt.FatalError{Failure: trt.Failf(trt.NoDevice, "gone")},
		"d": context.Canceled,
	}}}
	for _, id := range []string{"a", "b", "c", "d"} {
		_, _ = r.Measure(t.Context(), trt.Model{ID: id}, spec)
	}
	return spec
}

// A replay gives what was measured, failures too, under the same conditions
// only; what ended the run was no result.
func TestReplay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "recordings")
	spec := record(t, folder, gpu)
	d, err := replay.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d.Device(), gpu) {
		t.Errorf("device %+v", d.Device())
	}
	got, err := d.Measure(t.Context(), trt.Model{ID: "a"}, spec)
	if err != nil || !reflect.DeepEqual(got, measurement) {
		t.Errorf("got %+v, %v", got, err)
	}
	other := spec
	other.Batch = 1
	for _, test := range []struct {
		id   string
		spec trt.Spec
		want trt.Class
	}{
		{"b", spec, trt.OutOfMemory}, {"c", spec, trt.NotRecorded}, {"d", spec, trt.NotRecorded}, {"a", other, trt.NotRecorded},
	} {
		if _, err := d.Measure(t.Context(), trt.Model{ID: test.id}, test.spec); trt.ClassOf(err) != test.want {
			t.Errorf("%s: %v, want %s", test.id, err, test.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	two := t.TempDir()
	record(t, two, gpu)
	newer := gpu
	newer.Driver = "590"
	record(t, two, newer)
	bad := func(text string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "x.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for folder, says := range map[string]string{
		t.TempDir():                            "no recordings",
		two:                                    "keep each device's in a folder of its own",
		bad("{"):                               "not a recording",
		bad(`{"schema":"trtnas.front/1"}`):     `schema "trtnas.front/1"`,
		bad(`{"schema":"trtnas.recording/1"}`): "a measurement or a failure",
	} {
		if _, err := replay.Open(folder); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if _, err := replay.Open("nowhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent folder: %v", err)
	}
}
