package live

import (
	"math"
	"time"
)

// pace follows how fast a search comes on, to tell when it will be over.
type pace struct {
	marks []mark
}

// mark is when so many networks were done.
type mark struct {
	at   time.Time
	done int
}

// mostMarks bounds what is kept; beyond it every second one goes.
const mostMarks = 2048

func (p *pace) add(at time.Time, done int) {
	if n := len(p.marks); n > 0 && done <= p.marks[n-1].done {
		return
	}
	if len(p.marks) == mostMarks {
		kept := p.marks[:0]
		for i := 0; i < mostMarks; i += 2 {
			kept = append(kept, p.marks[i])
		}
		p.marks = kept
	}
	p.marks = append(p.marks, mark{at, done})
}

// recent is the share of the marks whose pace counts: the beginning is slower
// while caches are empty.
const recent = 0.5

// rate is the number of networks a second of late; 0 if that is not known yet.
func (p *pace) rate() float64 {
	last := len(p.marks) - 1
	if last < 1 {
		return 0
	}
	each := p.each(last-max(1, int(recent*float64(last))), last)
	if each == 0 {
		return 0
	}
	return 1 / each
}

// each is how many seconds a network took between two marks.
func (p *pace) each(from, to int) float64 {
	a, b := p.marks[from], p.marks[to]
	return b.at.Sub(a.at).Seconds() / float64(b.done-a.done)
}

// Quantiles of Student's t at 0.9 by degrees of freedom from 2 on, so that a
// band holds with 80 %.
var student = []float64{1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383}

// The pace is taken of at most so many blocks, each of at least so many spans
// between marks.
const (
	mostBlocks = 10
	leastSpans = 2
)

// band is a length of time with an interval that is meant to hold with 80 %.
type band struct{ value, low, high time.Duration }

// left is how long the rest of so many networks takes. The band is the
// prediction interval for the mean of the blocks to come, by that of equal
// blocks of what was done (batch means: Law and Kelton, Simulation Modeling and
// Analysis, section 9.5.3). It is not known before three blocks.
func (p *pace) left(rest int) (b band, known bool) {
	last := len(p.marks) - 1
	spans := int(recent * float64(last))
	blocks := min(mostBlocks, spans/leastSpans)
	if blocks < 3 || rest < 1 {
		return b, false
	}
	size := spans / blocks
	first := last - size*blocks
	mean := p.each(first, last)
	variance := 0.0
	for i := first; i < last; i += size {
		off := p.each(i, i+size) - mean
		variance += off * off / float64(blocks-1)
	}
	done := p.marks[last].done - p.marks[first].done
	ahead := float64(rest) * float64(blocks) / float64(done) // blocks that are to come
	half := student[blocks-3] * math.Sqrt(variance*(1/float64(blocks)+1/ahead))
	seconds := func(each float64) time.Duration {
		return time.Duration(max(each, 0) * float64(rest) * float64(time.Second))
	}
	return band{seconds(mean), seconds(mean - half), seconds(mean + half)}, true
}
