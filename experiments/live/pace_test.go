package live

import (
	"math"
	"math/rand"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestSteadyPace(t *testing.T) {
	var p pace
	for i := 0; i <= 20; i++ {
		p.add(start.Add(time.Duration(i)*time.Second), 100*i)
	}
	if r := p.rate(); r != 100 {
		t.Errorf("%v networks a second, want 100", r)
	}
	b, known := p.left(1000)
	if !known || b.value.Round(time.Millisecond) != 10*time.Second || b.high-b.low > time.Millisecond {
		t.Errorf("%+v, %v: want 10 s without a doubt", b, known)
	}
}

func TestPaceIsNotKnownAtFirst(t *testing.T) {
	var p pace
	for i := 0; i <= 12; i++ {
		if _, known := p.left(10); known || i < 2 && p.rate() != 0 {
			t.Errorf("known %v after %d marks, with a rate of %v", known, i, p.rate())
		}
		p.add(start.Add(time.Duration(i)*time.Second), i)
	}
	if _, known := p.left(10); !known {
		t.Error("not known after 13 marks")
	}
	if _, known := p.left(0); known {
		t.Error("time is left for nothing")
	}
}

// Where networks take their times independently, the band holds as often as it
// says.
func TestBandHolds(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	const all, runs = 200, 2000
	for _, done := range []int{30, 100, 190} {
		held := 0
		for range runs {
			var p pace
			at := start
			p.add(at, 0)
			for i := 1; i <= done; i++ {
				at = at.Add(time.Duration(math.Exp(0.4*rng.NormFloat64()) * float64(time.Minute)))
				p.add(at, i)
			}
			took := time.Duration(0)
			for range all - done {
				took += time.Duration(math.Exp(0.4*rng.NormFloat64()) * float64(time.Minute))
			}
			if b, known := p.left(all - done); known && b.low <= took && took <= b.high {
				held++
			}
		}
		if share := float64(held) / runs; share < 0.77 || share > 0.85 {
			t.Errorf("after %d of %d the band held in %.1f %% of the runs, want 80 %%", done, all, 100*share)
		}
	}
}

// However long it goes on, what is kept is bounded, and says the same.
func TestMarksAreBounded(t *testing.T) {
	var p pace
	for i := range 100_000 {
		p.add(start.Add(time.Duration(i)*time.Second), i)
		p.add(start.Add(time.Duration(i)*time.Second), i) // nothing new
	}
	if n := len(p.marks); n > mostMarks || n < mostMarks/2 {
		t.Errorf("%d marks are kept", n)
	}
	if r := p.rate(); math.Abs(r-1) > 0.001 {
		t.Errorf("%v networks a second, want 1", r)
	}
}
