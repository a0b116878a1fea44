package onnx

import (
	"fmt"
	"io"
	"maps"
	"slices"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Field numbers of onnx.proto that are framed by hand.
const (
	modelGraph       = protowire.Number(7) // ModelProto.graph
	graphInitializer = protowire.Number(5) // GraphProto.initializer
	tensorRawData    = protowire.Number(9) // TensorProto.raw_data
)

// model is a ModelProto in pieces: a protobuf message may have its fields in
// any order, so the large ones are framed by hand and written last.
type model struct {
	head    []byte // ModelProto without its graph
	graph   []byte // GraphProto without its initialisers
	tensors []*initialiser
}

// assemble makes all but the weights' values.
func assemble(g *graph.Graph, o Options) (*model, error) {
	e := newEmitter(g, o)
	if err := e.graph(); err != nil {
		return nil, err
	}
	m := &model{tensors: e.tensors}
	for _, t := range m.tensors {
		if err := t.frame(""); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	var err error
	if m.graph, err = marshal(&wire.GraphProto{Name: proto.String("trtnas"), Node: e.nodes, Input: e.inputs, Output: e.outputs}); err != nil {
		return nil, err
	}
	m.head, err = marshal(&wire.ModelProto{
		IrVersion:     proto.Int64(irVersion),
		OpsetImport:   []*wire.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(opset)}},
		ProducerName:  proto.String("trtnas"),
		MetadataProps: o.metadata(),
	})
	return m, err
}

// metadata says that the weights are untrained, in every file.
func (o Options) metadata() []*wire.StringStringEntryProto {
	drawn := "untrained: drawn"
	if o.Weights.Probe {
		drawn = "untrained: drawn for comparing numbers,"
	}
	pairs := []string{"producer", "trtnas", "weights", fmt.Sprintf("%s with seed %d", drawn, o.Weights.Seed)}
	for _, key := range slices.Sorted(maps.Keys(o.Metadata)) {
		pairs = append(pairs, key, o.Metadata[key])
	}
	return properties(pairs...)
}

// fieldSize is the size of a field of so many bytes with its tag and length.
func fieldSize(n protowire.Number, size int64) int64 {
	return int64(protowire.SizeTag(n)) + int64(protowire.SizeVarint(uint64(size))) + size
}

// message is the size of the tensor's TensorProto.
func (i *initialiser) message() int64 {
	if i.external {
		return int64(len(i.header))
	}
	return int64(len(i.header)) + fieldSize(tensorRawData, i.size())
}

func (m *model) graphSize() int64 {
	sum := int64(len(m.graph))
	for _, t := range m.tensors {
		sum += fieldSize(graphInitializer, t.message())
	}
	return sum
}

// size of the model file in bytes.
func (m *model) size() int64 { return int64(len(m.head)) + fieldSize(modelGraph, m.graphSize()) }

// write writes the model file.
func (m *model) write(w io.Writer) error {
	b := appendField(slices.Clone(m.head), modelGraph, m.graphSize())
	if _, err := w.Write(append(b, m.graph...)); err != nil {
		return err
	}
	values := encoder{w: w}
	for _, t := range m.tensors {
		b = appendField(b[:0], graphInitializer, t.message())
		b = append(b, t.header...)
		if !t.external {
			b = appendField(b, tensorRawData, t.size())
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		if t.external {
			continue
		}
		if err := values.write(t); err != nil {
			return err
		}
	}
	return nil
}

// appendField starts a field of so many bytes.
func appendField(b []byte, n protowire.Number, size int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.BytesType), uint64(size))
}

// Where weights go to a file of their own. Offsets are multiples of a page, so
// that a runtime may map the file into memory (onnx.proto, external_data).
// Small tensors stay in the model, since parsers look for shapes there.
const (
	alignment   = 4096
	minExternal = 1024
)

// moveOut gives tensors their places in the data file.
func (m *model) moveOut(location string) error {
	var end int64
	for _, t := range m.tensors {
		if t.size() < minExternal || t.kind == wire.TensorProto_INT64 {
			continue
		}
		t.external = true
		t.offset = (end + alignment - 1) / alignment * alignment
		end = t.offset + t.size()
		if err := t.frame(location); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// writeData writes the data file.
func (m *model) writeData(w io.Writer) error {
	values, gap := encoder{w: w}, make([]byte, alignment)
	var end int64
	for _, t := range m.tensors {
		if !t.external {
			continue
		}
		if _, err := w.Write(gap[:t.offset-end]); err != nil {
			return err
		}
		if err := values.write(t); err != nil {
			return err
		}
		end = t.offset + t.size()
	}
	return nil
}
