package onnx

import (
	"bytes"
	"testing"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// readBack writes a graph with its weights left out, as if they were in a file
// of their own, and reads it.
func readBack(t fatal, g *graph.Graph, write Options, o ReadOptions) *graph.Graph {
	t.Helper()
	m, err := assemble(g, write)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.moveOut("weights.data"); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.write(&file); err != nil {
		t.Fatal(err)
	}
	back, err := read(bytes.NewReader(file.Bytes()), int64(file.Len()), o)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// fatal is what *testing.T and *rapid.T share.
type fatal interface {
	Helper()
	Fatal(...any)
}

// kernels are a graph's by what they cost, in any order.
func kernels(g *graph.Graph) map[graph.Kernel]int {
	all := map[graph.Kernel]int{}
	for _, k := range g.Kernels() {
		k.Node = nil
		all[k]++
	}
	return all
}

// untold are families whose code stores a tensor between two transpositions
// that one could do: a file does not tell, and the copy is not counted.
var untold = map[string]bool{"CSWin": true}

func TestReferencesComeBack(t *testing.T) {
	for _, network := range reference.All() {
		t.Run(network.Name, func(t *testing.T) {
			g, err := network.Lower(space.Input{Batch: 2, Height: 224, Width: 224})
			if err != nil {
				t.Fatal(err)
			}
			back := readBack(t, g, Options{}, ReadOptions{})
			if back.Params() != g.Params() || back.MACs() != g.MACs() || back.Activations() != g.Activations() {
				t.Errorf("%d parameters, %d MACs, %d activations, want %d, %d, %d",
					back.Params(), back.MACs(), back.Activations(), g.Params(), g.MACs(), g.Activations())
			}
			diff := kernels(g)
			for k, n := range kernels(back) {
				diff[k] -= n
			}
			for k, n := range diff {
				if n != 0 && !(untold[network.Family] && k.Class == graph.KCopy) {
					t.Errorf("%+d of kernel %+v", -n, k)
				}
			}
			if got, want := accuracy.Measure(back).Features(), accuracy.Measure(g).Features(); got != want {
				t.Errorf("features %v, want %v", got, want)
			}
		})
	}
}
