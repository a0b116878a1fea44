package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"google.golang.org/protobuf/proto"
)

// initialiser is a tensor of the model whose values are made when they are
// written.
type initialiser struct {
	name     string
	dims     []int64
	elements int64
	kind     wire.TensorProto_DataType // FLOAT, FLOAT16 or INT64
	fill     func([]float32)           // of FLOAT and FLOAT16
	ints     []int64                   // of INT64
	external bool
	offset   int64  // in the data file, where external
	header   []byte // TensorProto without raw_data
}

// size of the values in bytes.
func (i *initialiser) size() int64 {
	switch i.kind {
	case wire.TensorProto_FLOAT16:
		return 2 * i.elements
	case wire.TensorProto_FLOAT:
		return 4 * i.elements
	}
	return 8 * i.elements
}

// frame computes the header, for a tensor inside the model or, where location
// is given, in that file.
func (i *initialiser) frame(location string) (err error) {
	t := &wire.TensorProto{Name: &i.name, Dims: i.dims, DataType: proto.Int32(int32(i.kind))}
	if i.external {
		t.DataLocation = wire.TensorProto_EXTERNAL.Enum()
		t.ExternalData = properties(
			"location", location,
			"offset", fmt.Sprint(i.offset),
			"length", fmt.Sprint(i.size()),
		)
	}
	i.header, err = marshal(t)
	return err
}

// properties are keys and values in turn.
func properties(pairs ...string) []*wire.StringStringEntryProto {
	var all []*wire.StringStringEntryProto
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, &wire.StringStringEntryProto{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}

func marshal(m proto.Message) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

// chunk is the size in bytes of what is encoded at once.
const chunk = 1 << 16

// encoder writes values, in memory that is used again for each tensor.
type encoder struct {
	w      io.Writer
	values []float32
	bytes  []byte
}

// write writes the tensor's values.
func (e *encoder) write(i *initialiser) error {
	if i.kind == wire.TensorProto_INT64 {
		_, err := e.w.Write(encodeInts(nil, i.ints))
		return err
	}
	if int64(cap(e.values)) < i.elements {
		e.values = make([]float32, i.elements)
	}
	rest := e.values[:i.elements]
	i.fill(rest)
	for len(rest) > 0 {
		n := min(len(rest), chunk/4)
		var err error
		if i.kind == wire.TensorProto_FLOAT16 {
			e.bytes, err = encodeHalves(e.bytes[:0], rest[:n])
		} else {
			e.bytes = encodeFloats(e.bytes[:0], rest[:n])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", i.name, err)
		}
		if _, err := e.w.Write(e.bytes); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func encodeInts(b []byte, values []int64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func encodeFloats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func encodeHalves(b []byte, values []float32) ([]byte, error) {
	for _, v := range values {
		h := toHalf(v)
		if isInfHalf(h) {
			return nil, fmt.Errorf("%v is beyond the range of fp16", v)
		}
		b = binary.LittleEndian.AppendUint16(b, h)
	}
	return b, nil
}
