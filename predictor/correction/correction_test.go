package correction_test

import (
	"math"
	"math/rand"
	"testing"

	"github.com/trtnas/trtnas/predictor/correction"
)

// draw makes networks with an offset, a smooth error, and one of their own.
func draw(rng *rand.Rand, n int, rough float64) []correction.Row {
	rows := make([]correction.Row, n)
	for i := range rows {
		x := make([]float64, 6)
		for j := range x {
			x[j] = 2 * rng.Float64()
		}
		smooth := 0.1*math.Sin(2*x[0]) + 0.08*x[1]*x[2]/2
		rows[i] = correction.Row{X: x, Y: 0.4 + smooth + rough*rng.NormFloat64()}
	}
	return rows
}

func errorOn(p *correction.Process, rows []correction.Row) (rms, coverage float64) {
	var xs [][]float64
	for _, r := range rows {
		xs = append(xs, r.X)
	}
	mean, sd := p.Predict(xs)
	squares, covered := 0.0, 0
	for i, r := range rows {
		d := mean[i] - r.Y
		squares += d * d
		if math.Abs(d) <= 1.2816*sd[i] { // the normal distribution's central 80 %
			covered++
		}
	}
	return math.Sqrt(squares / float64(len(rows))), float64(covered) / float64(len(rows))
}

// What it has not seen is predicted ever better, down to the networks' own
// error, and its intervals hold what they promise.
func TestFitLearns(t *testing.T) {
	for _, rough := range []float64{0, 0.03} {
		rng := rand.New(rand.NewSource(1))
		rows, held := draw(rng, 200, rough), draw(rng, 400, rough)
		last := math.Inf(1)
		for _, n := range []int{5, 20, 60, 200} {
			rms, coverage := errorOn(correction.Fit(rows[:n]), held)
			if rms > 1.05*last || coverage < 0.65 || coverage > 0.97 {
				t.Errorf("rough %v: %d rows: error %.4f after %.4f, coverage %.2f", rough, n, rms, last, coverage)
			}
			last = rms
		}
		if last > 1.2*rough+0.01 {
			t.Errorf("rough %v: error %.4f after 200 rows", rough, last)
		}
	}
}

func TestPrior(t *testing.T) {
	mean, sd := correction.Fit(nil).Predict([][]float64{{1, 2}})
	if mean[0] != 0 || sd[0] < 0.1 || sd[0] > 0.2 {
		t.Errorf("mean %v, sd %v", mean, sd)
	}
	one := correction.Fit([]correction.Row{{X: []float64{1, 2}, Y: -2}})
	mean, _ = one.Predict([][]float64{{1, 2}, {50, 50}})
	if math.Abs(mean[0]+2) > 0.05 || math.Abs(mean[1]+2) > 0.05 {
		t.Errorf("a common factor is not learnt from one row: %v", mean)
	}
}

// A list that grows gives the same process as the same list at once.
func TestFitIsDeterministic(t *testing.T) {
	rows := draw(rand.New(rand.NewSource(2)), 50, 0.02)
	a, _ := correction.Fit(rows).Predict([][]float64{rows[0].X})
	b, _ := correction.Fit(append([]correction.Row(nil), rows...)).Predict([][]float64{rows[0].X})
	if a[0] != b[0] {
		t.Errorf("%v and %v", a, b)
	}
}

// A resumed search learns all at once what the interrupted one learnt bit by
// bit.
func TestLearnerDependsOnRowsAlone(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	rows := draw(rng, 60, 0.03)
	var grown correction.Learner
	for n := range rows {
		a, _ := grown.Fit(rows[:n+1]).Predict([][]float64{rows[0].X})
		b, _ := correction.Fit(rows[:n+1]).Predict([][]float64{rows[0].X})
		if a[0] != b[0] {
			t.Fatalf("after %d rows: %v bit by bit, %v at once", n+1, a[0], b[0])
		}
	}
}

// Of equal features with unlike outcomes nothing breaks.
func TestEqualFeatures(t *testing.T) {
	rows := []correction.Row{{X: []float64{1}, Y: 1}, {X: []float64{1}, Y: 1.2}, {X: []float64{1}, Y: 0.8}, {X: []float64{1}, Y: 1}}
	mean, sd := correction.Fit(rows).Predict([][]float64{{1}})
	if math.Abs(mean[0]-1) > 0.05 || !(sd[0] > 0) {
		t.Errorf("mean %v, sd %v", mean, sd)
	}
}

func BenchmarkPredict(b *testing.B) {
	rng := rand.New(rand.NewSource(3))
	p := correction.Fit(draw(rng, 500, 0.02))
	var xs [][]float64
	for _, r := range draw(rng, 100, 0) {
		xs = append(xs, r.X)
	}
	for b.Loop() {
		p.Predict(xs)
	}
	b.ReportMetric(float64(b.N*len(xs))/b.Elapsed().Seconds(), "networks/s")
}
