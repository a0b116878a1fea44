package predictor

import (
	"math"
	"slices"
)

// Errors returns predicted minus true values.
func Errors(predicted, truth []float64) []float64 {
	e := make([]float64, len(truth))
	for i, t := range truth {
		e[i] = predicted[i] - t
	}
	return e
}

// RelativeErrors returns predicted/true - 1.
func RelativeErrors(predicted, truth []float64) []float64 {
	e := make([]float64, len(truth))
	for i, t := range truth {
		e[i] = predicted[i]/t - 1
	}
	return e
}

// MeanAbs is the mean absolute error (MAE), or MAPE/100 of relative errors.
func MeanAbs(errors []float64) float64 {
	sum := 0.0
	for _, e := range errors {
		sum += math.Abs(e)
	}
	return sum / float64(len(errors))
}

// QuantileAbs is the p-quantile of the absolute errors (0.5: their median),
// interpolated as Quantile does.
func QuantileAbs(errors []float64, p float64) float64 {
	abs := make([]float64, len(errors))
	for i, e := range errors {
		abs[i] = math.Abs(e)
	}
	return Quantile(abs, p)
}

// Quantile interpolates linearly between order statistics (type 7 of Hyndman
// and Fan 1996, numpy's default). It is NaN for no values.
func Quantile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := slices.Sorted(slices.Values(values))
	at := p * float64(len(v)-1)
	i := min(int(at), len(v)-1)
	j := min(i+1, len(v)-1)
	return v[i] + (at-float64(i))*(v[j]-v[i])
}

// MostAbs is the signed error that is the largest in absolute value.
func MostAbs(errors []float64) float64 {
	most := 0.0
	for _, e := range errors {
		if math.Abs(e) > math.Abs(most) {
			most = e
		}
	}
	return most
}

// HitRate is the share of errors within ±tolerance.
func HitRate(errors []float64, tolerance float64) float64 {
	hits := 0
	for _, e := range errors {
		if math.Abs(e) <= tolerance {
			hits++
		}
	}
	return float64(hits) / float64(len(errors))
}

// Coverage is the share of true values inside their estimate's interval.
func Coverage(estimates []Estimate, truth []float64) float64 {
	inside := 0
	for i, e := range estimates {
		if e.Low <= truth[i] && truth[i] <= e.High {
			inside++
		}
	}
	return float64(inside) / float64(len(estimates))
}

// KendallTau is Kendall's rank correlation tau-b, which corrects for ties
// (Kendall 1945); 0 where x or y is constant. gonum's stat.Kendall is tau-a
// and counts a tie as if it were ordered.
func KendallTau(x, y []float64) float64 {
	var score, inX, inY float64 // pairs: concordant less discordant, not tied in x, not tied in y
	for i := range x {
		for j := range i {
			sx, sy := sign(x[i]-x[j]), sign(y[i]-y[j])
			score += sx * sy
			inX += sx * sx
			inY += sy * sy
		}
	}
	if inX == 0 || inY == 0 {
		return 0
	}
	return score / math.Sqrt(inX*inY)
}

func sign(d float64) float64 {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}
