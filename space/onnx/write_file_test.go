package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/weights"
	"google.golang.org/protobuf/proto"
)

func decodeModel(t *testing.T, b []byte) *wire.ModelProto {
	t.Helper()
	var m wire.ModelProto
	if err := proto.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return &m
}

func TestSameBytes(t *testing.T) {
	g := lowerTiny(t, 2, false)
	for _, o := range []Options{{}, {Precision: FP16}, {DynamicBatch: true, Metadata: map[string]string{"b": "2", "a": "1", "c": "3"}}} {
		first := written(t, g, o)
		if !bytes.Equal(first, written(t, g, o)) {
			t.Errorf("%+v: other bytes the second time", o)
		}
		m, err := assemble(g, o)
		if err != nil {
			t.Fatal(err)
		}
		if m.size() != int64(len(first)) {
			t.Errorf("%+v: size %d announced, %d written", o, m.size(), len(first))
		}
		o.Weights.Seed++
		if bytes.Equal(first, written(t, g, o)) {
			t.Errorf("%+v: the seed changes nothing", o)
		}
	}
}

func TestHead(t *testing.T) {
	m := decodeModel(t, written(t, lowerTiny(t, 1, false), Options{Weights: weights.Init{Seed: 7}, Metadata: map[string]string{"arch": "00ff"}}))
	if m.GetIrVersion() != 8 || m.OpsetImport[0].GetVersion() != 17 || m.GetProducerName() != "trtnas" {
		t.Errorf("versions %d, %v, producer %q", m.GetIrVersion(), m.OpsetImport, m.GetProducerName())
	}
	var got []string
	for _, p := range m.MetadataProps {
		got = append(got, p.GetKey()+"="+p.GetValue())
	}
	want := "producer=trtnas;weights=untrained: drawn with seed 7;arch=00ff"
	if strings.Join(got, ";") != want {
		t.Errorf("metadata %v, want %s", got, want)
	}
}

// An initialiser has the values that a PyTorch export takes from the same
// package.
func TestValues(t *testing.T) {
	g := lowerTiny(t, 1, false)
	values := weights.Init{Seed: 3, Probe: true}
	for _, precision := range []Precision{FP32, FP16} {
		tensors := map[string][]byte{}
		for _, tensor := range decodeModel(t, written(t, g, Options{Weights: values, Precision: precision})).Graph.Initializer {
			tensors[tensor.GetName()] = tensor.RawData
		}
		for _, tensor := range weights.All(g) {
			want := make([]float32, tensor.Size())
			values.Fill(tensor, want)
			if !bytes.Equal(tensors[tensor.Name], encodedAs(t, precision, want)) {
				t.Errorf("precision %d: %s has other values", precision, tensor.Name)
			}
		}
	}
}

