package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	wire "github.com/trtnas/trtnas/internal/onnx"
)

// maxFloats is how many values a tensor of floating-point numbers may have to
// be decoded: scales and epsilons have one. Integers, which shapes are made
// of, are decoded up to maxDecoded.
const maxFloats = 16

// tensor is a tensor of the file; data is nil where it is long or stored
// elsewhere.
type tensor struct {
	name    string
	dims    []int
	integer bool
	data    []float64
}

// stored is a TensorProto with its data left in the file.
type stored struct {
	name     string
	dims     []int64
	kind     wire.TensorProto_DataType
	raw      *section
	typed    []entry // float_data, int32_data, ...
	external bool
}

func readTensor(s *source, sec section) (*tensor, error) {
	var t stored
	if err := s.take(nodeSize); err != nil {
		return nil, err
	}
	err := s.fields(sec, func(m entry) error { return t.field(s, m) })
	if err != nil {
		return nil, err
	}
	out, err := t.decode(s)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.name, err)
	}
	return out, nil
}

func (t *stored) field(s *source, m entry) (err error) {
	switch m.num {
	case 1:
		t.dims, err = s.numbers(t.dims, m, maxRank)
	case 2:
		t.kind = wire.TensorProto_DataType(m.v)
	case 4, 5, 7, 10, 11:
		t.typed = append(t.typed, m)
		err = s.take(nameSize)
	case 8:
		t.name, err = s.text(m.section)
	case 9:
		t.raw = &m.section
	case 13:
		t.external = true
		err = checkLocation(s, m.section)
	case 14:
		t.external = t.external || m.v == uint64(wire.TensorProto_EXTERNAL)
	}
	return err
}

// checkLocation looks at one entry of external_data. The file that it names is
// never opened, since its contents are not needed; one outside the model's
// folder means that the model was made to do harm.
func checkLocation(s *source, sec section) error {
	var key, value string
	err := s.fields(sec, func(m entry) (err error) {
		switch m.num {
		case 1:
			key, err = s.text(m.section)
		case 2:
			value, err = s.text(m.section)
		}
		return err
	})
	if err == nil && key == "location" && !filepath.IsLocal(value) {
		return fmt.Errorf("external data in %q, which is not below the model's folder", value)
	}
	return err
}

// widths are the bytes of an element, for the types that a network's tensors
// have.
var widths = map[wire.TensorProto_DataType]int64{
	wire.TensorProto_FLOAT: 4, wire.TensorProto_DOUBLE: 8, wire.TensorProto_FLOAT16: 2, wire.TensorProto_BFLOAT16: 2,
	wire.TensorProto_INT8: 1, wire.TensorProto_UINT8: 1, wire.TensorProto_BOOL: 1,
	wire.TensorProto_INT16: 2, wire.TensorProto_UINT16: 2,
	wire.TensorProto_INT32: 4, wire.TensorProto_UINT32: 4, wire.TensorProto_INT64: 8, wire.TensorProto_UINT64: 8,
}

func (t *stored) decode(s *source) (*tensor, error) {
	dims, elems, err := extents(t.dims)
	if err != nil {
		return nil, err
	}
	width, ok := widths[t.kind]
	if !ok {
		return nil, fmt.Errorf("element type %v", t.kind)
	}
	out := &tensor{name: t.name, dims: dims, integer: !floating(t.kind)}
	if t.external {
		return out, nil
	}
	if t.raw != nil && t.raw.size() != elems*width {
		return nil, fmt.Errorf("%d elements in %d bytes", elems, t.raw.size())
	}
	limit := int64(maxDecoded)
	if !out.integer {
		limit = maxFloats
	}
	switch {
	case elems > limit:
		return out, t.checkTyped(elems)
	case t.raw != nil:
		out.data, err = t.decodeRaw(s, int(elems), int(width))
	default:
		out.data, err = t.decodeTyped(s, int(elems))
	}
	return out, err
}

// extents checks a tensor's dimensions and gives their product.
func extents(dims []int64) (checked []int, elems int64, err error) {
	elems = 1
	checked = make([]int, len(dims))
	for i, d := range dims {
		if d < 0 || d > maxTensor {
			return nil, 0, fmt.Errorf("extents %v", dims)
		}
		checked[i] = int(d)
		// Without the zeros, so that the product of any of the extents is bounded.
		if elems *= max(d, 1); elems > maxTensor {
			return nil, 0, fmt.Errorf("extents %v: more than %d elements", dims, int64(maxTensor))
		}
	}
	if slices.Contains(dims, 0) {
		elems = 0
	}
	return checked, elems, nil
}

