package trtexec

import (
	"encoding/binary"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trtnas/trtnas/trt"
)

// encode is an input as --loadInputs takes it: values of the engine's input
// type, one after the other.
func encode(values []float32, p trt.Precision) []byte {
	data := make([]byte, 0, len(values)*p.Bytes())
	for _, v := range values {
		if p == trt.FP16 {
			data = binary.LittleEndian.AppendUint16(data, half(v))
		} else {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
	}
	return data
}

// half rounds to the nearest fp16 (IEEE 754-2008 binary16: 5 bits of exponent
// with a bias of 15, 10 of the fraction), ties to even.
func half(f float32) uint16 {
	sign := uint16(math.Float32bits(f)>>16) & 0x8000
	size := math.Abs(float64(f))
	switch {
	case math.IsNaN(size):
		return sign | 0x7e00
	case size >= 65520: // half way between the greatest, 65504, and what would come next
		return sign | 0x7c00
	case size < 0x1p-14: // subnormal: a multiple of 2^-24
		return sign | uint16(math.RoundToEven(size*0x1p24))
	}
	fraction, exponent := math.Frexp(size) // fraction in [0.5, 1): 11 bits, whose first counts as exponent
	return sign | (uint16(exponent+13)<<10 + uint16(math.RoundToEven(fraction*0x1p11)))
}

// outputs are the names of the engine's outputs in their order.
func (t transcript) outputs() []string {
	var names []string
	for _, m := range t.messages {
		if groups := output.FindStringSubmatch(m.text); groups != nil {
			names = append(names, groups[1])
		}
	}
	return names
}

// The lines of a file of outputs. Names are not escaped, and numbers may be
// none, so it is JSON only by chance.
var (
	tensorName   = regexp.MustCompile(`^(?:, )?\{ "name" : "(.*)"$`)
	tensorShape  = regexp.MustCompile(`^, "dimensions" : "(.*)"$`)
	tensorValues = regexp.MustCompile(`^, "values" : \[ (.*) \]$`)
	integer      = regexp.MustCompile(`-?\d+`)
)

// parseOutputs reads what --exportOutput wrote, and puts it into the order of
// names, since trtexec keeps none. The error is a *trt.Failure.
func parseOutputs(text string, names []string) ([]trt.Tensor, error) {
	body, first := strings.CutPrefix(strings.TrimSpace(text), "[\n")
	body, last := strings.CutSuffix(body, "\n]")
	if !first || !last {
		return nil, trt.Failf(trt.Degraded, "outputs: the file is not complete")
	}
	tensors := make([]trt.Tensor, len(names))
	lines := strings.Split(body, "\n")
	if len(lines) != 4*len(names) {
		return nil, trt.Failf(trt.Degraded, "outputs: %d lines for the %d outputs %q", len(lines), len(names), names)
	}
	for l := range slices.Chunk(lines, 4) { // name, shape, values, end
		tensor, err := parseTensor(l)
		if err != nil {
			return nil, err
		}
		i := slices.Index(names, tensor.Name)
		if i < 0 || tensors[i].Data != nil {
			return nil, trt.Failf(trt.Degraded, "outputs: %q is none of %q, or there twice", tensor.Name, names)
		}
		tensors[i] = tensor
	}
	return tensors, nil
}

func parseTensor(lines []string) (trt.Tensor, error) {
	name := tensorName.FindStringSubmatch(strings.TrimSpace(lines[0]))
	shape := tensorShape.FindStringSubmatch(strings.TrimSpace(lines[1]))
	values := tensorValues.FindStringSubmatch(strings.TrimSpace(lines[2]))
	if name == nil || shape == nil || values == nil {
		return trt.Tensor{}, trt.Failf(trt.Degraded, "outputs: no tensor: %.60q, %.60q, %.60q", lines[0], lines[1], lines[2])
	}
	t := trt.Tensor{TensorType: trt.TensorType{Name: name[1]}}
	n := 1
	for _, d := range integer.FindAllString(shape[1], -1) {
		size, err := strconv.Atoi(d)
		if err != nil {
			return t, trt.Failf(trt.Degraded, "outputs: %s has the shape %s", t.Name, shape[1])
		}
		t.Shape, n = append(t.Shape, size), n*size
	}
	for v := range strings.SplitSeq(values[1], ",") {
		value, err := parseValue(strings.TrimSpace(v))
		if err != nil {
			return t, trt.Failf(trt.Degraded, "outputs: %s: %v", t.Name, err)
		}
		t.Data = append(t.Data, value)
	}
	if len(t.Data) != n {
		return t, trt.Failf(trt.Degraded, "outputs: %s of shape %v has %d values", t.Name, t.Shape, len(t.Data))
	}
	return t, nil
}

// parseValue also reads what C++ prints for what is no number.
func parseValue(text string) (float32, error) {
	v, err := strconv.ParseFloat(strings.Replace(text, "-nan", "nan", 1), 32)
	return float32(v), err
}
