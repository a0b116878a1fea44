package smi

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// kept is how many readings are kept: a quarter of an hour at least.
const kept = 9000

// longest is far beyond the length of any line that nvidia-smi writes.
const longest = 64 << 10

// readings takes what nvidia-smi writes, line by line.
type readings struct {
	mutex sync.Mutex
	rest  string // of a line that isn't complete
	all   []reading
}

// reading is the GPU's health at a moment.
type reading struct {
	at     time.Time
	health trt.Health
}

// Write takes some of the output. Lines that are no readings are dropped, such
// as those of a GPU that is gone for a moment.
func (r *readings) Write(p []byte) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.rest += string(p)
	for {
		line, rest, complete := strings.Cut(r.rest, "\n")
		if !complete {
			break
		}
		r.rest = rest
		if parsed, ok := parse(line); ok {
			r.all = append(r.all, parsed)
		}
	}
	if len(r.rest) > longest {
		r.rest = ""
	}
	if len(r.all) > 2*kept {
		r.all = append(r.all[:0], r.all[len(r.all)-kept:]...)
	}
	return len(p), nil
}

func (r *readings) between(from, to time.Time) []trt.Health {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var found, last []trt.Health
	for _, one := range r.all {
		switch {
		case one.at.After(to):
		case !one.at.Before(from):
			found = append(found, one.health)
		case from.Sub(one.at) <= 2*Period:
			last = []trt.Health{one.health}
		}
	}
	if len(found) == 0 {
		return last
	}
	return found
}

// parse reads a line of the watch, with or without the reasons.
func parse(line string) (reading, bool) {
	values := strings.Split(strings.TrimSpace(line), ", ")
	if len(values) < len(clocks) {
		return reading{}, false
	}
	at, err := time.Parse("2006/01/02 15:04:05.000", values[0])
	if err != nil {
		return reading{}, false
	}
	h := trt.Health{
		SMClockMHz: int(number(values[1])), MemClockMHz: int(number(values[2])),
		TemperatureC: int(number(values[3])), PowerW: number(values[4]),
	}
	if len(values) > len(clocks) {
		if bits, err := strconv.ParseUint(values[len(clocks)], 0, 64); err == nil {
			h.Throttle = trt.Throttle(bits)
		}
	}
	return reading{at, h}, true
}

// known is empty for what nvidia-smi can't tell, such as "[N/A]",
// "[Not Supported]" or "[Unknown Error]".
func known(value string) string {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]") || value == "N/A" {
		return ""
	}
	return value
}

// number is 0 for what is unknown.
func number(value string) float64 {
	n, err := strconv.ParseFloat(known(value), 64)
	if err != nil || !(n >= 0 && n <= 1e12) {
		return 0
	}
	return n
}
