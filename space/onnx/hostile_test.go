package onnx

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	wire "github.com/trtnas/trtnas/internal/onnx"
	"github.com/trtnas/trtnas/space/graph"
)

// Each case is a file that was made to do harm, and part of the error.
func TestHostileFiles(t *testing.T) {
	in := func(names ...string) []string { return names }
	floats := proto.Int32(int32(wire.TensorProto_FLOAT))
	tensor := func(d *draftModel, p *wire.TensorProto) {
		p.Name, p.DataType = proto.String("w"), floats
		d.tensors = append(d.tensors, p)
		d.op("Mul", "y", in("x", "w"))
	}
	external := func(location string) func(d *draftModel) {
		return func(d *draftModel) {
			tensor(d, &wire.TensorProto{
				Dims: []int64{4}, DataLocation: wire.TensorProto_EXTERNAL.Enum(),
				ExternalData: []*wire.StringStringEntryProto{{Key: proto.String("location"), Value: &location}},
			})
		}
	}
	tests := []struct {
		name  string
		build func(d *draftModel)
		want  string
	}{
		{"a cycle", func(d *draftModel) { d.op("Relu", "a", in("y")); d.op("Relu", "y", in("a")) }, "depends on itself"},
		{"a cycle in a product", func(d *draftModel) { d.op("Mul", "y", in("y", "y")) }, "depends on itself"},
		{"two values of one name", func(d *draftModel) { d.op("Relu", "y", in("x")); d.op("Relu", "y", in("x")) }, `two values are called "y"`},
		{"two weights of one name", func(d *draftModel) { d.weight("w", 1); d.weight("w", 1); d.op("Relu", "y", in("x")) }, `two tensors are called "w"`},
		{"a value that nothing computes", func(d *draftModel) { d.op("Relu", "y", in("z")) }, "which nothing computes"},
		{"no operand", func(d *draftModel) { d.op("Relu", "y", nil) }, "lacks an operand"},
		{"an output without the input", func(d *draftModel) { d.op("Identity", "y", in(d.weight("w", 1))) }, "does not depend on the input"},
		{"negative extents", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: []int64{-1}}) }, "extents [-1]"},
		{"a product of extents beyond 64 bits", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: []int64{1 << 31, 1 << 31, 1 << 31}}) }, "extents"},
		{"a zero beside them", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: []int64{0, 1 << 31, 1 << 31, 1 << 31}}) }, "extents"},
		{"data that are not there", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: []int64{1 << 30}}) }, "1073741824 elements in 0 bytes"},
		{"data of another size", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: []int64{8}, RawData: make([]byte, 4)}) }, "8 elements in 4 bytes"},
		{"too many axes", func(d *draftModel) { tensor(d, &wire.TensorProto{Dims: make([]int64, 99)}) }, "more than 16 numbers"},
		{"external data above the folder", external("../../etc/passwd"), "not below the model's folder"},
		{"external data at an absolute path", external("/etc/passwd"), "not below the model's folder"},
		{"a kernel that overflows", func(d *draftModel) {
			d.op("MaxPool", "y", in("x"), attrInts("kernel_shape", math.MaxInt64, math.MaxInt64), attrInts("pads", math.MaxInt64, 0, 0, 0))
		}, "kernel"},
		{"padding that overflows", func(d *draftModel) {
			d.op("MaxPool", "y", in("x"), attrInts("kernel_shape", 2, 2), attrInts("pads", math.MaxInt64, 0, 0, 0))
		}, "padding"},
		{"a huge constant", func(d *draftModel) {
			d.op("Expand", "c", in(d.op("ConstantOfShape", "s", in(d.numbers(1<<31))), d.numbers(1<<31)))
			d.op("Add", "y", in("x", "c"))
		}, "extents"},
		{"a range without end", func(d *draftModel) {
			d.op("Reshape", "y", in("x", d.op("Range", "r", in(d.number(0), d.number(math.MaxFloat32), d.number(1)))))
		}, "a range of"},
		{"an extent that is no number", func(d *draftModel) {
			d.op("Reshape", "y", in("x", d.op("Div", "q", in(d.number(0), d.number(0)))))
		}, "not a number"},
		{"a transposition out of range", func(d *draftModel) { d.op("Transpose", "y", in("x"), attrInts("perm", 0, 1, 2, 9)) }, "transpose"},
		{"an axis below the first", func(d *draftModel) { d.op("Concat", "y", in("x", "x"), attrInt("axis", math.MinInt64)) }, "axis"},
		{"another operator set", func(d *draftModel) { d.opset = 9; d.op("Relu", "y", in("x")) }, "operator set 9"},
		{"a subgraph", func(d *draftModel) {
			branch := &wire.AttributeProto{Name: proto.String("then_branch"), G: &wire.GraphProto{}}
			d.op("If", "y", in("x"), branch)
		}, "not understood: 1 If"},
	}
	for _, test := range tests {
		d := &draftModel{image: []any{1, 4, 8, 8}}
		test.build(d)
		if _, err := d.read(ReadOptions{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// A file that is cut off anywhere gives an error.
func TestTruncatedFiles(t *testing.T) {
	d := &draftModel{image: []any{1, 4, 8, 8}}
	d.op("Conv", "c", []string{"x", d.weight("w", 2, 4, 3, 3)}, attrInts("pads", 1, 1, 1, 1))
	d.op("Relu", "y", []string{"c"})
	whole := d.bytes()
	for n := range whole {
		if _, err := read(bytes.NewReader(whole[:n]), int64(n), ReadOptions{}); err == nil {
			t.Errorf("no error after %d of %d bytes", n, len(whole))
		}
	}
}

// The weights of a large model are never in memory.
func TestMemoryIsBounded(t *testing.T) {
	const side = 4096
	path := filepath.Join(t.TempDir(), "large.onnx")
	var b graph.Builder
	x := b.Input("image", graph.Shape{1, side, 1, 1})
	x = b.Add("flat", graph.Reshape{To: graph.Shape{side}}, x)
	g, err := b.Graph(b.Add("fc", graph.Linear{Out: side}, x))
	if err != nil {
		t.Fatal(err)
	}
	m, err := assemble(g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The weight's data are a hole in the file.
	var head bytes.Buffer
	head.Write(appendField(m.head, modelGraph, m.graphSize()))
	head.Write(m.graph)
	for _, w := range m.tensors {
		head.Write(appendField(nil, graphInitializer, w.message()))
		head.Write(w.header)
		head.Write(appendField(nil, tensorRawData, w.size()))
		if w.size() == 4*side*side {
			break
		}
		head.Write(make([]byte, w.size()))
	}
	if err := os.WriteFile(path, head.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, m.size()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(path, ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated for a file of %d", got, m.size())
	}
}

func TestReadRefusesWhatIsNoFile(t *testing.T) {
	if _, err := Read(t.TempDir(), ReadOptions{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("error %v", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.onnx"), ReadOptions{}); !os.IsNotExist(err) {
		t.Errorf("error %v", err)
	}
}

// Whatever the bytes, reading ends with a graph whose counts can be taken, or
// with an error.
func FuzzRead(f *testing.F) {
	in := func(names ...string) []string { return names }
	for _, build := range []func(d *draftModel){
		func(d *draftModel) {
			c := d.op("Conv", "c", in("x", d.weight("w", 2, 4, 3, 3)), attrInts("pads", 1, 1, 1, 1))
			d.op("GlobalAveragePool", "y", in(d.op("Relu", "r", in(c))))
		},
		func(d *draftModel) {
			v := d.op("Reshape", "v", in("x", d.numbers(1, 4, 64)))
			v = d.op("Transpose", "t", in(v), attrInts("perm", 0, 2, 1))
			v = d.op("Add", "b", in(d.op("MatMul", "m", in(v, d.weight("w", 4, 6))), d.weight("k", 6)))
			d.op("Softmax", "y", in(v))
		},
		func(d *draftModel) { decomposedNorm(d, 1, d.weight("w", 4, 1, 1)) },
		func(d *draftModel) {
			a := d.op("Slice", "a", in("x", d.numbers(2), d.numbers(8), d.numbers(2)))
			b := d.op("Slice", "b", in("x", d.numbers(0), d.numbers(2), d.numbers(2)))
			d.op("Concat", "y", in(a, b), attrInt("axis", 2))
		},
		func(d *draftModel) {
			s := d.op("Slice", "s", in(d.op("Shape", "e", in("x")), d.numbers(0), d.numbers(1)))
			c := d.op("Expand", "c", in(d.weight("w", 1, 4, 1, 8), d.op("Concat", "l", in(s, d.numbers(4, 1, 8)), attrInt("axis", 0))))
			d.op("Concat", "y", in("x", c), attrInt("axis", 2))
		},
	} {
		d := &draftModel{image: []any{1, 4, 8, 8}}
		build(d)
		f.Add(d.bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := read(bytes.NewReader(file), int64(len(file)), ReadOptions{Batch: 2, Height: 32, Width: 32})
		if err != nil {
			return
		}
		if g.Params() < 0 || g.MACs() < 0 {
			t.Errorf("%d parameters, %d MACs", g.Params(), g.MACs())
		}
		for i, n := range g.Nodes {
			if n.ID != i || n.Stage < 0 || n.Stage > lastStage {
				t.Errorf("node %d has ID %d and stage %d", i, n.ID, n.Stage)
			}
			for _, in := range n.Inputs {
				if in.ID >= i {
					t.Errorf("node %d reads node %d", i, in.ID)
				}
			}
		}
	})
}