func floating(k wire.TensorProto_DataType) bool {
	switch k {
	case wire.TensorProto_FLOAT, wire.TensorProto_DOUBLE, wire.TensorProto_FLOAT16, wire.TensorProto_BFLOAT16:
		return true
	}
	return false
}

// checkTyped sees whether a long tensor's data can be there: each element
// takes at least a byte.
func (t *stored) checkTyped(elems int64) error {
	if t.raw != nil {
		return nil
	}
	var size int64
	for _, m := range t.typed {
		size += max(1, m.size())
	}
	if size < elems {
		return fmt.Errorf("%d elements in %d bytes", elems, size)
	}
	return nil
}

func (t *stored) decodeRaw(s *source, elems, width int) ([]float64, error) {
	b, err := s.bytes(*t.raw, maxDecoded*8)
	if err != nil {
		return nil, err
	}
	data := make([]float64, elems)
	for i := range data {
		data[i] = decodeElement(t.kind, b[i*width:])
	}
	return data, nil
}

func decodeElement(k wire.TensorProto_DataType, b []byte) float64 {
	le := binary.LittleEndian
	switch k {
	case wire.TensorProto_FLOAT:
		return decimal(math.Float32frombits(le.Uint32(b)))
	case wire.TensorProto_DOUBLE:
		return math.Float64frombits(le.Uint64(b))
	case wire.TensorProto_FLOAT16:
		return half(le.Uint16(b))
	case wire.TensorProto_BFLOAT16:
		return float64(math.Float32frombits(uint32(le.Uint16(b)) << 16))
	case wire.TensorProto_INT8:
		return float64(int8(b[0]))
	case wire.TensorProto_INT16:
		return float64(int16(le.Uint16(b)))
	case wire.TensorProto_UINT16:
		return float64(le.Uint16(b))
	case wire.TensorProto_INT32:
		return float64(int32(le.Uint32(b)))
	case wire.TensorProto_UINT32:
		return float64(le.Uint32(b))
	case wire.TensorProto_INT64:
		return float64(int64(le.Uint64(b)))
	case wire.TensorProto_UINT64:
		return float64(le.Uint64(b))
	}
	return float64(b[0])
}

// decimal widens a number as it is written, so that 1e-6 stays 1e-6.
func decimal(f float32) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return float64(f) // not a number, or infinite
	}
	return v
}

// half decodes an IEEE 754 binary16 number.
func half(bits uint16) float64 {
	exp, frac := int(bits>>10&31), float64(bits&1023)
	v := math.Ldexp(1+frac/1024, exp-15)
	switch exp {
	case 0:
		v = math.Ldexp(frac/1024, -14)
	case 31:
		v = math.Inf(1)
		if frac != 0 {
			v = math.NaN()
		}
	}
	if bits>>15 != 0 {
		return -v
	}
	return v
}

// decodeTyped decodes the fields by type, of which float16 uses int32_data for
// its bits.
func (t *stored) decodeTyped(s *source, elems int) ([]float64, error) {
	data := make([]float64, 0, elems)
	for _, m := range t.typed {
		values, err := t.typedValues(s, m, elems)
		if err != nil {
			return nil, err
		}
		if data = append(data, values...); len(data) > elems {
			break
		}
	}
	if len(data) != elems {
		return nil, fmt.Errorf("%d elements, of which %d are there", elems, len(data))
	}
	return data, nil
}

func (t *stored) typedValues(s *source, m entry, limit int) ([]float64, error) {
	if m.num == 4 || m.num == 10 {
		return t.fixedValues(s, m)
	}
	numbers, err := s.numbers(nil, m, limit)
	data := make([]float64, len(numbers))
	for i, v := range numbers {
		data[i] = float64(v)
		if t.kind == wire.TensorProto_FLOAT16 {
			data[i] = half(uint16(v))
		}
	}
	return data, err
}

func (t *stored) fixedValues(s *source, m entry) ([]float64, error) {
	width, kind := 4, wire.TensorProto_FLOAT
	if m.num == 10 {
		width, kind = 8, wire.TensorProto_DOUBLE
	}
	if m.typ == protowire.VarintType {
		return nil, errTruncated
	}
	b, err := s.bytes(m.section, maxFloats*width)
	if err != nil {
		return nil, err
	}
	data := make([]float64, len(b)/width)
	for i := range data {
		data[i] = decodeElement(kind, b[i*width:])
	}
	return data, nil
}
