package study

import (
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
)

// interval is a figure with the bounds of its 80 % interval.
type interval struct{ value, low, high float64 }

func (i interval) text(digits int) string {
	return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, i.value, digits, i.low, digits, i.high)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func latencyOf(l evaluator.Latency) interval {
	return interval{milliseconds(l.Value), milliseconds(l.Low), milliseconds(l.High)}
}

func accuracyOf(a evaluator.Accuracy) interval { return interval{a.Value, a.Low, a.High} }

// log half width of an interval.
func (i interval) spread() float64 { return math.Log(i.high/i.low) / 2 }

// withinFamily is how much of a prediction's spread is left in the ratio of two
// networks that are built alike, since they err together. In 80 % of the
// families among the T4's published latencies, each predicted without it, no ratio
// errs by more than this part of what independent errors would (the package's tests
// compute it).
const withinFamily = 0.75

// kin says whether networks are built alike, so that the model's errors of them
// go together.
type kin bool

const (
	akin  kin = true
	alien kin = false
)

// over is the ratio of two latencies, or of other positive figures.
func (i interval) over(j interval, k kin) interval {
	spread := math.Hypot(i.spread(), j.spread())
	if k {
		spread *= withinFamily
	}
	v := i.value / j.value
	return interval{v, v * math.Exp(-spread), v * math.Exp(spread)}
}

// minus is the difference of two accuracies in points.
func (i interval) minus(j interval) interval {
	half := math.Hypot((i.high-i.low)/2, (j.high-j.low)/2)
	d := i.value - j.value
	return interval{d, d - half, d + half}
}

// per is a count over a time.
func per(count float64, ms interval) interval {
	return interval{count / ms.value, count / ms.high, count / ms.low}
}

func millions(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

func billions(n int64) string { return fmt.Sprintf("%.2f", float64(n)/1e9) }
