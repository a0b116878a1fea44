package accuracy

import (
	"math"
	"testing"
)

// Networks are split into thirds by distance, each judged by its own.
func TestByDistance(t *testing.T) {
	l := leftOut{
		tested:    []Row{{Top1: 80}, {Top1: 80}, {Top1: 80}, {Top1: 80}, {Top1: 80}, {Top1: 80}},
		model:     []Prediction{{Top1: 80, SD: 1}, {Top1: 83, SD: 1}, {Top1: 81, SD: 1}, {Top1: 81.5, SD: 1}, {Top1: 80, SD: 1}, {Top1: 78, SD: 4}},
		distances: []float64{1, 9, 2, 3, 0.5, 8},
	}
	want := []Distance{
		{Range: [2]float64{0.5, 1}, Networks: 2, MAE: 0, Half90: halfWidth90, Coverage80: 1, Coverage90: 1},
		{Range: [2]float64{2, 3}, Networks: 2, MAE: 1.25, Half90: halfWidth90, Coverage80: 0.5, Coverage90: 1},
		{Range: [2]float64{8, 9}, Networks: 2, MAE: 2.5, Half90: 2.5 * halfWidth90, Coverage80: 0.5, Coverage90: 0.5},
	}
	got := l.byDistance()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if math.Abs(got[i].Half90-want[i].Half90) > 1e-9 {
			t.Errorf("half %v, want %v", got[i].Half90, want[i].Half90)
		}
		got[i].Half90, want[i].Half90 = 0, 0
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

// A network that the rows have three times lies at no distance.
func TestDistance(t *testing.T) {
	rows := TrainedAlike(Rows())
	m, err := Fit(append(rows, rows[0], rows[0]))
	if err != nil {
		t.Fatal(err)
	}
	if d := m.distance(rows[0].features); d != 0 {
		t.Errorf("of a row itself: %v", d)
	}
	far := rows[0].features
	far.x[rf] += 10 * m.scaling.sd[rf]
	if d := m.distance(far); d < 9 {
		t.Errorf("of a network 10 standard deviations away: %v", d)
	}
}
