package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Round keeps so many significant digits of x, more than is resolved and fewer
// than make a page large.
func Round(x float64, digits int) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil || math.IsNaN(x) {
		return x
	}
	return y
}

// sortByTime sorts the greatest first, equal ones as they are.
func sortByTime[T any](all []T, of func(T) float64) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(of(b), of(a)) })
}
