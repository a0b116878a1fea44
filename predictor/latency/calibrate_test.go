package latency_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
)

// Scaled constants give the reference network the time that was measured,
// however much faster or slower the device is, and leave traffic factors and
// overheads alone.
func TestScaled(t *testing.T) {
	p, list := open(t), kernels(t, "ResNet101", 224)
	for _, factor := range []float64{0.02, 0.5, 1, 3, 100} {
		ms := p.Constants.Sum(list, 8) * factor
		c, err := p.Scaled(latency.Sample{Network: "ResNet101", Kernels: list, Batch: 8, MS: ms})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Sum(list, 8); !near(got, ms, 1e-9) {
			t.Errorf("times %v: %v ms, want %v", factor, got, ms)
		}
		rates, bandwidth := c[latency.GEMMRate]/p.Constants[latency.GEMMRate], c[latency.Bandwidth]/p.Constants[latency.Bandwidth]
		if !near(rates, bandwidth, 1e-9) || c[latency.CopyTraffic] != p.Constants[latency.CopyTraffic] || c[latency.TileOverhead] != p.Constants[latency.TileOverhead] {
			t.Errorf("times %v: %v from %v", factor, c, p.Constants)
		}
	}
	if _, err := p.Scaled(latency.Sample{Network: "ResNet101", Kernels: list, Batch: 8, MS: 1e9}); err == nil || !strings.Contains(err.Error(), "ResNet101") {
		t.Errorf("a million seconds: %v, want an error that names the network", err)
	}
}

func TestPriorsOfAnotherDeviceAreWider(t *testing.T) {
	ref := latency.Sample{Network: "ResNet101", Kernels: kernels(t, "ResNet101", 224), Batch: 8, MS: 1}
	priors, err := open(t).Priors(ref)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range latency.T4Priors() {
		if priors[i].Name != p.Name || priors[i].LogSD <= p.LogSD {
			t.Errorf("%s: %+v, of the T4 %+v", p.Name, priors[i], p)
		}
	}
	c := priors.Centre()
	if got := c.Sum(ref.Kernels, 8); !near(got, 1, 1e-9) {
		t.Errorf("their centre gives the reference %v ms, want 1", got)
	}
}

