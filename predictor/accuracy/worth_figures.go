package accuracy

import (
	"math"
	"math/rand/v2"

	"github.com/trtnas/trtnas/predictor"
)

// figures are the fields of Figures in their order; NaN is none.
type figures [7]float64

// lineWays are the figures of the three ways.
type lineWays [3]figures

var wayNames = [len(lineWays{})]string{Published, Shifted, Refitted}

func newFigures(ps []Prediction, rows []Row, d Differences) figures {
	y, values := truth(rows), top1(ps)
	return figures{
		predictor.MeanAbs(predictor.Errors(values, y)),
		predictor.EveryPair(y).Tau(values, nil), predictor.Competing(y, macs(rows)).Tau(values, nil),
		coverage(ps, rows, Prediction.Interval), coverage(ps, rows, Prediction.Interval90), d.MAE, d.Coverage90,
	}
}

func (f figures) exported() Figures {
	e := Figures{MAE: f[0], Tau: f[1], Coverage80: f[3], Coverage90: f[4], DifferenceMAE: f[5], DifferenceCoverage90: f[6]}
	if !math.IsNaN(f[2]) {
		e.FLOPsTau = &f[2]
	}
	return e
}

func (f figures) less(g figures) figures {
	for i := range f {
		f[i] -= g[i]
	}
	return f
}

// average of each figure where it is known.
func average(all []lineWays, w predictor.Weights) lineWays {
	var mean lineWays
	for way := range mean {
		for i := range mean[way] {
			var sum, total float64
			for k, ways := range all {
				if v := ways[way][i]; !math.IsNaN(v) {
					sum += w.Of(k) * v
					total += w.Of(k)
				}
			}
			mean[way][i] = sum / total
		}
	}
	return mean
}

// meanOf lines with n labels.
func meanOf(n int, lines []lineWays, rng *rand.Rand) MeanOfWays {
	numbers := make([]int, len(lines))
	for i := range numbers {
		numbers[i] = i
	}
	samples := predictor.Bootstrap(numbers, rng)
	of := func(by string, way func(lineWays) figures) MeanWay {
		var low, high figures
		for i := range low {
			within := predictor.Central90(samples, func(w predictor.Weights) float64 { return way(average(lines, w))[i] })
			low[i], high[i] = within[0], within[1]
		}
		return MeanWay{by, way(average(lines, nil)).exported(), low.exported(), high.exported()}
	}
	m := MeanOfWays{Labels: n, Lines: len(lines)}
	for i, by := range wayNames {
		m.Ways = append(m.Ways, of(by, func(w lineWays) figures { return w[i] }))
	}
	m.Gain = of(Refitted+" less "+Shifted, func(w lineWays) figures { return w[2].less(w[1]) })
	return m
}
