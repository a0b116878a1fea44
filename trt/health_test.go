package trt

import (
	"strings"
	"testing"
)

func TestSteady(t *testing.T) {
	at := func(mhz int, throttle Throttle) Health {
		return Health{SMClockMHz: mhz, Throttle: throttle, Processes: 1}
	}
	for name, test := range map[string]struct {
		health []Health
		says   string // empty for steady
	}{
		"none":                 {nil, ""},
		"steady":               {[]Health{at(1590, 0), at(1575, 0)}, ""},
		"unknown clocks":       {[]Health{at(0, 0), at(1590, 0)}, ""},
		"clocks move":          {[]Health{at(1590, 0), at(1500, 0)}, "moved between 1500 and 1590 MHz"},
		"at the power cap":     {[]Health{at(1590, ThrottlePowerCap), at(1200, ThrottlePowerCap)}, ""},
		"too hot":              {[]Health{at(1590, ThrottlePowerCap|ThrottleSWThermal)}, "software thermal slowdown"},
		"idle, app clocks":     {[]Health{at(1590, ThrottleIdle|ThrottleAppClocks)}, ""},
		"another process came": {[]Health{at(1590, 0), {SMClockMHz: 1590, Processes: 3}}, "2 other processes"},
	} {
		err := (&Bench{}).steady(Restless, test.health)
		if (err == nil) != (test.says == "") || err != nil && (!strings.Contains(err.Error(), test.says) || ClassOf(err) != Restless) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	if got := (ThrottlePowerCap | ThrottleSync).String(); got != "power cap, sync boost" {
		t.Errorf("throttle reasons %q", got)
	}
}
