package artifact

import "math"

// The format of fp16 (IEEE 754-2008 binary16), beside fp32's 8 and 23 bits.
const (
	halfFraction = 10
	halfBias     = 15
	halfInfinity = 0x7c00
	halfNaN      = 0x7e00
)

// toHalf rounds to the nearest fp16, ties to even.
func toHalf(f float32) uint16 {
	sign := uint16(math.Float32bits(f)>>16) & 0x8000
	magnitude := math.Abs(float64(f))
	switch {
	case math.IsNaN(magnitude):
		return sign | halfNaN
	case magnitude >= 65520: // half way from the largest fp16, 65504, to the next power of two
		return sign | halfInfinity
	case magnitude < math.Ldexp(1, 1-halfBias): // subnormal, or rounded up to the first that is not
		return sign | uint16(math.RoundToEven(math.Ldexp(magnitude, halfBias-1+halfFraction)))
	}
	fraction, exponent := math.Frexp(magnitude) // in [0.5, 1)
	// The fraction's leading 1 adds to the exponent's field, and so does a carry
	// of the rounding.
	field := uint16(exponent-2+halfBias) << halfFraction
	return sign | (field + uint16(math.RoundToEven(math.Ldexp(fraction, halfFraction+1))))
}

// fromHalf is exact.
func fromHalf(h uint16) float32 {
	exponent, fraction := int(h>>halfFraction)&0x1f, float64(h&(1<<halfFraction-1))
	var magnitude float64
	switch exponent {
	case 0:
		magnitude = math.Ldexp(fraction, 1-halfBias-halfFraction)
	case 0x1f:
		if magnitude = math.Inf(1); fraction != 0 {
			return float32(math.NaN())
		}
	default:
		magnitude = math.Ldexp(1+math.Ldexp(fraction, -halfFraction), exponent-halfBias)
	}
	if h&0x8000 != 0 {
		magnitude = -magnitude // keeps the sign of zero
	}
	return float32(magnitude)
}
