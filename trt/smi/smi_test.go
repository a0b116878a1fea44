package smi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// fakeFlaw in the environment makes the test binary an nvidia-smi with a flaw.
const fakeFlaw = "TRTNAS_FAKE_SMI"

func TestMain(m *testing.M) {
	if flaw := os.Getenv(fakeFlaw); flaw != "" {
		os.Exit(fake(flaw))
	}
	os.Exit(m.Run())
}

var values = map[string]string{
	"name": "NVIDIA H100 80GB HBM3", "uuid": "GPU-4a1e8c90-0000-1111-2222-333344445555", "compute_cap": "9.0",
	"memory.total": "81559", "driver_version": "580.82.07",
	"clocks.sm": "1980", "clocks.mem": "2619", "temperature.gpu": "41", "power.draw": "312.57",
	"clocks_event_reasons.active": "0x0000000000000004", "clocks_throttle_reasons.active": "0x0000000000000001",
}

// fields that only newer drivers have.
var newer = []string{"compute_cap", "clocks_event_reasons.active"}

func fake(flaw string) int {
	if file := os.Getenv("TRTNAS_FAKE_CALLS"); file != "" {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(f, strings.Join(os.Args[1:], " "))
	}
	query, looped := "", false
	for _, a := range os.Args[1:] {
		if q, ok := strings.CutPrefix(a, "--query-gpu="); ok {
			query = q
		}
		looped = looped || a == "--loop-ms=100"
	}
	switch flaw {
	case "mismatch":
		fmt.Println("Failed to initialize NVML: Driver/library version mismatch")
		return 18
	case "none":
		fmt.Println("No devices were found")
		return 6
	case "two":
		fmt.Print("a, b, c, d, e\na, b, c, d, e\n")
		return 0
	case "short":
		fmt.Println("a, b")
		return 0
	case "dies":
		if looped {
			fmt.Fprintln(os.Stderr, "Unable to determine the device handle for GPU0000:18:00.0: GPU is lost.  Reboot the system to recover this GPU")
			return 15
		}
	}
	if query == "" {
		if flaw == "alone" {
			fmt.Println("No running processes found")
			return 0
		}
		fmt.Print("1234, /usr/bin/python3, with a comma\n77, [Not Found]\n")
		return 0
	}
	return fakeQuery(flaw, strings.Split(query, ","), looped)
}

func fakeQuery(flaw string, fields []string, looped bool) int {
	for {
		var line []string
		for _, f := range fields {
			v, ok := values[f]
			switch {
			case f == "timestamp":
				v = time.Now().In(time.Local).Format("2006/01/02 15:04:05.000")
			case !ok || flaw == "old" && slices.Contains(newer, f) || flaw == "older" && strings.Contains(f, "reasons"):
				fmt.Printf("Field %q is not a valid field to query.\n\n", f)
				return 2
			case flaw == "unknown":
				v = "[N/A]"
			}
			line = append(line, v)
		}
		text := strings.Join(line, ", ") + "\n"
		fmt.Print(text[:5])
		if looped {
			time.Sleep(5 * time.Millisecond) // in the middle of a line
		}
		fmt.Print(text[5:])
		if !looped {
			return 0
		}
	}
}

