package accuracy

import (
	"math"

	"github.com/trtnas/trtnas/predictor"
)

// Spread is how far apart networks are in the model's features, in standard
// deviations of the published ones: the median of pairs.
type Spread struct {
	All   float64  `json:"all"`
	FLOPs *float64 `json:"flops_matched,omitempty"` // of pairs within 15 % MACs; nil without such pairs
}

// Spread of networks, of which there are two at least.
func (m *Model) Spread(fs []Features) Spread {
	var all, equal []float64
	for i, f := range fs {
		a := m.scaling.features(f)
		for _, g := range fs[:i] {
			b := m.scaling.features(g)
			d := math.Sqrt(distance2(&a.x, &b.x))
			all = append(all, d)
			if predictor.Alike(math.Exp(f.x[lF]), math.Exp(g.x[lF])) {
				equal = append(equal, d)
			}
		}
	}
	s := Spread{All: predictor.Quantile(all, 0.5)}
	if len(equal) > 0 {
		median := predictor.Quantile(equal, 0.5)
		s.FLOPs = &median
	}
	return s
}
