package onnx

import (
	"bytes"
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/weights"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// tiny has every kind of block that the spaces have, and few parameters.
var tiny = space.Arch{Reduction: space.Conv, Stages: [4]space.Stage{
	{Depth: 1, Width: 64, Block: space.BottleNeck, S: 1, K: 3},
	{Depth: 2, Width: 64, Block: space.MixBlockA, Mixed: 1, R: 0.5, S: 4, K: 5},
	{Depth: 1, Width: 96, Block: space.MixBlockC, Mixed: 1, R: 0.5, S: 2, K: 3},
	{Depth: 1, Width: 64, Block: space.Transformer, Mixed: 1, R: 1, S: 1, K: 3},
}}

func lowerTiny(t testing.TB, batch int, features bool) *graph.Graph {
	t.Helper()
	g, err := tiny.Canonical().Lower(space.Input{Batch: batch, Height: 64, Width: 64, Features: features})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func written(t testing.TB, g *graph.Graph, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, g, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fataler is what testing.T, testing.F and rapid.T share.
type fataler interface{ Fatalf(string, ...any) }

// structure decodes what assemble made, with tensors that have no values.
func structure(t fataler, g *graph.Graph, o Options) *wire.GraphProto {
	m, err := assemble(g, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var decoded wire.GraphProto
	if err := proto.Unmarshal(m.graph, &decoded); err != nil {
		t.Fatalf("%v", err)
	}
	for _, i := range m.tensors {
		var tensor wire.TensorProto
		if err := proto.Unmarshal(i.header, &tensor); err != nil {
			t.Fatalf("%v", err)
		}
		decoded.Initializer = append(decoded.Initializer, &tensor)
	}
	return &decoded
}

// checkStructure holds a written graph to what every runtime needs: single
// assignment, topological order, all weights there and no tensor unused.
func checkStructure(t fataler, g *graph.Graph, o Options) {
	decoded := structure(t, g, o)
	known, read := map[string]bool{}, map[string]bool{}
	define := func(name string) {
		if name == "" || known[name] {
			t.Fatalf("value %q is defined twice or has no name", name)
		}
		known[name] = true
	}
	for _, in := range decoded.Input {
		define(in.GetName())
	}
	for _, tensor := range decoded.Initializer {
		define(tensor.GetName())
	}
	checkWeights(t, g, decoded)
	checkNames(t, g, decoded)
	for _, n := range decoded.Node {
		for _, in := range n.Input {
			if in != "" && !known[in] {
				t.Fatalf("%s reads %q, which nothing before it defines", n.GetName(), in)
			}
			read[in] = true
		}
		define(n.Output[0])
	}
	for i, out := range decoded.Output {
		if !known[out.GetName()] {
			t.Fatalf("output %q is not computed", out.GetName())
		}
		checkShape(t, out, g.Outputs[i].Shape, o)
	}
	for _, tensor := range decoded.Initializer {
		if !read[tensor.GetName()] {
			t.Fatalf("nothing reads tensor %s", tensor.GetName())
		}
	}
}

func checkWeights(t fataler, g *graph.Graph, decoded *wire.GraphProto) {
	tensors := map[string]*wire.TensorProto{}
	for _, tensor := range decoded.Initializer {
		tensors[tensor.GetName()] = tensor
	}
	for _, want := range weights.All(g) {
		got := tensors[want.Name]
		if got == nil || !slices.Equal(got.Dims, widen(want.Shape)) {
			t.Fatalf("tensor %s %v is written as %v", want.Name, want.Shape, got)
		}
	}
}

// checkNames traces every ONNX node to a graph node, and the other way round.
func checkNames(t fataler, g *graph.Graph, decoded *wire.GraphProto) {
	names := map[string]bool{}
	for _, n := range decoded.Node {
		if names[n.GetName()] {
			t.Fatalf("two nodes are called %s", n.GetName())
		}
		names[n.GetName()] = true
	}
	for _, n := range g.Nodes {
		if computed(n) != names[n.Name] {
			t.Fatalf("%s %T: ONNX node of that name: %v", n.Name, n.Op, names[n.Name])
		}
	}
	nodes := map[string]bool{}
	for _, n := range g.Nodes {
		nodes[n.Name] = true
	}
	for name := range names {
		if origin, _, _ := strings.Cut(name, "/"); !nodes[origin] && !strings.HasPrefix(name, "features.") {
			t.Fatalf("node %s comes from no node of the graph", name)
		}
	}
}

func checkShape(t fataler, v *wire.ValueInfoProto, want graph.Shape, o Options) {
	dims := v.Type.GetTensorType().Shape.Dim
	if len(dims) != len(want) {
		t.Fatalf("%s has %v, want %v", v.GetName(), dims, want)
	}
	for i, d := range dims {
		if i == 0 && o.DynamicBatch {
			if d.GetDimParam() != "batch" {
				t.Fatalf("%s has batch %v", v.GetName(), d)
			}
		} else if d.GetDimValue() != int64(want[i]) {
			t.Fatalf("%s has %v, want %v", v.GetName(), dims, want)
		}
	}
}

func TestReferencesAreComplete(t *testing.T) {
	for _, n := range reference.All() {
		for _, features := range []bool{false, true} {
			if features && n.NoPyramid {
				continue
			}
			g, err := n.Lower(space.Input{Batch: 2, Height: 224, Width: 224, Features: features})
			if err != nil {
				t.Fatal(err)
			}
			checkStructure(t, g, Options{})
			checkStructure(t, g, Options{Precision: FP16, DynamicBatch: true})
		}
	}
}

func checkGenotype(t fataler, s *space.Space, geno space.Genotype, in space.Input, o Options) {
	g, err := s.Decode(geno).Lower(in)
	if err != nil {
		return // too small an image for the reduction of its keys
	}
	checkStructure(t, g, o)
}

func TestSampledArchitecturesAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(space.Builtin()).Draw(t, "space")
		geno := s.Sample(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))))
		in := space.Input{
			Batch:  rapid.IntRange(1, 4).Draw(t, "batch"),
			Height: rapid.IntRange(64, 800).Draw(t, "height"), Width: rapid.IntRange(64, 1333).Draw(t, "width"),
			Features: rapid.Bool().Draw(t, "features"),
		}
		checkGenotype(t, s, geno, in, Options{
			Precision:    rapid.SampledFrom([]Precision{FP32, FP16}).Draw(t, "precision"),
			DynamicBatch: rapid.Bool().Draw(t, "dynamic"),
		})
	})
}

func FuzzGenotype(f *testing.F) {
	f.Add(uint8(0), make([]byte, len(space.Genotype{})), uint8(224), uint8(224), uint8(0))
	f.Add(uint8(1), bytes.Repeat([]byte{255}, len(space.Genotype{})), uint8(64), uint8(200), uint8(7))
	f.Fuzz(func(t *testing.T, which uint8, genes []byte, height, width, flags uint8) {
		spaces := space.Builtin()
		var geno space.Genotype
		copy(geno[:], genes)
		in := space.Input{Batch: 1 + int(flags>>4), Height: int(height), Width: int(width), Features: flags&1 != 0}
		o := Options{DynamicBatch: flags&2 != 0, Precision: Precision(flags >> 2 & 1)}
		checkGenotype(t, spaces[int(which)%len(spaces)], geno, in, o)
	})
}

func BenchmarkWrite(b *testing.B) {
	n, err := reference.Find("TRT-ViT-C")
	if err != nil {
		b.Fatal(err)
	}
	g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 * g.Params())
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, g, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
