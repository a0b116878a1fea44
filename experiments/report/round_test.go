package report

import (
	"math"
	"testing"
)

func TestRound(t *testing.T) {
	for _, test := range []struct {
		x      float64
		digits int
		want   float64
	}{{83.69264, 5, 83.693}, {0.000123456, 3, 0.000123}, {-1234567, 2, -1.2e6}, {0, 4, 0}, {math.Inf(1), 3, math.Inf(1)}} {
		if got := Round(test.x, test.digits); got != test.want {
			t.Errorf("%v to %d digits is %v, want %v", test.x, test.digits, got, test.want)
		}
	}
}