func openFake(t *testing.T, flaw string) (*GPU, error) {
	t.Helper()
	t.Setenv(fakeFlaw, flaw)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // or each query takes a second more
	g, err := Open(t.Context(), os.Args[0], "0")
	if err == nil {
		t.Cleanup(func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return g, err
}

// healthOf waits for a reading.
func healthOf(t *testing.T, g *GPU) []trt.Health {
	t.Helper()
	begun := time.Now()
	for {
		h, err := g.Between(begun.Add(-time.Second), begun.Add(time.Hour))
		if err != nil || len(h) > 1 {
			if err != nil {
				t.Error(err)
			}
			return h
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatal("no reading")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestDeviceAndHealth(t *testing.T) {
	full := trt.Device{
		Name: "NVIDIA H100 80GB HBM3", UUID: "GPU-4a1e8c90-0000-1111-2222-333344445555", ComputeCapability: "9.0",
		MemoryBytes: 81559 << 20, Driver: "580.82.07", Others: []string{"1234 /usr/bin/python3, with a comma", "77"},
	}
	h := trt.Health{SMClockMHz: 1980, MemClockMHz: 2619, TemperatureC: 41, PowerW: 312.57, Throttle: trt.ThrottlePowerCap}
	old, idle, alone := full, h, full
	old.ComputeCapability, idle.Throttle, alone.Others = "", trt.ThrottleIdle, nil
	silent := h
	silent.Throttle = 0
	for _, test := range []struct {
		flaw   string
		device trt.Device
		health trt.Health
	}{
		{"none of them", full, h},
		{"alone", alone, h},
		{"old", old, idle},
		{"older", full, silent},
		{"unknown", trt.Device{Others: full.Others}, trt.Health{}},
	} {
		g, err := openFake(t, test.flaw)
		if err != nil {
			t.Fatalf("%s: %v", test.flaw, err)
		}
		if !reflect.DeepEqual(g.Device(), test.device) {
			t.Errorf("%s: device %+v", test.flaw, g.Device())
		}
		if got := healthOf(t, g); got[0] != test.health {
			t.Errorf("%s: health %+v", test.flaw, got[0])
		}
	}
}

// Readings are of the time that was asked for, whatever the time zone, and all
// from one process.
func TestBetween(t *testing.T) {
	t.Setenv("TZ", "Asia/Kolkata")
	calls := filepath.Join(t.TempDir(), "calls")
	t.Setenv("TRTNAS_FAKE_CALLS", calls)
	g, err := openFake(t, "alone")
	if err != nil {
		t.Fatal(err)
	}
	healthOf(t, g)
	now := time.Now()
	time.Sleep(100 * time.Millisecond)
	before, err1 := g.Between(now.Add(-time.Hour), now.Add(-time.Minute))
	in, err2 := g.Between(now, now.Add(50*time.Millisecond))
	after, err3 := g.Between(now.Add(time.Minute), now.Add(time.Hour))
	if errors.Join(err1, err2, err3) != nil || len(before) != 0 || len(in) == 0 || len(in) > 12 || len(after) != 0 {
		t.Errorf("%d before, %d in, %d after", len(before), len(in), len(after))
	}
	text, err := os.ReadFile(calls)
	if err != nil || strings.Count(string(text), "\n") != 4 || strings.Count(string(text), "--loop-ms=100") != 1 {
		t.Errorf("calls, %v:\n%s", err, text)
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		flaw  string
		class trt.Class
		text  string
	}{
		{"mismatch", trt.Incompatible, "Driver/library version mismatch"},
		{"none", trt.NoDevice, "No devices were found"},
		{"two", trt.NoDevice, "has 2 GPUs"},
		{"short", trt.Incompatible, `answers "a, b"`},
	} {
		if _, err := openFake(t, test.flaw); trt.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: got %v", test.flaw, err)
		}
	}
	if _, err := Open(t.Context(), "/nowhere/nvidia-smi", "0"); trt.ClassOf(err) != trt.Incomplete || !strings.Contains(err.Error(), "NVIDIA's driver") {
		t.Errorf("no program: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, os.Args[0], "0"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWatchDies(t *testing.T) {
	g, err := openFake(t, "dies")
	if err != nil {
		t.Fatal(err)
	}
	<-g.watch.Done()
	if _, err := g.Between(time.Now(), time.Now()); err == nil || !strings.Contains(err.Error(), "GPU is lost") {
		t.Errorf("got %v", err)
	}
}

// A short span has the reading before it, if that is not too old.
func TestShortSpan(t *testing.T) {
	var r readings
	if _, err := r.Write([]byte("2026/11/25 10:00:00.000, 1, 0, 0, 0\n2026/11/25 10:00:00.100, 2, 0, 0, 0\n2026/11/25 10:00:00.200, 3, 0, 0, 0\n")); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		from, to time.Duration // from start
		clocks   []int
	}{
		{0, 150 * time.Millisecond, []int{1, 2}},
		{110 * time.Millisecond, 190 * time.Millisecond, []int{2}},
		{210 * time.Millisecond, 220 * time.Millisecond, []int{3}},
		{time.Second, 2 * time.Second, nil},
		{-time.Second, -time.Millisecond, nil},
	} {
		var clocks []int
		for _, h := range r.between(start.Add(test.from), start.Add(test.to)) {
			clocks = append(clocks, h.SMClockMHz)
		}
		if !slices.Equal(clocks, test.clocks) {
			t.Errorf("%v to %v: %v, want %v", test.from, test.to, clocks, test.clocks)
		}
	}
}

func TestReadingsAreBounded(t *testing.T) {
	var r readings
	line := "2026/11/25 02:57:28.123, 1, 2, 3, 4\nInsufficient Permissions\n2026/11/25, 1, 2, 3, 4\n"
	for range 2*kept + 1 {
		if _, err := r.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.all) != kept || r.rest != "" {
		t.Errorf("%d readings, %q", len(r.all), r.rest)
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]float64{"12.5": 12.5, " 3": 3, "[N/A]": 0, "[Not Supported]": 0, "N/A": 0, "-1": 0, "NaN": 0, "1e99": 0, "": 0} {
		if got := number(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
