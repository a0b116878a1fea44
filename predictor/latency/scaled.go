package latency

import (
	"fmt"
	"math"
)

// unlike is how much two devices' constants may differ, in the logarithm,
// beyond one common factor on rates and bandwidth: between GPU generations the
// ratio of arithmetic to memory, the caches and the kernels change by about a
// factor of two.
const unlike = 0.7

// Scaled are the constants that a device would have if it were the profile's,
// with all rates and the bandwidth faster or slower by the factor at which the
// reference network takes the time that was measured there.
func (p *Profile) Scaled(reference Sample) (Constants, error) {
	c := p.Constants
	// Launches don't shrink with the arithmetic; they are at most half of what
	// was measured.
	c[Launch] = min(c[Launch], reference.MS/2*1e3/float64(len(reference.Kernels)))
	low, high := -10.0, 10.0 // of the factor's logarithm
	load := loadOf(reference)
	time := func(log float64) float64 {
		f := c.faster(math.Exp(log))
		ms, _ := load.at(&f)
		return ms
	}
	if !(time(low) >= reference.MS && time(high) <= reference.MS) {
		return c, fmt.Errorf("profile %s scaled by %s: %v ms is out of all proportion: check what was measured", p.Name, reference.Network, reference.MS)
	}
	for range 60 { // halves 20 down to the last bit
		if middle := (low + high) / 2; time(middle) > reference.MS {
			low = middle
		} else {
			high = middle
		}
	}
	return c.faster(math.Exp(high)), nil
}

// faster multiplies the rates and the bandwidth.
func (c Constants) faster(factor float64) Constants {
	for i := ConvRate; i <= BMMRate; i++ {
		c[i] *= factor
	}
	c[Bandwidth] *= factor
	return c
}

// Priors are what is believed of another device after one reference network was
// measured there: about the profile's constants as Scaled, and wider than those
// that the profile began with.
func (p *Profile) Priors(reference Sample) (Priors, error) {
	c, err := p.Scaled(reference)
	priors := T4Priors()
	for i := range priors {
		priors[i].Value = c[i]
		priors[i].LogSD = math.Hypot(priors[i].LogSD, unlike)
	}
	return priors, err
}
