package trtexec

import (
	"encoding/json"
	"math"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// parseTimes reads what --exportTimes wrote: the GPU's time for each batch. The
// error is a *trt.Failure.
func parseTimes(text string) ([]time.Duration, error) {
	var batches []struct {
		ComputeMs float64 `json:"computeMs"`
	}
	if err := json.Unmarshal([]byte(text), &batches); err != nil {
		return nil, trt.Failf(trt.Degraded, "times: %v", err)
	}
	samples := make([]time.Duration, len(batches))
	for i, b := range batches {
		if samples[i] = milliseconds(b.ComputeMs); samples[i] <= 0 {
			return nil, trt.Failf(trt.Degraded, "times: batch %d took %g ms", i+1, b.ComputeMs)
		}
	}
	return samples, nil
}

// milliseconds is 0 for what is no time.
func milliseconds(ms float64) time.Duration {
	if !(ms > 0 && ms < 1e9) {
		return 0
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

// window is when batches were timed, without the warm-up.
func (t transcript) window() (from, to time.Time) {
	return t.end.Add(-seconds(t.number(trace, 2))), t.end
}

// rounding is the share by which medians of a file and of the log may differ:
// both have six digits.
const rounding = 1e-4

// confirms compares samples with what the log says of them. The error is a
// *trt.Failure.
func (t transcript) confirms(samples []time.Duration, asked int) error {
	if len(samples) < asked {
		return trt.Failf(trt.Degraded, "%d batches were asked for, %d were timed", asked, len(samples))
	}
	if n := t.number(trace, 1); n != float64(len(samples)) {
		return trt.Failf(trt.Degraded, "the file has times of %d batches, the log tells of %g", len(samples), n)
	}
	median, told := trt.MedianOf(samples).Value, milliseconds(t.number(medianGPU, 1))
	if math.Abs(float64(median-told)) > rounding*float64(median) {
		return trt.Failf(trt.Degraded, "the median of the times in the file is %v, the log says %v", median, told)
	}
	return nil
}
