package sim

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// Flaws are how a simulated device differs from its model. The zero Flaws are
// none, and builds that take no time.
type Flaws struct {
	Noise float64 // standard deviation of a sample, as a share
	// Error is the standard deviation of the device against its model, as a share,
	// smooth in the architecture: networks alike err alike. It is the truth's
	// business (see Truth). Rough is what each network adds of its own.
	Error, Rough float64
	BuildSpread  float64 // of builds of one network against each other
	Drift        float64 // by which the device becomes slower in an hour, as a share

	// An episode of thermal throttling, by the time since the start. A blind
	// device does not tell of it.
	ThrottleAfter, ThrottleFor time.Duration
	Blind                      bool

	BuildTime  time.Duration // median of a build
	TimeSpread float64       // of builds' times, as the standard deviation of their logarithm
	// Pace is the share of the simulated time that really passes; 0 is none.
	Pace float64

	// Shares of the networks that fail, by the way in which they do.
	Invalid, OutOfMemory, Timeout, Crash, Lost, Wrong float64
	// Fail plants failures by network and number of its build, instead of by
	// shares; empty is none.
	Fail func(id string, build int) trt.Class

	Seed int64
}

// Default flaws are those of a well-kept GPU: noise of 1 %, 1 % between
// builds, networks 8 % off the model and 2 % more each in a way of its own
// (assumed; the T4's profile errs by 15 % on families that it has not seen),
// and builds of 20 s that differ by 30 %.
func Default() Flaws {
	return Flaws{Noise: 0.01, Error: 0.08, Rough: 0.02, BuildSpread: 0.01, BuildTime: 20 * time.Second, TimeSpread: 0.3}
}

type share struct {
	class trt.Class
	share float64
}

func (f *Flaws) shares() []share {
	return []share{
		{trt.InvalidNetwork, f.Invalid}, {trt.OutOfMemory, f.OutOfMemory}, {trt.Timeout, f.Timeout},
		{trt.Crash, f.Crash}, {trt.DeviceLost, f.Lost}, {trt.WrongOutput, f.Wrong},
	}
}

// Parse reads "t4" or "t4?noise=0.02&crash=0.05&throttle=10m-15m": a profile's
// name, and flaws that replace the default ones.
func Parse(text string) (profile string, f Flaws, err error) {
	f = Default()
	profile, query, _ := strings.Cut(text, "?")
	flaws, err := url.ParseQuery(query)
	if err != nil {
		return "", f, fmt.Errorf("simulated device %q: %w", text, err)
	}
	for _, name := range slices.Sorted(maps.Keys(flaws)) {
		if err := f.set(name, flaws.Get(name)); err != nil {
			return "", f, fmt.Errorf("simulated device %q: %w", text, err)
		}
	}
	total := 0.0
	for _, s := range f.shares() {
		total += s.share
	}
	if total > 1 {
		return "", f, fmt.Errorf("simulated device %q: shares of failures add up to %g: at most 1", text, total)
	}
	return profile, f, nil
}

// names lists the flaws in a message.
const names = "noise, error, rough, spread, drift, throttle, blind, build, buildspread, pace, invalid, oom, timeout, crash, lost, wrong, seed"

func (f *Flaws) set(name, value string) (err error) {
	shares := map[string]*float64{
		"noise": &f.Noise, "error": &f.Error, "rough": &f.Rough, "spread": &f.BuildSpread, "buildspread": &f.TimeSpread, "pace": &f.Pace, "drift": &f.Drift,
		"invalid": &f.Invalid, "oom": &f.OutOfMemory, "timeout": &f.Timeout, "crash": &f.Crash, "lost": &f.Lost, "wrong": &f.Wrong,
	}
	if to, ok := shares[name]; ok {
		*to, err = strconv.ParseFloat(value, 64)
		if err != nil || !(*to >= 0 && *to <= 1) {
			return fmt.Errorf("%s=%s: need a share from 0 to 1", name, value)
		}
		return nil
	}
	switch name {
	case "seed":
		f.Seed, err = strconv.ParseInt(value, 10, 64)
	case "blind":
		f.Blind, err = strconv.ParseBool(value)
	case "build":
		f.BuildTime, err = positive(value)
	case "throttle":
		from, to, _ := strings.Cut(value, "-")
		if f.ThrottleAfter, err = positive(from); err == nil {
			f.ThrottleFor, err = positive(to)
			f.ThrottleFor -= f.ThrottleAfter
		}
		if err == nil && f.ThrottleFor <= 0 {
			err = errors.New("ends before it begins")
		}
	default:
		return fmt.Errorf("unknown flaw %q: there are %s", name, names)
	}
	if err != nil {
		return fmt.Errorf("%s=%s: need such as seed=1, blind=true, build=20s, throttle=10m-15m (from and to)", name, value)
	}
	return nil
}

func positive(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		err = fmt.Errorf("%v is negative", d)
	}
	return d, err
}