func calibrated(t *testing.T, n int, device int64) (*latency.Profile, latency.CalibrationReport, *simulation) {
	t.Helper()
	sim := newSimulation(open(t), device)
	ref := sim.measure("reference", kernels(t, "ResNet101", 224))
	as := latency.Profile{
		Name: "simulated-x", Device: "x", Runtime: "none", Precision: latency.FP16, Batch: 8, Resolution: [2]int{224, 224},
		Origin: latency.Origin{Source: latency.Simulated, Space: "trt-vit"},
	}
	p, report, err := open(t).Calibrate(as, ref, sim.measured(sampled(t, "trt-vit", n, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return p, report, sim
}

// Over several devices unlike the T4, the errors that the reports foretell, and
// the intervals, hold for networks that were not measured. The hidden error of
// 5 % is a mean of 4 %. For one device the share in the interval is known to
// some 8 points only, for the mean to 3.
func TestCalibrationKnowsItsError(t *testing.T) {
	const devices = 8
	test := sampled(t, "trt-vit", 100, 2)
	var foretold, found, scaled, inside float64
	for seed := range int64(devices) {
		p, report, sim := calibrated(t, 20, seed)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		foretold += report.Calibrated[1].MAPE / devices
		scaled += report.Scaled.MAPE / devices
		for _, s := range sim.measured(test) {
			e, err := p.Predict(s.Kernels, at(8, 224))
			if err != nil || e.Extrapolated {
				t.Fatalf("%+v, %v under the profile's own conditions", e, err)
			}
			found += math.Abs(e.Value/s.MS-1) / devices / float64(len(test))
			if e.Low <= s.MS && s.MS <= e.High {
				inside += 1. / devices / float64(len(test))
			}
		}
	}
	t.Logf("MAPE foretold %.3f, found %.3f, scaled only %.3f; %.2f in the 80 %% interval", foretold, found, scaled, inside)
	if found > 0.06 || math.Abs(foretold-found) > 0.01 || scaled < 2*found {
		t.Errorf("MAPE foretold %.3f, found %.3f, with scaling only %.3f", foretold, found, scaled)
	}
	if inside < 0.72 || inside > 0.9 {
		t.Errorf("%.2f of the networks held out are in their 80 %% interval", inside)
	}
}

func TestCalibrationIsJudgedOnTheWay(t *testing.T) {
	_, report, _ := calibrated(t, 25, 0)
	var on []int
	for _, c := range report.Calibrated {
		on = append(on, c.On)
	}
	if want := []int{10, 20, 25}; !reflect.DeepEqual(on, want) {
		t.Errorf("judged on %v networks, want %v", on, want)
	}
	if _, _, err := open(t).Calibrate(latency.Profile{}, latency.Sample{}, nil); err == nil || !strings.Contains(err.Error(), "at least 10") {
		t.Errorf("on no networks: %v", err)
	}
}

func TestFileRoundTrip(t *testing.T) {
	p, report, _ := calibrated(t, 10, 0)
	for name, f := range map[string]latency.File{"calibrated": latency.NewFile(*p, &report), "built in": latency.NewFile(*open(t), nil)} {
		var first, second bytes.Buffer
		path := filepath.Join(t.TempDir(), "p.json")
		if err := f.Write(&first); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, first.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		back, err := latency.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Write(&second); err != nil {
			t.Fatal(err)
		}
		if second.String() != first.String() || !reflect.DeepEqual(back.Report, f.Report) {
			t.Errorf("%s: written\n%s\nread back\n%s", name, &first, &second)
		}
	}
}

func TestBadFiles(t *testing.T) {
	p, _, _ := calibrated(t, 10, 0)
	var good bytes.Buffer
	if err := latency.NewFile(*p, nil).Write(&good); err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) string {
		if !strings.Contains(good.String(), old) {
			t.Fatalf("no %q in %s", old, &good)
		}
		return strings.Replace(good.String(), old, new, 1)
	}
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "unexpected end"},
		{"not JSON", "name: t4", "invalid character"},
		{"cut off", good.String()[:300], "unexpected end"},
		{"a bare profile", `{"name": "t4"}`, "`trtnas profile export` writes it"},
		{"of a later version", swap("profile/1", "profile/2"), `"trtnas.profile/2"`},
		{"a field that it has not", swap(`"batch"`, `"bunch"`), `unknown field "bunch"`},
		{"no constants", `{"schema":"trtnas.profile/1","profile":{"name":"a","device":"a","runtime":"a","precision":"fp16","batch":1,"resolution":[1,1],"interval":{"level":0.8,"spread":1,"home":1}}}`, "constants are missing"},
		{"a constant of 0", swap(`"name": "conv_rate",`, `"name": "conv_rates",`), `"conv_rates" is unknown`},
		{"batch 0", swap(`"batch": 8`, `"batch": 0`), "batch 0"},
		{"another precision", swap(`"fp16"`, `"int8"`), `"int8"`},
		{"no name", swap(`"simulated-x"`, `""`), "name, device or runtime is missing"},
		{"simulated, under a device's name", swap(`"simulated-x"`, `"h100"`), "begins with simulated-"},
		{"measured, under a simulated name", swap(`"source": "simulated"`, `"source": "measured"`), "only the name of a simulated device"},
		{"of unknown origin", swap(`"source": "simulated"`, `"source": "guessed"`), "measured, simulated or published"},
		{"a certain interval", swap(`"level": 0.8`, `"level": 1`), "level between 0 and 1"},
	} {
		path := filepath.Join(t.TempDir(), "p.json")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := latency.ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want the path and %q", c.name, err, c.says)
		}
	}
	if _, err := latency.ReadFile(filepath.Join(t.TempDir(), "none.json")); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		source latency.Source
		device string
		want   string
	}{
		{latency.Measured, "NVIDIA H200", "nvidia-h200-fp16"},
		{latency.Measured, "NVIDIA RTX PRO 6000 (Blackwell)", "nvidia-rtx-pro-6000--blackwell-fp16"},
		{latency.Simulated, "sim:t4", "simulated-t4-fp16"},
	} {
		got := c.source.NameFor(c.device, latency.FP16)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.device, got, c.want)
		}
		if err := c.source.CheckName(got); err != nil {
			t.Errorf("%s: %v", c.device, err)
		}
	}
	for _, name := range []string{"", "t4", "local", "auto", "a/b", "sim:t4", "x.json", "simulated-t4", strings.Repeat("x", 101), "H200"} {
		if err := latency.Measured.CheckName(name); err == nil {
			t.Errorf("%q is allowed", name)
		}
	}
	if err := open(t).Validate(); err != nil {
		t.Error(err)
	}
}
