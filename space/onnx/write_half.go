package onnx

import "math"

// toHalf rounds to IEEE 754 binary16, ties to even; beyond 65,504 and its
// rounding it gives infinity.
func toHalf(f float32) uint16 {
	const (
		infinity  = 0x7f800000
		overflow  = 0x477ff000 // 65,520, half way between the largest half and the next
		normal    = 0x38800000 // 2^-14, the smallest normal half
		rebias    = (127 - 15) << 23
		dropped   = 23 - 10 // bits of the mantissa
		justBelow = 1<<(dropped-1) - 1
	)
	bits := math.Float32bits(f)
	sign, abs := uint16(bits>>16&0x8000), bits&0x7fffffff
	switch {
	case abs > infinity:
		return sign | 0x7e00
	case abs >= overflow:
		return sign | 0x7c00
	case abs < normal: // a multiple of 2^-24; float64 holds the product exactly
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	abs += justBelow + abs>>dropped&1
	return sign | uint16((abs-rebias)>>dropped)
}

// isInfHalf reports an infinity of either sign.
func isInfHalf(h uint16) bool { return h&0x7fff == 0x7c00 }
