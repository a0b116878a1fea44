package device

import (
	"math"
	"math/rand"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/trt/sim"
)

// hiddenError is how a simulated device errs against its model: a random
// smooth function of the shares of time that a network spends in each class of
// kernels, which no search gets to see. Random Fourier features draw it from a
// Gaussian process with a squared exponential kernel (Rahimi and Recht 2007).
type hiddenError struct {
	sd, mean, scale float64
	waves           []wave
}

type wave struct {
	direction [graph.NumClasses]float64
	phase     float64
}

// The process: its number of features, and the distance in shares over which
// errors of networks stay alike.
const (
	waves       = 64
	lengthScale = 0.15
)

// calibrating is how many networks set the scale.
const calibrating = 64

// newHiddenError scales the function so that its standard deviation over
// random networks of the space "open" is the flaw's, with no common offset.
func newHiddenError(models *evaluator.Predict, f sim.Flaws) (*hiddenError, error) {
	h := &hiddenError{sd: f.Error, scale: 1}
	if f.Error == 0 {
		return h, nil
	}
	rng := rand.New(rand.NewSource(f.Seed))
	for range waves {
		w := wave{phase: 2 * math.Pi * rng.Float64()}
		for i := range w.direction {
			w.direction[i] = rng.NormFloat64() / lengthScale
		}
		h.waves = append(h.waves, w)
	}
	open, err := space.Load("open")
	if err != nil {
		return nil, err
	}
	var sum, squares float64
	for range calibrating {
		g, err := open.Decode(open.Sample(rng)).Lower(evaluator.InputOf(models.Conditions().Spec))
		if err != nil {
			return nil, err
		}
		v := h.raw(models.Shares(g))
		sum += v
		squares += v * v
	}
	h.mean = sum / calibrating
	h.scale = math.Sqrt(squares/calibrating - h.mean*h.mean)
	return h, nil
}

func (h *hiddenError) raw(shares [graph.NumClasses]float64) float64 {
	sum := 0.0
	for _, w := range h.waves {
		angle := w.phase
		for i, s := range shares {
			angle += w.direction[i] * s
		}
		sum += math.Cos(angle)
	}
	return sum
}

// of is the error as the logarithm of a factor.
func (h *hiddenError) of(shares [graph.NumClasses]float64) float64 {
	return h.sd * (h.raw(shares) - h.mean) / h.scale
}
