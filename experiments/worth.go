package experiments

import (
	"fmt"
	old "math/rand"
	"math/rand/v2"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
)

// spreadOf so many networks drawn at random, less those outside the range that
// the accuracy model was fitted on.
const spreadOf = 200

// WorthOfLabels says how much results of a user's own tell, by published ones in
// their place, and how diverse these are beside the built-in spaces.
func WorthOfLabels(rng *rand.Rand) (report.Worth, error) {
	worth, err := accuracy.WorthOfLabels(rng)
	if err != nil {
		return report.Worth{}, err
	}
	w := report.Worth{Worth: *worth}
	for _, s := range space.Builtin() {
		spread, err := spreadIn(s, old.New(old.NewSource(rng.Int64())))
		if err != nil {
			return report.Worth{}, fmt.Errorf("networks of space %s: %w", s.Name, err)
		}
		w.Spaces = append(w.Spaces, spread)
	}
	return w, nil
}

func spreadIn(s *space.Space, rng *old.Rand) (report.SpaceSpread, error) {
	var inside []accuracy.Features
	for range spreadOf {
		g, err := s.Decode(s.Sample(rng)).Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			return report.SpaceSpread{}, err
		}
		var p [1]accuracy.Prediction
		f := accuracy.Measure(g).Features()
		accuracy.Default().PredictBatch([]accuracy.Features{f}, p[:])
		if !p[0].Extrapolated {
			inside = append(inside, f)
		}
	}
	return report.SpaceSpread{Space: s.Name, Networks: len(inside), Spread: accuracy.Default().Spread(inside)}, nil
}
