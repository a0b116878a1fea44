package evaluator

import (
	"fmt"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// The kernels that the latency model was fitted on were traced from public
// definitions by another program. Networks that have a graph here must have
// the same kernels, one by one.
func TestGraphsHaveThePublishedKernels(t *testing.T) {
	tests := []struct {
		name        string
		resolutions []int
	}{
		{"ResNet50", []int{512}},
		{"ResNet101", []int{224, 512}},
		{"ResNet152", []int{224}},
		{"DeiT-S", []int{224}},
		{"DeiT-B", []int{224}},
		{"ResNeXt101-64x4d", []int{224, 512}},
		{"RegNetY-16G", []int{224}},
		{"PoolFormer-S12", []int{512}},
		{"PoolFormer-S24", []int{224, 512}},
		{"PoolFormer-M48", []int{224}},
		{"TRT-ViT-C", []int{224, 512}},
		{"TRT-ViT-D", []int{224, 512}},
		{"PVTv2-B2", []int{224, 512}},
		{"PVTv2-B3", []int{224, 512}},
		{"PVTv2-B4", []int{224, 512}},
		// At 224 their lists have a padding by nothing, which is none here.
		{"Twins-SVT-S", []int{512}},
		{"Twins-SVT-L", []int{512}},
		{"CSWin-T", []int{224, 512}},
		{"CvT-13", []int{224}},
		{"UniFormer-B", []int{224}},
		{"Next-ViT-S", []int{224, 384, 512}},
		{"Next-ViT-L", []int{224, 384, 512}},
	}
	for _, test := range tests {
		n, err := reference.Find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range test.resolutions {
			g, err := n.Lower(space.Input{Batch: 8, Height: r, Width: r})
			if err != nil {
				t.Fatal(err)
			}
			want, err := latency.PublishedKernels(test.name, r)
			if err != nil {
				t.Fatal(err)
			}
			compareKernels(t, fmt.Sprintf("%s at %d", test.name, r), g.Kernels(), want)
		}
	}
}

func compareKernels(t *testing.T, name string, got, want []graph.Kernel) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d kernels, published %d", name, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if g, w := essence(got[i]), essence(want[i]); g != w {
			t.Errorf("%s: kernel %d (%s) is\n%+v, published\n%+v", name, i, got[i].Node.Name, g, w)
		}
	}
}

// essence keeps what the latency model reads of a kernel of that class.
func essence(k graph.Kernel) graph.Kernel {
	e := graph.Kernel{Class: k.Class, MACs: k.MACs, In: k.In, Out: k.Out, Weights: k.Weights}
	switch k.Class {
	case graph.KConv, graph.KPointwise, graph.KGroup, graph.KGEMM, graph.KFC:
		e.CIn, e.COut, e.M, e.K = k.CIn, k.COut, k.M, k.K
	case graph.KBMM:
		e.M, e.N, e.K, e.Count = k.M, k.N, k.K, k.Count
	}
	return e
}
