package trtexec

import (
	"math"
	"testing"

	"github.com/trtnas/trtnas/trt"
)

// Values at the edges of the format's ranges, from IEEE 754-2008's definition
// of binary16.
func TestHalf(t *testing.T) {
	for _, test := range []struct {
		value float32
		want  uint16
	}{
		{0, 0}, {1, 0x3c00}, {-2, 0xc000}, {0.1, 0x2e66}, {65504, 0x7bff}, {65519, 0x7bff}, {65520, 0x7c00}, {-1e9, 0xfc00},
		{float32(math.Inf(1)), 0x7c00}, {float32(math.NaN()), 0x7e00}, {float32(math.Copysign(0, -1)), 0x8000},
		{0x1p-14, 0x0400}, {0x1p-15, 0x0200}, {0x1p-24, 0x0001}, {0x1p-25, 0}, {0x1.8p-25, 0x0001}, {0x1.ff8p-15, 0x03ff}, {0x1.ffcp-15, 0x0400},
		{1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {2 - 0x1p-11, 0x4000},
	} {
		if got := half(test.value); got != test.want {
			t.Errorf("%g is %#04x, want %#04x", test.value, got, test.want)
		}
	}
	for h := range uint16(0x7c00) {
		if h >= 0x0400 && half(fromHalf(h)) != h {
			t.Errorf("%#04x does not survive", h)
		}
	}
}

// An output that is no number is the network's, and for the comparison.
func TestOutputsThatAreNoNumbers(t *testing.T) {
	o, _ := options(t, "8.6.1", "outputs nan")
	e := build(t, open(t, o), fp16(trt.Weak))
	outputs, err := e.Outputs(t.Context(), trt.Tensor{TensorType: network.Input, Data: []float32{1, 2, 3}})
	if err != nil || !math.IsNaN(float64(outputs[0].Data[0])) || !math.IsInf(float64(outputs[0].Data[1]), -1) || outputs[0].Data[2] != 6 {
		t.Errorf("%v, %v", outputs, err)
	}
}

// Whatever is in a file, reading it ends, with what makes sense or an error.
func FuzzFiles(f *testing.F) {
	for _, seed := range []string{
		"", "[\n]", "[\n  { \"count\" : 1 }\n, { \"name\" : \"a\", \"timeMs\" : 1, \"averageMs\" : 1, \"medianMs\" : 1, \"percentage\" : 1 }\n]\n",
		"[\n  { \"name\" : \"o\"\n  , \"dimensions\" : \"2x-1\"\n  , \"values\" : [ 1, -nan ]\n  }\n]\n", `[{ "computeMs" : 1e300 }]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if samples, err := parseTimes(text); err == nil {
			for _, s := range samples {
				if s <= 0 {
					t.Errorf("a sample of %v", s)
				}
			}
		}
		if layers, err := parseProfile(text); err == nil && len(layers) == 0 {
			t.Error("a profile without layers")
		}
		if outputs, err := parseOutputs(text, []string{"o"}); err == nil && (len(outputs) != 1 || outputs[0].Name != "o" || len(outputs[0].Data) == 0) {
			t.Errorf("outputs %v", outputs)
		}
	})
}