func encodedAs(t *testing.T, p Precision, values []float32) []byte {
	t.Helper()
	if p == FP32 {
		return encodeFloats(nil, values)
	}
	b, err := encodeHalves(nil, values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExternalData(t *testing.T) {
	g := lowerTiny(t, 2, true)
	path := filepath.Join(t.TempDir(), "tiny.onnx")
	if err := Export(path, g, Options{Limit: 100_000}); err != nil {
		t.Fatal(err)
	}
	inside := decodeModel(t, written(t, g, Options{}))
	outside := decodeModel(t, readAll(t, path))
	data := readAll(t, path+".data")
	moved := 0
	for i, tensor := range outside.Graph.Initializer {
		want := inside.Graph.Initializer[i]
		if tensor.GetDataLocation() == wire.TensorProto_EXTERNAL {
			moved++
			tensor.RawData = external(t, tensor, data)
			tensor.DataLocation, tensor.ExternalData = nil, nil
		}
		if !proto.Equal(tensor, want) {
			t.Errorf("%s differs from the model in one file", tensor.GetName())
		}
	}
	if moved == 0 || moved == len(outside.Graph.Initializer) {
		t.Errorf("%d of %d tensors moved", moved, len(outside.Graph.Initializer))
	}
	if files := folder(t, filepath.Dir(path)); files != "tiny.onnx tiny.onnx.data" {
		t.Errorf("files %s", files)
	}
}

// external reads the tensor's bytes where it says they are.
func external(t *testing.T, tensor *wire.TensorProto, data []byte) []byte {
	t.Helper()
	entries := map[string]string{}
	for _, e := range tensor.ExternalData {
		entries[e.GetKey()] = e.GetValue()
	}
	offset, err := strconv.Atoi(entries["offset"])
	if err != nil || offset%4096 != 0 || entries["location"] != "tiny.onnx.data" {
		t.Fatalf("%s: %v", tensor.GetName(), entries)
	}
	length, err := strconv.Atoi(entries["length"])
	if err != nil {
		t.Fatal(err)
	}
	return data[offset : offset+length]
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func folder(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// A failed export leaves what stood there before, and nothing else.
func TestFailedExport(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	if err := Export(path, lowerTiny(t, 1, false), Options{}); err != nil {
		t.Fatal(err)
	}
	before := readAll(t, path)
	for _, limit := range []int64{0, 1} {
		if err := Export(path, scaled(t, 1e6), Options{Precision: FP16, Limit: limit}); err == nil {
			t.Error("no error for a constant beyond fp16")
		}
		if files := folder(t, dir); files != "m.onnx" || !bytes.Equal(before, readAll(t, path)) {
			t.Errorf("files %s after a failure", files)
		}
	}
	if err := Export(filepath.Join(dir, "none", "m.onnx"), lowerTiny(t, 1, false), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a folder that is not there", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Export(filepath.Join(dir, "folder"), lowerTiny(t, 1, false), Options{Limit: 1}); err == nil {
		t.Error("no error for a path that is a folder")
	}
}

// scaled is one multiplication, after a parameter large enough to be moved.
func scaled(t *testing.T, by float64) *graph.Graph {
	t.Helper()
	var b graph.Builder
	x := b.Input("image", graph.Shape{1, 16, 64})
	x = b.Add("pos.add", graph.Add{}, x, b.Add("pos", graph.Param{Shape: graph.Shape{1, 16, 64}}))
	g, err := b.Graph(b.Add("scale", graph.Scale{Value: by}, x))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

type strange struct{ graph.Softmax }

func TestWriteErrors(t *testing.T) {
	build := func(f func(b *graph.Builder, x *graph.Node) *graph.Node) *graph.Graph {
		var b graph.Builder
		g, err := b.Graph(f(&b, b.Input("x", graph.Shape{1, 4, 8})))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	tests := []struct {
		name string
		g    *graph.Graph
		o    Options
		want string
	}{
		{"unknown operation", build(func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Add("odd", strange{}, x) }),
			Options{}, "odd: operation onnx.strange has no ONNX form"},
		{"unknown activation", build(func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("odd", graph.Activation{Kind: 255}, x)
		}), Options{}, "odd: activation 255"},
		{"two nodes of a name", build(func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("end", graph.Softmax{}, b.Add("twice", graph.Softmax{}, b.Add("twice", graph.Softmax{}, x)))
		}), Options{}, `twice: two nodes are called "twice"`},
		{"an input named as a value", build(func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("end", graph.Softmax{}, b.Add("x", graph.Softmax{}, x))
		}), Options{}, `x: two values are called "x"`},
		{"constant beyond fp16", scaled(t, 1e6), Options{Precision: FP16}, "const.1e+06: 1e+06 is beyond the range of fp16"},
		{"limit", lowerTiny(t, 1, false), Options{Limit: 1000}, "is beyond the 1000 of one file"},
	}
	for _, test := range tests {
		err := Write(&bytes.Buffer{}, test.g, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// shut fails after so many bytes.
type shut struct{ left int }

var errShut = errors.New("shut")

func (s *shut) Write(b []byte) (int, error) {
	if s.left -= len(b); s.left < 0 {
		return 0, errShut
	}
	return len(b), nil
}

func TestWriterErrorsAreReturned(t *testing.T) {
	g := lowerTiny(t, 1, false)
	for _, left := range []int{0, 30_000, 200_000} {
		if err := Write(&shut{left}, g, Options{}); !errors.Is(err, errShut) {
			t.Errorf("after %d bytes: error %v", left, err)
		}
	}
}

// One tensor is in memory at a time. The bound is far below the weights.
func TestMemory(t *testing.T) {
	g := lowerTiny(t, 1, false)
	var largest int
	for _, tensor := range weights.All(g) {
		largest = max(largest, 4*tensor.Size())
	}
	m, err := assemble(g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := m.write(&shut{math.MaxInt}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown, bound := after.TotalAlloc-before.TotalAlloc, uint64(3*largest+8*chunk); grown > bound {
		t.Errorf("%d bytes allocated, largest tensor %d, bound %d", grown, largest, bound)
	}
}

func TestHalf(t *testing.T) {
	tests := []struct {
		f    float32
		want uint16
	}{
		{0, 0}, {float32(math.Copysign(0, -1)), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff}, {65519, 0x7bff}, {65520, 0x7c00},
		{float32(math.Inf(-1)), 0xfc00}, {float32(math.NaN()), 0x7e00}, {1 + 1.0/2048, 0x3c00}, {1 + 3.0/2048, 0x3c02},
		{0x1p-24, 1}, {0x1p-25, 0}, {0x1.8p-25, 1}, {0x1p-14, 0x400}, {0x1.ff8p-15, 0x3ff}, {0x1.fffp-15, 0x400}, {math.MaxFloat32, 0x7c00},
	}
	for _, test := range tests {
		if got := toHalf(test.f); got != test.want {
			t.Errorf("%v: %#04x, want %#04x", test.f, got, test.want)
		}
	}
}

// Every half is its own rounding, and the midpoint of two neighbours goes to
// the even one.
func TestHalfRounding(t *testing.T) {
	for h := range uint16(0x7c00) {
		v := halfValue(h)
		if got := toHalf(float32(v)); got != h {
			t.Fatalf("%v: %#04x, want %#04x", v, got, h)
		}
		if h == 0x7bff {
			break
		}
		middle, even := float32((v+halfValue(h+1))/2), h+h&1
		if got := toHalf(middle); got != even {
			t.Fatalf("%v: %#04x, want %#04x", middle, got, even)
		}
		if got := toHalf(math.Nextafter32(middle, 0)); got != h {
			t.Fatalf("below %v: %#04x, want %#04x", middle, got, h)
		}
	}
}

// halfValue is what IEEE 754 says of a positive finite half.
func halfValue(h uint16) float64 {
	exponent, mantissa := int(h>>10), float64(h&0x3ff)
	if exponent == 0 {
		return math.Ldexp(mantissa, -24)
	}
	return math.Ldexp(1024+mantissa, exponent-25)
}

func TestEncoding(t *testing.T) {
	if got := encodeInts(nil, []int64{-1, 2}); binary.LittleEndian.Uint64(got[8:]) != 2 || fmt.Sprintf("%x", got[:8]) != "ffffffffffffffff" {
		t.Errorf("%x", got)
	}
}

func TestReadImage(t *testing.T) {
	for _, test := range []struct {
		options Options
		want    Image
	}{
		{Options{}, Image{"image", []int{2, 3, 64, 64}, FP32}},
		{Options{Precision: FP16}, Image{"image", []int{2, 3, 64, 64}, FP16}},
		{Options{DynamicBatch: true}, Image{"image", []int{0, 3, 64, 64}, FP32}},
	} {
		path := filepath.Join(t.TempDir(), "m.onnx")
		g := lowerTiny(t, 2, false)
		if err := Export(path, g, test.options); err != nil {
			t.Fatal(err)
		}
		copy(test.want.Shape[1:], g.Nodes[0].Shape[1:])
		if got, err := ReadImage(path); err != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%+v: got %v, %v; want %v", test.options, got, err, test.want)
		}
	}
}
