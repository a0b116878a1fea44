package onnx

import (
	"fmt"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
	"google.golang.org/protobuf/proto"
)

// initialise adds an initialiser.
func (e *emitter) initialise(t initialiser) string {
	e.take(t.name)
	t.elements = 1
	for _, d := range t.dims {
		t.elements *= d
	}
	e.tensors = append(e.tensors, &t)
	return t.name
}

// weight adds a learned tensor, or running statistics.
func (e *emitter) weight(t weights.Tensor) {
	e.initialise(initialiser{
		name: t.Name, dims: widen(t.Shape), kind: e.float(),
		fill: func(dst []float32) { e.o.Weights.Fill(t, dst) },
	})
}

// constant adds values that the graph fixes.
func (e *emitter) constant(name string, s graph.Shape, values func() []float32) string {
	return e.initialise(initialiser{
		name: name, dims: widen(s), kind: e.float(),
		fill: func(dst []float32) { copy(dst, values()) },
	})
}

// scalar is a constant that all nodes with this value share.
func (e *emitter) scalar(v float64) string {
	name := fmt.Sprintf("const.%v", float32(v))
	if !e.shared[name] {
		e.shared[name] = true
		e.constant(name, nil, func() []float32 { return []float32{float32(v)} })
	}
	return name
}

// vector is a list of integers that all nodes with this list share, such as a
// shape.
func (e *emitter) vector(values ...int64) string {
	name := "const"
	for _, v := range values {
		name += fmt.Sprintf("_%d", v)
	}
	return e.sharedInts(name, values)
}

func (e *emitter) sharedInts(name string, values []int64) string {
	if !e.shared[name] {
		e.shared[name] = true
		e.initialise(initialiser{name: name, dims: []int64{int64(len(values))}, kind: wire.TensorProto_INT64, ints: values})
	}
	return name
}

func widen(list []int) []int64 {
	wide := make([]int64, len(list))
	for i, v := range list {
		wide[i] = int64(v)
	}
	return wide
}

// prepend puts an extent before others.
func prepend(first int, rest []int) []int64 { return append([]int64{int64(first)}, widen(rest)...) }

func attrInt(name string, v int) *wire.AttributeProto {
	return &wire.AttributeProto{Name: &name, Type: wire.AttributeProto_INT.Enum(), I: proto.Int64(int64(v))}
}

func attrInts(name string, v ...int) *wire.AttributeProto {
	return &wire.AttributeProto{Name: &name, Type: wire.AttributeProto_INTS.Enum(), Ints: widen(v)}
}

func attrFloat(name string, v float64) *wire.AttributeProto {
	return &wire.AttributeProto{Name: &name, Type: wire.AttributeProto_FLOAT.Enum(), F: proto.Float32(float32(v))}
}

func attrString(name, v string) *wire.AttributeProto {
	return &wire.AttributeProto{Name: &name, Type: wire.AttributeProto_STRING.Enum(), S: []byte(v)}
}
