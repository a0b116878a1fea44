package experiments_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

func calibration(t testing.TB, networks int) experiments.Calibration {
	return experiments.Calibration{Space: settings(t).Space, Networks: networks}
}

// simulate opens a simulated T4 that counts the builds of each network.
func simulate(t testing.TB, f sim.Flaws) (d *device.Device, builds map[string]int) {
	t.Helper()
	builds = map[string]int{}
	if f.Fail == nil {
		f.Fail = func(string, int) trt.Class { return "" }
	}
	fail := f.Fail
	f.Fail = func(id string, build int) trt.Class {
		builds[id] = max(builds[id], build)
		return fail(id, build)
	}
	d, err := device.Simulate(settings(t).Spec, "t4", f, device.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, builds
}

func calibrate(t *testing.T, st *store.Store, d *device.Device, c experiments.Calibration) string {
	t.Helper()
	f, err := experiments.Calibrate(ctx, st, d, c)
	if err != nil {
		t.Fatal(err)
	}
	return text(t, f)
}

func text(t *testing.T, f latency.File) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A calibration finds the error that the device was given, 4 % on average for
// a spread of 5 %, as far as it can't be learned: what a network has of its own
// as it is, what networks have in common in part.
func TestCalibrationFindsHiddenError(t *testing.T) {
	for _, c := range []struct {
		name      string
		flaws     sim.Flaws
		low, high float64
	}{
		{"of its own", sim.Flaws{Rough: 0.05, Noise: 0.01}, 0.03, 0.055},
		{"in common", sim.Flaws{Error: 0.05, Noise: 0.01}, 0.005, 0.045},
	} {
		d, _ := simulate(t, c.flaws)
		f, err := experiments.Calibrate(ctx, openStore(t, filepath.Join(t.TempDir(), "x.db")), d, calibration(t, 40))
		if err != nil {
			t.Fatal(err)
		}
		last := f.Report.Calibrated[len(f.Report.Calibrated)-1]
		if last.On != 40 || last.MAPE < c.low || last.MAPE > c.high || last.MAPE > f.Report.Scaled.MAPE || last.Tau < 0.9 {
			t.Errorf("%s: %+v, scaled %+v; want a MAPE of %v to %v", c.name, last, f.Report.Scaled, c.low, c.high)
		}
	}
}

// A profile says that it is simulated wherever its name appears, and what is
// predicted by it is kept apart from all else.
func TestSimulatedProfile(t *testing.T) {
	d, _ := simulate(t, sim.Flaws{})
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	f, err := experiments.Calibrate(ctx, st, d, calibration(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	p := f.Profile
	origin := latency.Origin{Source: latency.Simulated, Driver: "simulated", Builder: "weak typing, optimization level 3", Output: "classifier", Space: "trt-vit"}
	if p.Name != "simulated-t4-fp16" || p.Device != "sim:t4" || p.Runtime != "TensorRT simulated" || p.Rows != 11 || p.Batch != 8 || p.Resolution != [2]int{224, 224} || p.Origin != origin {
		t.Errorf("%+v", p)
	}
	path := filepath.Join(t.TempDir(), "p.json")
	writeProfile(t, path, f)
	models, err := device.Models(trt.Spec{Device: path, Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}})
	if err != nil {
		t.Fatal(err)
	}
	t4, err := device.Models(settings(t).Spec)
	if err != nil {
		t.Fatal(err)
	}
	if c := models.Conditions(); c.Device != p.Name || c.TensorRT != "simulated" || c.Latency == t4.Conditions().Latency {
		t.Errorf("%+v", c)
	}
}

// Stopped after any network and begun again, a calibration measures nothing
// twice and ends with the same bytes.
func TestCalibrationGoesOn(t *testing.T) {
	flaws := sim.Flaws{Rough: 0.05, Fail: func(id string, _ int) trt.Class {
		if id[0] == '0' { // a sixteenth of them
			return trt.OutOfMemory
		}
		return ""
	}}
	d, whole := simulate(t, flaws)
	want := calibrate(t, openStore(t, filepath.Join(t.TempDir(), "whole.db")), d, calibration(t, 12))
	for _, stop := range []int{1, 7, 12} {
		path := filepath.Join(t.TempDir(), "stopped.db")
		first, before := simulate(t, flaws)
		short, cancel := context.WithCancel(ctx)
		c := calibration(t, 12)
		c.Measured = func(s experiments.CalibrationStep) {
			if s.Done == stop && stop < 12 {
				cancel()
			}
		}
		if _, err := experiments.Calibrate(short, openStore(t, path), first, c); stop < 12 && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
		cancel()
		second, after := simulate(t, flaws)
		c.Measured = nil
		if got := calibrate(t, openStore(t, path), second, c); got != want {
			t.Errorf("stopped after %d: %s\nwant %s", stop, got, want)
		}
		for id, n := range after {
			before[id] = max(before[id], n)
			if n > 0 && whole[id] == 0 {
				t.Errorf("%s was measured only by the stopped one", id)
			}
		}
		if !maps.Equal(before, whole) {
			t.Errorf("stopped after %d: builds %v, want %v", stop, before, whole)
		}
	}
}

// What was recorded gives the same profile, with the label of its recording.
func TestCalibrateFromRecordings(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "recordings")
	run := func(name string, tools device.Tools) string {
		d, err := device.Open(ctx, settings(t).Spec, device.Options{Name: name}, tools)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		return calibrate(t, openStore(t, filepath.Join(t.TempDir(), "x.db")), d, calibration(t, 10))
	}
	recorded := run("sim:t4", device.Tools{Record: folder})
	if replayed := run("replay:"+folder, device.Tools{}); replayed != recorded {
		t.Errorf("recorded %s\nreplayed %s", recorded, replayed)
	}
	if !strings.Contains(recorded, `"source": "simulated"`) {
		t.Errorf("no label in %s", recorded)
	}
}

func TestCalibrationRefuses(t *testing.T) {
	st := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	d, _ := simulate(t, sim.Flaws{})
	calibrate(t, st, d, calibration(t, 10))
	for _, c := range []struct {
		name string
		with func(*experiments.Calibration)
		says string
	}{
		{"too few", func(c *experiments.Calibration) { c.Networks = 9 }, "need at least 10"},
		{"too many", func(c *experiments.Calibration) { c.Networks, c.Name = 5000, "simulated-x" }, "choose fewer --networks"},
		{"a built-in name", func(c *experiments.Calibration) { c.Name = "t4" }, "built-in profile"},
		{"a device's name for a simulation", func(c *experiments.Calibration) { c.Name = "h100" }, "begins with simulated-"},
		{"another one of that name", func(c *experiments.Calibration) { c.Networks = 11 }, "is of 10 networks of trt-vit"},
		{"another seed", func(c *experiments.Calibration) { c.Seed = 1 }, "replace it with --force"},
	} {
		wanted := calibration(t, 10)
		c.with(&wanted)
		wanted.Measured = func(experiments.CalibrationStep) { t.Errorf("%s: it measures", c.name) }
		var unusable experiments.Unusable
		if _, err := experiments.Calibrate(ctx, st, d, wanted); !errors.As(err, &unusable) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	again := calibration(t, 11)
	again.Replace = true
	if got := calibrate(t, st, d, again); !strings.Contains(got, `"rows": 12`) {
		t.Errorf("replaced by %s", got)
	}
	broken, _ := simulate(t, sim.Flaws{Fail: func(string, int) trt.Class { return trt.InvalidNetwork }})
	if _, err := experiments.Calibrate(ctx, openStore(t, filepath.Join(t.TempDir(), "y.db")), broken, calibration(t, 10)); err == nil || !strings.Contains(err.Error(), "reference network") {
		t.Errorf("nothing can be built: %v", err)
	}
}

// A search that predicts by a stored profile shows the published networks as
// that profile has them, and none when it was replaced.
func TestSearchByStoredProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	st := openStore(t, path)
	d, _ := simulate(t, sim.Flaws{Rough: 0.3})
	f, err := experiments.Calibrate(ctx, st, d, calibration(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	s := settings(t)
	s.Device.Name, s.Budget, s.Evaluations = f.Profile.Name, experiments.Duration(20*time.Millisecond), 60
	predicting, err := device.Open(ctx, s.Spec, s.Device, device.Tools{Profiles: experiments.StoredProfiles(ctx, path)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := experiments.NewPlan(ctx, "run", s, predicting)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (experiments.Lab{Store: st}).Search(ctx, p); err != nil {
		t.Fatal(err)
	}
	front, err := experiments.Front(ctx, st, "run")
	if err != nil || front.Conditions.Device != f.Profile.Name || len(front.References) == 0 {
		t.Fatalf("%v, %d references, %+v", err, len(front.References), front.Conditions)
	}
	f.Profile.Constants[latency.Launch] *= 2
	if err := experiments.SaveProfile(ctx, st, f, true); err != nil {
		t.Fatal(err)
	}
	front, err = experiments.Front(ctx, st, "run")
	if err != nil || len(front.References) != 0 || len(front.LeftOut) != 1 || !strings.Contains(front.LeftOut[0].Reason, "not the one any more") {
		t.Errorf("%v, %d references, %+v", err, len(front.References), front.LeftOut)
	}
	if _, err := experiments.StoredProfiles(ctx, path)("h100"); err == nil || !strings.Contains(err.Error(), f.Profile.Name) {
		t.Errorf("an unknown profile: %v, want the names that there are", err)
	}
}

func writeProfile(t *testing.T, path string, f latency.File) {
	t.Helper()
	w, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Write(w), w.Close()); err != nil {
		t.Fatal(err)
	}
}
