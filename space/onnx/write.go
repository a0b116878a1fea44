package onnx

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
)

// Versions of what is written. Operator set 17 is the first with
// LayerNormalization, which TensorRT needs whole to keep its sums in fp32;
// TensorRT 8.6 to 11 take it.
const (
	irVersion = 8
	opset     = 17
)

// protobufLimit is the largest protobuf message: 2 GiB less one byte.
const protobufLimit = math.MaxInt32

// Precision of weights, input, output and all between.
type Precision uint8

// The precisions. FP16 is for runtimes that take the types from the model
// ("strongly typed" in TensorRT); sums inside LayerNormalization, Softmax and
// products are the runtime's.
const (
	FP32 Precision = iota
	FP16
)

// Options say how a graph is written. The zero Options write fp32 for the
// graph's batch, with weights of seed 0.
type Options struct {
	Weights   weights.Init
	Precision Precision
	// DynamicBatch leaves the batch open, as the dimension "batch"; else it is
	// the graph's.
	DynamicBatch bool
	// Metadata is added to the model's, such as the architecture's ID.
	Metadata map[string]string
	// Limit is the size in bytes beyond which Export puts weights into a file of
	// their own; 0 means protobuf's limit of 2 GiB.
	Limit int64
}

func (o Options) limit() int64 {
	if o.Limit > 0 {
		return min(o.Limit, protobufLimit)
	}
	return protobufLimit
}

// Write writes the graph as one ONNX model, holding one tensor in memory at a
// time. The same graph and options give the same bytes.
//
// Inputs keep their nodes' names. A single output [batch, classes] is called
// "logits"; others are "features.0", "features.1" and so on. The weights have
// the names, shapes and values of package weights, so an initialiser equals the
// PyTorch tensor of its name.
//
// It fails for an operation without an ONNX form, for names that collide, for
// weights beyond fp16's range, and for models beyond the limit, which take
// Export; the error names the node or tensor.
func Write(w io.Writer, g *graph.Graph, o Options) error {
	m, err := assemble(g, o)
	if err != nil {
		return err
	}
	if size := m.size(); size > o.limit() {
		return fmt.Errorf("a model of %d bytes is beyond the %d of one file: it needs a second file for its weights", size, o.limit())
	}
	return m.write(w)
}

// Export writes the graph to path as Write does. Beyond Options.Limit the
// weights go to path.data beside it, which must stay there under that name.
// Each file appears complete or not at all.
func Export(path string, g *graph.Graph, o Options) error {
	m, err := assemble(g, o)
	if err != nil {
		return err
	}
	parts := []part{{path, m.write}}
	if m.size() > o.limit() {
		if err := m.moveOut(filepath.Base(path) + dataSuffix); err != nil {
			return err
		}
		// The data come first: a model never stands without them.
		parts = []part{{path + dataSuffix, m.writeData}, {path, m.write}}
	}
	if size := m.size(); size > protobufLimit {
		return fmt.Errorf("%s: %d bytes without weights, beyond protobuf's limit of %d", path, size, protobufLimit)
	}
	return save(parts)
}
