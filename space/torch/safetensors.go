package torch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
)

// WriteWeights writes the graph's tensors as weights.All names and orders them,
// with values of init, in the safetensors format
// (https://github.com/huggingface/safetensors, section Format): the header's
// length as 8 bytes, a JSON header padded with spaces to a multiple of 8, the
// values as little-endian float32. Equal arguments give equal bytes. It holds
// one tensor in memory at a time; errors are those of w.
//
// The counters num_batches_tracked of batch normalisation are not learned and
// not written: PyTorch starts them at 0 where a file has none, also when it
// loads strictly.
func WriteWeights(w io.Writer, g *graph.Graph, init weights.Init) error {
	tensors := weights.All(g)
	out := bufio.NewWriter(w)
	h, err := header(tensors)
	if err != nil {
		return fmt.Errorf("safetensors header: %w", err)
	}
	if _, err := out.Write(h); err != nil {
		return err
	}
	var values []float32
	var raw []byte
	for _, t := range tensors {
		values = slices.Grow(values[:0], t.Size())[:t.Size()]
		init.Fill(t, values)
		raw = raw[:0]
		for _, v := range values {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		if _, err := out.Write(raw); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return out.Flush()
}

// entry of a tensor in the header. Offsets are those of the first byte and of
// the one behind the last, from the header's end.
type entry struct {
	DType   string      `json:"dtype"`
	Shape   graph.Shape `json:"shape"`
	Offsets [2]int64    `json:"data_offsets"`
}

// metadata of the file; "format" tells readers to give PyTorch's tensors.
var metadata = map[string]string{
	"format": "pt",
	"note":   "untrained: random values, for timing and for comparison with other formats",
}

// header is the header with its length before it. Its entries are in the order
// of the values.
func header(tensors []weights.Tensor) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"__metadata__":`)
	if err := appendJSON(&b, metadata); err != nil {
		return nil, err
	}
	var end int64
	for _, t := range tensors {
		begin := end
		end += 4 * int64(t.Size())
		b.WriteByte(',')
		if err := appendJSON(&b, t.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := appendJSON(&b, entry{"F32", t.Shape, [2]int64{begin, end}}); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	size := binary.LittleEndian.AppendUint64(nil, uint64(b.Len()))
	return append(size, b.Bytes()...), nil
}

func appendJSON(b *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	b.Write(text)
	return err
}
