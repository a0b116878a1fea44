package torch_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/torch"
	"github.com/trtnas/trtnas/space/weights"
)

func lower(t *testing.T, a space.Arch) *graph.Graph {
	t.Helper()
	g, err := a.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func write(t *testing.T, g *graph.Graph, init weights.Init) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := torch.WriteWeights(&b, g, init); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a reader of the format finds is what package weights fills.
func TestWeightsReadBack(t *testing.T) {
	g, init := lower(t, everyBlock), weights.Init{Seed: 5, Probe: true}
	file := write(t, g, init)
	size := binary.LittleEndian.Uint64(file)
	if size%8 != 0 {
		t.Errorf("header of %d bytes is not a multiple of 8", size)
	}
	header, data := map[string]json.RawMessage{}, file[8+size:]
	if err := json.Unmarshal(file[8:8+size], &header); err != nil {
		t.Fatal(err)
	}
	metadata := map[string]string{}
	if err := json.Unmarshal(header["__metadata__"], &metadata); err != nil || metadata["format"] != "pt" || metadata["note"] == "" {
		t.Errorf("metadata %v, error %v", metadata, err)
	}
	all, end := weights.All(g), 0
	if len(header) != len(all)+1 {
		t.Errorf("%d tensors, want %d", len(header)-1, len(all))
	}
	for _, tensor := range all {
		var e struct {
			DType   string      `json:"dtype"`
			Shape   graph.Shape `json:"shape"`
			Offsets [2]int      `json:"data_offsets"`
		}
		if err := json.Unmarshal(header[tensor.Name], &e); err != nil {
			t.Fatalf("%s: %v", tensor.Name, err)
		}
		begin := end
		end += 4 * tensor.Size()
		if e.DType != "F32" || !slices.Equal(e.Shape, tensor.Shape) || e.Offsets != [2]int{begin, end} {
			t.Fatalf("%s of shape %v at %d:%d has entry %+v", tensor.Name, tensor.Shape, begin, end, e)
		}
		want := make([]float32, tensor.Size())
		init.Fill(tensor, want)
		for i, v := range want {
			if got := binary.LittleEndian.Uint32(data[begin+4*i:]); got != math.Float32bits(v) {
				t.Fatalf("%s[%d]: bits %x, want %v", tensor.Name, i, got, v)
			}
		}
	}
	if end != len(data) {
		t.Errorf("%d bytes of values, want %d", len(data), end)
	}
}

func TestWeightsAreDeterministic(t *testing.T) {
	g := lower(t, everyBlock)
	if !bytes.Equal(write(t, g, weights.Init{Seed: 1}), write(t, g, weights.Init{Seed: 1})) {
		t.Error("equal arguments, other bytes")
	}
	if bytes.Equal(write(t, g, weights.Init{Seed: 1}), write(t, g, weights.Init{Seed: 2})) {
		t.Error("another seed, same bytes")
	}
}

// failing takes n bytes.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	g := lower(t, everyBlock)
	for _, n := range []int{0, 10_000, 100_000} {
		if err := torch.WriteWeights(&failing{n}, g, weights.Init{}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: error %v", n, err)
		}
	}
	if err := torch.WriteModule(&failing{}, everyBlock, torch.Text{}); !errors.Is(err, errFull) {
		t.Errorf("module: error %v", err)
	}
}
